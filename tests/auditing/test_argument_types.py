"""Arguments of another type, and options that nothing would read, are said in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop as library
from openloop.errors import InputError
from tests.support.rows import write_rows

ROWS = [{"prompt": f"q{i}", "completion": f"an answer, number {i}", "gold": i % 3 > 0, "ok": True} for i in range(40)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_bad": ".1"}, "--max-bad: a number, got '.1' (a str)."),
        ({"accept_at": "3"}, "--accept-at: a number, got '3' (a str)."),
        ({"gold": ["gold"]}, "--gold: a column's name, got ['gold'] (a list)."),
        ({"prompt": 0}, "--prompt: a column's name, got 0 (a int)."),
        ({"judge_column": [1]}, "--judge-column: a column's name, or several, got [1] (a list)."),
        ({"annotators": 3}, "--annotators: a column's name, or several, got 3 (a int)."),
        ({"label_error": ".01"}, "--label-error: a number, or several, got '.01' (a str)."),
        ({"real": ROWS}, "--real: the path of a file, got "),
        ({"labels": ROWS[:2]}, "--labels: the path of a file, or several, got "),
        ({"arm": "a"}, "--arm a: chooses among the rows of a run, and these are of none (rows in memory)."),
        ({"seed": 0}, "--seed 0: chooses among the rows of a run"),
    ],
)
def test_a_sentence_names_the_argument(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        library.audit(ROWS, **given)
    assert said in str(caught.value)


def test_two_shares_may_come_as_a_list() -> None:
    pair, listed = (library.audit(ROWS, label_error=both) for both in ((0.01, 0.02), [0.01, 0.02]))
    assert pair.sentence == listed.sentence


def test_an_arm_of_a_file_is_refused(openloop: Callable[..., Any], tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", ROWS)
    found = openloop("audit", tmp_path / "rows.jsonl", "--arm", "verified")
    assert found.code == 2 and "--arm verified: chooses among the rows of a run" in found.err


def test_a_run_is_compared_with_a_file_by_an_arm_of_the_run(openloop: Callable[..., Any], tmp_path: Path) -> None:
    openloop("init", tmp_path / "mine", "--template", "judge")
    assert openloop("run", tmp_path / "mine" / "recipe.yaml").code == 0
    run = tmp_path / "mine" / "runs" / "mine"
    write_rows(tmp_path / "rows.jsonl", ROWS)
    found = openloop("audit", run, tmp_path / "rows.jsonl", "--arm", "rating", "--seed", "0")
    assert found.code == 0, found.err
