"""The example's loop closes: what the rows leave out is found, asked for, answered, and selected evenly."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import openloop
from openloop.recipe import read_recipe
from openloop.recipe.execute import execute
from openloop.run.rows_of_run import rows_of_run
from openloop.run.store import Store

EXAMPLE = Path(__file__).parents[2] / "examples" / "coverage"


def topics(directory: Path) -> Counter[str]:
    store = Store.read(directory)
    table = rows_of_run(store).recorded.parts.table(store.storage, ["row.topic"])
    return Counter(table.column("row.topic").to_pylist())


def test_topics_that_nobody_asked_about_are_found_and_made(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "coverage", ignore=shutil.ignore_patterns("runs", "__pycache__"))
    assert not execute(read_recipe(folder / "recipe.yaml"), folder / "first", yes=True)
    first = topics(folder / "first")
    assert first.keys() == {"bread", "bicycles", "tomatoes", "letters"} and max(first.values()) < 40

    missing = folder / "next.jsonl"
    found = openloop.audit(folder / "first", real=folder / "real.jsonl", cells="topic", to_generate=missing)
    assert "missing-cells" in {finding.id for finding in found.findings}
    assert {row["topic"] for row in openloop.read(missing).rows} == {"knots", "maps"}

    again = read_recipe(folder / "recipe.yaml", [f"prompts={missing.name}"])
    assert not execute(again, folder / "next", yes=True)
    assert topics(folder / "next").keys() == {"knots", "maps"}
