"""Answers that are compared as text."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import signals
from tests.support.toy_signals import candidates, outcome


@pytest.mark.parametrize(
    ("completion", "value"),
    [("4", 1), (" 4. ", 1), ("４", 1), ("Four", 0), ("44", 0), ("", 0), ("   ", 0)],
)
def test_exact_compares_normal_forms(completion: str, value: float) -> None:
    (verdict,) = signals.exact("answer").score(candidates(completion, answer="4"))
    assert verdict.value == value
    assert verdict.reason == ("no_answer" if not completion.strip() else "")


def test_exact_takes_the_last_message_and_numbers_as_text() -> None:
    chat = [{"role": "assistant", "content": "three"}, {"role": "assistant", "content": "4"}]
    (verdict,) = signals.exact("answer").score(candidates(chat, answer=4))
    assert verdict.value == 1


def test_exact_without_gold_is_an_error_and_never_a_pass_or_a_fail() -> None:
    for row in ({}, {"answer": None}):
        (verdict,) = signals.exact("answer").score(candidates("4", **row))
        assert outcome(verdict) == (None, "error", "no_gold")


def test_exact_without_normalisation_is_literal() -> None:
    values = [v.value for v in signals.exact("answer", normalise=False).score(candidates("4", "4.", answer="4"))]
    assert values == [1, 0]


@pytest.mark.parametrize("gold", [None, "", "  ", float("nan")])
@pytest.mark.parametrize("completion", ["4", "", "."])
@pytest.mark.parametrize("signal", [signals.exact(), signals.simulated(phi=1, psi=1)], ids=lambda s: s.name)
def test_a_gold_that_is_missing_or_blank_scores_nothing(signal: Any, completion: str, gold: Any) -> None:
    (verdict,) = signal.score(candidates(completion, answer=gold))
    assert outcome(verdict) == (None, "error", "no_gold")


def test_any_of_several_accepted_answers_is_right_and_the_reason_says_which() -> None:
    gold = ["four", "4", 4.5]
    said = [signals.exact().score(candidates(text, answer=gold))[0] for text in ("Four.", "4", "4.5", "5")]
    assert [v.value for v in said] == [1, 1, 1, 0]
    assert [v.reason for v in said][1:] == ["accepted answer 2 of 3: 4", "accepted answer 3 of 3: 4.5", ""]


def test_one_accepted_answer_in_a_list_is_as_good_as_alone() -> None:
    assert signals.exact().score(candidates("4", answer=["4"])) == signals.exact().score(candidates("4", answer="4"))


@pytest.mark.parametrize(
    ("gold", "reason"),
    [([], "no_gold"), (["4", None], "no_gold"), (["4", " "], "no_gold"), (["4", ["5"]], "gold_not_text")],
)
@pytest.mark.parametrize("signal", [signals.exact(), signals.simulated(phi=1, psi=1)], ids=lambda s: s.name)
def test_a_list_of_answers_with_a_broken_one_scores_nothing(signal: Any, gold: Any, reason: str) -> None:
    (verdict,) = signal.score(candidates("4", answer=gold))
    assert outcome(verdict) == (None, "error", reason) and "'answer'" in verdict.detail


def test_marks_are_looked_for_in_every_accepted_answer() -> None:
    check = signals.exact(after="####")
    assert [v.value for v in check.score(candidates("so #### 4", "4", answer=["2+2 #### 4", "IV"]))] == [1, 0]


def test_a_gold_of_another_kind_is_an_error_and_not_a_wrong_answer() -> None:
    for gold in ({"value": "4"}, b"4"):
        (verdict,) = signals.exact().score(candidates("4", answer=gold))
        assert outcome(verdict) == (None, "error", "gold_not_text")


@pytest.mark.parametrize("normalise", [True, False])
def test_a_gold_that_is_a_number_is_compared_as_it_is_written(normalise: bool) -> None:
    check = signals.exact(normalise=normalise)
    assert [check.score(candidates("4", answer=gold))[0].value for gold in (4, 4.0, "4")] == [1, 0, 1]


@pytest.mark.parametrize(
    ("turns", "value", "reason"),
    [
        ([("assistant", "4"), ("user", "sure?")], 1, ""),
        ([("assistant", "5"), ("user", "sure?"), ("assistant", "4")], 1, ""),
        ([("user", "4")], 0, "no_answer"),
        ([("assistant", None)], 0, "no_answer"),
        ([], 0, "no_answer"),
    ],
)
def test_of_a_chat_what_the_assistant_says_last_counts(turns: Any, value: float, reason: str) -> None:
    chat = [{"role": role, "content": content} for role, content in turns]
    (verdict,) = signals.exact().score(candidates(chat, answer="4"))
    assert (verdict.value, verdict.reason) == (value, reason)
