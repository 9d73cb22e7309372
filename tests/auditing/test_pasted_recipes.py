"""The line that is printed, pasted into a recipe, keeps those rows and that share: for every kind of selection."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop import selection
from openloop.auditing import Audit
from openloop.contracts import Selector
from openloop.recipe.reading import load_yaml
from openloop.records import Candidate, Outcome, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from openloop.specs import build
from tests.support.audited import Rows, scored, write
from tests.support.worlds import World


def pasted(line: str, rows: Rows, verdict: str) -> list[int]:
    """Places of the rows that a recipe with this line would keep."""
    (specs,) = load_yaml(line).values()
    selectors: list[Selector] = [
        build(spec, base=Path(), shipped=selection) for spec in (specs if isinstance(specs, list) else [specs])
    ]
    candidates = [
        Candidate(f"{i}", row["prompt"], row["prompt"], row["completion"], row=row) for i, row in enumerate(rows)
    ]
    values = [
        Verdict(None, Outcome.ABSTAINED) if row.get(verdict) is None else Verdict(float(row[verdict]), Outcome.SCORED)
        for row in rows
    ]
    pool = CandidatePool(candidates, {verdict: VerdictList(verdict, 0.5, values)})
    return sorted(int(i) for i in selection.chain(*selectors).select(pool).kept)


def cut() -> tuple[Rows, str, dict[str, Any]]:
    """Scores of which many digits count: rounded to six, the cut keeps thousands of rows more."""
    rng = np.random.default_rng(0)
    rows = scored(n=1200)
    for row in rows:
        row["score"] = 1 - 1e-7 * (1 - row["score"]) - 1e-10 * float(rng.random())
    return rows, "score", {}


def lower_cut() -> tuple[Rows, str, dict[str, Any]]:
    return [{**row, "score": -row["score"]} for row in scored(n=1200)], "score", {"lower_is_better": True}


def strata(values: tuple[Any, Any, Any]) -> Callable[[], tuple[Rows, str, dict[str, Any]]]:
    def made() -> tuple[Rows, str, dict[str, Any]]:
        worlds = [World(0.1, 0.9, 0.1, 400, 1), World(0.15, 0.9, 0.1, 400, 1), World(0.6, 0.9, 0.7, 400, 1)]
        rows = [row for i, world in enumerate(worlds) for row in world.rows(i, kind=values[i])]
        return [{**row, "prompt": f"{row['prompt']} {i}"} for i, row in enumerate(rows)], "verdict", {}

    return made


def many_tasks() -> tuple[Rows, str, dict[str, Any]]:
    """27 tasks, four of them bad: more values than were looked at once."""
    rng = np.random.default_rng(1)
    rows = []
    for i in range(2700):
        task = i % 27
        good = bool(rng.random() > (0.6 if task < 4 else 0.04))
        rows.append({"prompt": f"q{i}", "completion": f"an answer of {i}", "gold": good, "task": f"task-{task:02d}"})
    return rows, "gold", {}


KINDS = {
    "a cut": cut,
    "a cut from above": lower_cut,
    "strata": strata(("plain", "other", "bad")),
    "strata whose names YAML reads as something else": strata(("yes", "007", "1e3")),
    "strata that are numbers": strata((1, 2, 3)),
    "strata that are flags": strata((True, True, False)),
    "strata with strange names": strata(("a: b, [c]", "#d \\ 'e'", 'say "no"')),
    "all but the worst of many": many_tasks,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_pasted_line_keeps_those_rows(kind: str, tmp_path: Path) -> None:
    rows, verdict, options = KINDS[kind]()
    found = library.audit(rows, keep=tmp_path / "kept.jsonl", **options)
    assert found.decision == "SELECT FIRST" and found.selection is not None, found.sentence
    kept = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    places = pasted(found.selection.recipe, rows, verdict)
    assert len(places) == found.selection.kept == len(kept)
    assert [rows[i] for i in places] == kept
    share = np.mean([not rows[i]["gold"] for i in places])
    assert found.selection.bad_after.low is not None and found.selection.bad_after.high is not None
    assert found.selection.bad_after.low <= share <= found.selection.bad_after.high <= 0.1


def test_train_prints_the_line_that_keeps_what_is_kept_now() -> None:
    rows = World(0.2, 0.9, 0.05, 400, 1).rows()
    found = library.audit(rows)
    assert found.decision == "TRAIN" and found.selection is not None
    assert pasted(found.selection.recipe, rows, "verdict") == [i for i, row in enumerate(rows) if row["verdict"]]


def repaired(tmp_path: Path, found: Audit, rows: Rows) -> Rows:
    """What the file that the line names holds."""
    assert found.selection is not None
    name = load_yaml(found.selection.recipe)["real"]
    return [json.loads(line) for line in (tmp_path / name).read_text().splitlines()]


def test_a_selection_that_only_a_file_can_tell_names_the_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    rows = [{"prompt": " ".join(rng.choice(words, 30)), "completion": f"c {i}", "gold": True} for i in range(400)]
    bench = write(tmp_path / "bench.jsonl", [{"question": rows[i]["prompt"], "answer": "x"} for i in range(25)])
    found = library.audit(rows, eval_set=bench, keep=tmp_path / "mine.jsonl")
    assert found.decision == "SELECT FIRST"
    assert repaired(tmp_path, found, rows) == rows[25:]
