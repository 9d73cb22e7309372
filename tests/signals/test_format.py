"""Signals of form, of agreement, and of several as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

import openloop
from openloop import signals
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Verdict
from openloop.signals.base import require_probes
from openloop.signals.format import SHAPES
from openloop.testing import check_signal


def rows(*texts: str, prompts: Sequence[str] = ()) -> list[Candidate]:
    named = prompts or ["p"] * len(texts)
    return [Candidate(f"c{i}", named[i], "q", text, row={"answer": "5"}) for i, text in enumerate(texts)]


@openloop.signal(accepts=[("q", "a long answer")], rejects=[("q", "")])
def long_enough(candidate: Candidate) -> Any:
    return None if candidate.completion == "?" else len(str(candidate.completion)) > 3


@pytest.mark.parametrize(
    "signal",
    [
        *(signals.format(shape) for shape in SHAPES),
        signals.format(pattern=r"\d+"),
        signals.consensus(),
        signals.consensus(after="####"),
        signals.combine(signals.exact(), long_enough),
        signals.combine(signals.exact(), signals.consensus(), how="weighted", weights=[3, 1]),
    ],
)
def test_each_keeps_the_contract(signal: Any) -> None:
    check_signal(signal)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_proves_itself(shape: str) -> None:
    assert "passes its 3 probes" in require_probes(signals.format(shape))


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("<think>a</think> b", 1.0),
        ("<think></think> b", 0.0),
        ("<think>a</think>", 0.0),
        ("<think>a b", 0.0),
        ("x <think>a</think> b", 0.0),
        ("<think>a</think> b <think>c</think>", 0.0),
        ("<think>a" * 5000, 0.0),
        ("<think>" + "a" * 200_000, 0.0),
    ],
)
def test_thinking_comes_first_and_once(said: str, value: float) -> None:
    assert signals.format("think").score(rows(said)) == [Verdict(value)]


def test_reasoning_that_was_kept_apart_counts_as_written() -> None:
    apart = Candidate("c", "p", "q", "5", reasoning="2 + 3")
    assert signals.format("think").score([apart]) == [Verdict(1.0)]


def test_the_majority_of_a_prompt_is_what_most_say() -> None:
    pool = rows("7", " 7.", "8", "", "1", "x", prompts=["a", "a", "a", "a", "b", "c"])
    found = signals.consensus().score(pool)
    assert [v.value for v in found[:4]] == [
        pytest.approx(2 / 3),
        pytest.approx(2 / 3),
        pytest.approx(1 / 3),
        0.0,
    ]
    assert [v.outcome for v in found[4:]] == [Outcome.ABSTAINED] * 2
    assert [v.value for v in signals.consensus(after="####").score(rows("a #### 7", "b #### 7", "7"))] == [
        1.0,
        1.0,
        0.0,
    ]


def test_a_required_part_without_a_value_leaves_the_whole_without_one() -> None:
    pool = rows("5", "5555", "?", "abcd")
    for how, values in (("all", [0.0, 0.0, None, 0.0]), ("any", [1.0, 1.0, None, 1.0])):
        found = signals.combine(signals.exact(), long_enough, how=how).score(pool)  # type: ignore[arg-type]
        assert [v.value for v in found] == values
        assert found[2].outcome is Outcome.ABSTAINED and found[2].parts == {"exact": 0.0}
    weighted = signals.combine(signals.exact(), long_enough, how="weighted", weights={"exact": 3, "long_enough": 1})
    assert [v.value for v in weighted.score(pool)] == [0.75, 0.25, None, 0.25]
    assert weighted.depends_on == {"row.answer"} | long_enough.depends_on


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: signals.format("thinking"), "did you mean 'think'"),
        (lambda: signals.format(pattern="("), "is none"),
        (lambda: signals.combine(), "at least one signal"),
        (lambda: signals.combine(signals.exact(), signals.exact()), "one name"),
        (lambda: signals.combine(signals.exact(), signals.likelihood()), "needs signals with accept_at"),
        (lambda: signals.combine(signals.exact(), signals.likelihood(), how="weighted"), "bounded range"),
        (lambda: signals.combine(signals.exact(), how="weighted", weights=[-1]), "none below 0"),
        (lambda: signals.combine(signals.exact(), how="most"), "how must be"),  # type: ignore[arg-type]
    ],
)
def test_wrong_options_are_refused(make: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()
