"""`openloop show RUN --rows`: kept and dropped rows with their texts, by reason, as the ledger counts them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import openloop as library
from openloop import models, parsing, selection, signals
from openloop.report.rows_shown import rows_blocks, rows_shown
from openloop.report.terminal import draw
from openloop.run.rows_of_run import rows_of_run
from tests.support.refusals import refused
from tests.support.runs import finished as stages

Call = Callable[..., Any]
ROWS = [{"prompt": f"What is {n}+{n}?", "answer": f"{2 * n}"} for n in range(30)]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[library.Run]:
    """Python calls: of thirty answers a third is right, a third wrong, and a third empty; then duplicates go."""
    texts = ["{}", "wrong", "  "]

    def answer(prompt: str, _seed: int) -> str:
        n = int(prompt.split()[2].split("+")[0])
        return texts[n % 3].format(2 * n)

    made = library.Run(tmp_path / "run")
    pool = made.sample(models.function(answer), ROWS)
    checked = made.score(pool, signals.exact("answer"))
    made.select(pool, checked, selection.incomplete(), selection.threshold(accept=True), selection.limit(n=6))
    yield made
    made.close()


def test_rows_are_shown_by_reason_with_texts_verdicts_and_the_counts_of_the_ledger(
    openloop: Call, run: library.Run, tmp_path: Path
) -> None:
    said = openloop("show", tmp_path / "run", "--rows", "--json").json
    (select,) = stages(tmp_path / "run", "select")
    assert said["counts"] == select.result
    assert said["reasons"] == {"kept": select.result["kept"]} | select.result["dropped"]
    kept = [row for row in said["rows"] if row["fate"] == "kept"]
    assert len(kept) == 3 and all(row["verdicts"]["exact"]["accepted"] for row in kept)
    assert all(row["reason"] in select.result["dropped"] for row in said["rows"] if row["fate"] == "dropped")
    text = openloop("show", tmp_path / "run", "--rows").out
    assert "kept (6, the first 3)" in text and "What is 0+0?" in text and "accepted 1" in text


@pytest.mark.parametrize(
    ("words", "check"),
    [
        (["--reason", "kept"], lambda row: row["fate"] == "kept"),
        (["--reason", "dropped"], lambda row: row["fate"] == "dropped"),
        (["--reason", "rejected"], lambda row: row["reason"] == "rejected"),
        (["--verdict", "rejected"], lambda row: row["verdicts"]["exact"]["accepted"] is False),
        (
            ["--verdict", "accepted", "--reason", "dropped"],
            lambda row: row["verdicts"]["exact"]["accepted"] and row["fate"] == "dropped",
        ),
    ],
)
def test_rows_are_chosen_by_reason_and_verdict(
    openloop: Call, run: library.Run, tmp_path: Path, words: list[str], check: Callable[[Any], bool]
) -> None:
    every = openloop("show", tmp_path / "run", "--rows", "--json", "-n", "99").json["rows"]
    rows = openloop("show", tmp_path / "run", "--rows", "--json", "-n", "99", *words).json["rows"]
    assert {row["id"] for row in rows} == {row["id"] for row in every if check(row)} != set()
    assert len(rows) < len(every) == 30


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rows", "--reason", "rejcted"], "did you mean 'rejected'"),
        (["--rows", "--verdict", "good"], "accepted"),
        (["--rows", "-n", "0"], "at least 1"),
        (["--reason", "kept"], "add --rows"),
        (["--rows", "--arm", "x"], "--arm 'x'"),
    ],
)
def test_what_no_row_has_is_refused(
    openloop: Call, run: library.Run, tmp_path: Path, words: list[str], said: str
) -> None:
    refused(openloop("show", tmp_path / "run", *words), said)


def test_items_that_could_not_be_read_are_shown_with_their_reason(openloop: Call, tmp_path: Path) -> None:
    run = library.Run(tmp_path / "run")
    good = json.dumps([{"prompt": "a", "completion": "b"}])
    replies = models.function(lambda prompt, _seed: good if prompt == "one" else "nothing here")
    run.select(run.parse(run.sample(replies, ["one", "two"]), parsing.items()), None, selection.everything())
    run.close()
    rows = openloop("show", tmp_path / "run", "--rows", "--json").json["rows"]
    assert [row["fate"] for row in rows] == ["kept", "failed"]
    assert rows[1]["reason"] == "no list" and rows[1]["completion"] == "nothing here"


def test_at_eighty_columns_no_line_is_longer_and_hostile_texts_steer_nothing(tmp_path: Path) -> None:
    run = library.Run(tmp_path / "run")
    hostile = "\x1b[31mred \u202e" + "wide 漢字 " * 80 + "[bold]not markup[/bold] " + "x" * 300
    pool = run.sample(models.function(lambda _prompt, _seed: hostile), [hostile, "two"])
    run.select(pool, None, selection.duplicates())
    out = StringIO()
    console = Console(file=out, width=80, force_terminal=False, no_color=True)
    console.print(draw(rows_blocks(rows_shown(rows_of_run(run.store)))))
    run.close()
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert not {"\x1b", "\u202e"} & set(out.getvalue())
