"""Answers compared as mathematics."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Verdict
from openloop.testing import check_signal
from openloop.testing.base import some_candidates

pytest.importorskip("math_verify")


def score(*rows: tuple[Any, str], **options: Any) -> list[Verdict]:
    candidates = [Candidate(f"c{i}", "p", "q", said, row={"answer": gold}) for i, (gold, said) in enumerate(rows)]
    return signals.math("answer", **options).score(candidates)


def test_it_keeps_the_contract() -> None:
    check_signal(signals.math(), some_candidates(prompts=1, k=2))


ANSWERS: list[tuple[Any, str, float]] = [
    ("1/2", "so $x = 0.5$", 1.0),
    ("\\frac{1}{2}", "\\boxed{\\frac12}", 1.0),
    ("72", "first 70, then 72.", 1.0),
    ("72", "it is 27", 0.0),
    ("1/3", "0.333333", 1.0),
    ("1/3", "0.333", 0.0),
    (12, "12", 1.0),
    ("x^2+1", "$1+x^2$", 1.0),
    ("1,234", "1234 apples", 1.0),
    ("72", "no idea", 0.0),
    ("72", "", 0.0),
    ("72", "\0\ud800", 0.0),
    ("7", "word " * 2_000_000 + "the answer is 7", 1.0),  # read from its end
]
GOLDS: list[tuple[Any, str]] = [
    ("hello", "gold_unparsable"),
    ("the sky", "gold_unparsable"),
    ("", "no_gold"),
    (None, "no_gold"),
    ({"value": "1"}, "gold_not_text"),
    ([], "no_gold"),
    (["2", "the sky"], "gold_unparsable"),
]


def test_answers_are_equal_as_mathematics() -> None:
    verdicts = score(*((gold, said) for gold, said, _ in ANSWERS))
    assert [(v.value, v.outcome) for v in verdicts] == [(value, Outcome.SCORED) for *_, value in ANSWERS]


@pytest.mark.parametrize(
    "gold", ["0", "7", "42", "-5", "1000000", "9" * 40, "-0", "007", "1,234", "+7", "3.0", "1e5", "٤٢"]
)
def test_an_integer_is_read_as_math_verify_reads_it(gold: str) -> None:
    from math_verify import parse
    from sympy import srepr

    from openloop.signals.math_equality import _truth

    found, theirs = _truth(gold), parse(gold, parsing_timeout=None)
    if theirs:  # where it reads nothing, we try it between dollar signs
        assert [srepr(found[0]), *found[1:]] == [srepr(theirs[0]), *theirs[1:]]
    else:
        assert gold in ("+7", "٤٢")


def test_rows_that_are_sent_together_keep_their_own_verdicts() -> None:
    golds = [str(n) for n in range(100)]
    rows = [(gold, f"it is {gold if n % 3 else 'nothing'}") for n, gold in enumerate(golds)]
    rows[50] = (["1", {}], "1")
    verdicts = score(*rows)
    assert [v.value for v in verdicts] == [None if n == 50 else float(n % 3 > 0) for n in range(100)]
    assert {v.reason for v in verdicts} == {"", "no_answer", "gold_not_text"}


def test_any_of_several_accepted_answers_is_right_and_the_reason_says_which() -> None:
    found = score((["1/2", "0.25"], "\\boxed{0.25}"), (["1/2", "0.25"], "3"), (["the sky", "3"], "3"), (["1"], "1"))
    assert [v.value for v in found] == [1.0, 0.0, 1.0, 1.0]
    assert [v.reason for v in found] == ["accepted answer 2 of 2: 0.25", "", "accepted answer 2 of 2: 3", ""]


def test_a_gold_that_is_no_mathematics_is_an_error_and_never_a_pass() -> None:
    verdicts = score(*((gold, "1") for gold, _ in GOLDS))
    assert [(v.value, v.outcome, v.reason) for v in verdicts] == [(None, Outcome.ERROR, reason) for _, reason in GOLDS]


@pytest.mark.integration
def test_a_row_that_takes_too_long_loses_itself_only() -> None:
    tower = "$" + "9^{" * 6 + "9" + "}" * 6 + "$"
    verdicts = score(("1", "1"), ("1", tower), ("2", "2"), (tower, "3"), ("3", "3"), seconds=5.0)
    assert [v.value for v in verdicts] == [1.0, None, 1.0, None, 1.0]
    assert {(v.outcome, v.detail) for v in verdicts[1::2]} == {(Outcome.TIMEOUT, "more than 5 s")}


def test_wrong_options_are_refused() -> None:
    with pytest.raises(InputError, match="seconds must be above 0"):
        signals.math(seconds=0)


@pytest.mark.realdata
def test_it_agrees_with_the_graders_of_gsm8k() -> None:
    if "OPENLOOP_DATA" not in os.environ:
        pytest.skip("needs OPENLOOP_DATA")
    with gzip.open(Path(os.environ["OPENLOOP_DATA"]) / "gsm8k_model_solutions.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    pairs = [(row["ground_truth"], row["175b_verification"]["solution"]) for row in rows]
    verdicts = score(*pairs, after="####")
    agree = sum(
        (v.value == 1.0) == row["175b_verification"]["is_correct"] for v, row in zip(verdicts, rows, strict=True)
    )
    assert agree >= 1316
