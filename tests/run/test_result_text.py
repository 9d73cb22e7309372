"""Results in a notebook: real tables, with the counts of the ledger, escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection, signals
from openloop.recipe import read_recipe
from openloop.recipe.execute import plan_recipe
from openloop.records import Selection

HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True)
class DropsFor:
    """Drops every row for one reason."""

    reason: str
    version: str = "1"

    def select(self, pool: Any) -> Selection:
        return Selection((), dict.fromkeys(pool.ids, self.reason))


class Cells(HTMLParser):
    """The cells of a table, row by row; any tag that a table does not need is a failure."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag in {"table", "caption", "thead", "tbody", "tr", "th", "td"}, tag
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1][-1] += data


def cells(value: Any) -> list[list[str]]:
    reader = Cells()
    reader.feed(value._repr_html_())
    return reader.rows


@pytest.fixture
def run(tmp_path: Path) -> Iterator[openloop.Run]:
    made = openloop.Run(tmp_path / "run")
    yield made
    made.close()


def test_pools_verdicts_selections_and_evaluations_are_tables(run: openloop.Run) -> None:
    rows = [{"prompt": f"{n}", "answer": f"{n % 3}"} for n in range(9)]
    model = models.function(lambda _prompt, _seed: "1")
    pool = run.sample(model, rows)
    scored = run.score(pool, signals.exact("answer"))
    kept = run.select(pool, scored, selection.threshold(accept=True), selection.limit(n=2))
    assert ["generated", "9"] in cells(pool)
    assert ["scored", "9"] in cells(scored)
    assert cells(kept)[2:5] == [["kept", "2"], ["dropped", "7"], ["\u2003rejected", "6"]]
    (line,) = cells(run.evaluate(model, rows))[1:]
    assert line[0] == "accuracy" and line[1].startswith("0.333") and line[2] == "9"


def test_a_plan_is_a_table(recipe: Callable[..., Path], tmp_path: Path) -> None:
    plan = plan_recipe(read_recipe(recipe()), tmp_path / "run")
    assert cells(plan)[2][:3] == ["sample", "0", "0"]


def test_what_stands_in_a_cell_is_escaped(run: openloop.Run) -> None:
    hostile = models.function(lambda _prompt, _seed: "1")
    pool = run.sample(hostile, [{"prompt": "one", "kind": HOSTILE}])
    kept = run.select(pool, None, DropsFor(HOSTILE))
    assert any(HOSTILE in cell for row in cells(kept) for cell in row)
    assert HOSTILE not in kept._repr_html_()
