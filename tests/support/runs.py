"""What tests read out of run directories. All of it goes through here, so that a test says what it wants to know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openloop.auditing.runs import RunRows
from openloop.data.tables import CandidateRows
from openloop.recipe import Recipe
from openloop.recipe.execute import execute
from openloop.report.run_summary import summarise
from openloop.run.store import Placed, Store
from tests.support.rows import read_rows


def run_quietly(recipe: Recipe, directory: Path) -> None:
    """Run a recipe; no chain may fail."""
    assert not execute(recipe, directory), chains(directory)


def finished(directory: Path, kind: str | None = None, purpose: str | None = None) -> list[Placed]:
    """The finished stages of a run, by arm, seed and round; of one kind and purpose where they are given."""
    return [
        s for s in Store.read(directory).journal.steps() if kind in (None, s.kind) and purpose in (None, s.step.purpose)
    ]


def candidates(directory: Path, kind: str = "sample", purpose: str = "loop") -> list[Any]:
    """The candidates of some stages."""
    return list(CandidateRows.of(table(directory, kind, purpose)))


def table(directory: Path, kind: str, purpose: str | None = None) -> Any:
    """The rows of some stages, as they are stored."""
    return Store.read(directory).table(stage.fingerprint for stage in finished(directory, kind, purpose))


def summary(directory: Path) -> dict[str, Any]:
    """What `openloop show --json` says."""
    return summarise(directory)


def events(directory: Path, kind: str) -> list[dict[str, Any]]:
    """What was recorded of one kind of event: ``retry``, ``possibly_paid``, ..."""
    return [detail for _, name, detail in Store.read(directory).journal.events() if name == kind]


def possibly_paid(directory: Path) -> int:
    """Requests that were in flight at a kill, over all kills."""
    return sum(int(detail["requests"]) for detail in events(directory, "possibly_paid"))


def chains(directory: Path) -> dict[tuple[str, int], tuple[str, str]]:
    """(arm, seed) → (status, reason)."""
    return Store.read(directory).journal.chains()


def audited(directory: Path, arm: str | None = None) -> list[dict[str, Any]]:
    """The rows of a run, or of one arm, as an audit sees them."""
    return [dict(row) for block in RunRows(directory, arm).blocks() for row in block]


def exported(openloop: Callable[..., Any], directory: Path, *words: object) -> list[dict[str, Any]]:
    """The rows that `openloop export --to trl --plain` writes."""
    said = openloop("export", directory, "--to", "trl", "--plain", "--json", "--overwrite", *words)
    assert said.code == 0, said.err
    return read_rows(said.json["file"])
