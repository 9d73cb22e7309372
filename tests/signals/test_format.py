"""Completions that are written as was asked."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import signals
from openloop.errors import InputError
from openloop.records import Candidate, Verdict
from openloop.signals.format import SHAPES
from openloop.signals.probes import require_probes
from openloop.testing import check_signal
from tests.support.toy_signals import candidates


@pytest.mark.parametrize("signal", [*(signals.format(shape) for shape in SHAPES), signals.format(pattern=r"\d+")])
def test_it_keeps_the_contract(signal: Any) -> None:
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
    assert signals.format("think").score(candidates(said)) == [Verdict(value)]


def test_reasoning_that_was_kept_apart_counts_as_written() -> None:
    apart = Candidate("c", "p", "q", "5", reasoning="2 + 3")
    assert signals.format("think").score([apart]) == [Verdict(1.0)]


def test_a_pattern_that_takes_for_ever_is_a_timeout() -> None:
    endless = signals.format(pattern="(a+)+b", seconds=2.0)
    assert [v.outcome.value for v in endless.score(candidates("a" * 60, "ab"))] == ["timeout", "scored"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"shape": "thinking"}, "did you mean 'think'"),
        ({"pattern": "("}, "is not a regular expression"),
        ({"seconds": 0}, "seconds must be above 0"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        signals.format(**options)
