"""A price on length: when it starts, who pays, and how much."""

from __future__ import annotations

import math
from typing import Any

import pytest

from openloop import signals, training
from openloop.errors import InputError
from openloop.training.length_penalty import LengthPenalty

RULE = LengthPenalty(0.5, stable_for=20, stable_within=0.05, stable_above=0.5)


def checks(*accuracies: float, every: int = 10) -> list[tuple[int, float]]:
    return [(every * i, value) for i, value in enumerate(accuracies)]


def test_it_starts_at_the_first_check_after_which_accuracy_was_stable() -> None:
    assert RULE.starts(checks(0.2, 0.5, 0.80, 0.82, 0.79, 0.81)) == 40
    assert RULE.starts(checks(0.2, 0.5, 0.80, 0.82, 0.79, 0.81, 0.1)) == 40, "what has started goes on"
    assert RULE.starts(checks(0.8, 0.8)) is None, "ten steps are no twenty"
    assert RULE.starts(checks(0.8, 0.8, 0.8)) == 20


@pytest.mark.parametrize(
    "accuracies",
    [
        (0.2, 0.4, 0.6, 0.8, 1.0),
        (0.8, 0.7, 0.8, 0.7, 0.8),
        (0.0, 0.0, 0.0, 0.0),
        (0.8, math.nan, 0.8, math.nan, 0.8),
        (),
    ],
    ids=["rises", "wavers", "never right", "not known", "no check"],
)
def test_it_does_not_start_while_accuracy_is_not_stable(accuracies: tuple[float, ...]) -> None:
    assert RULE.starts(checks(*accuracies)) is None


def test_without_a_penalty_nothing_starts() -> None:
    assert LengthPenalty(0.0).starts(checks(*[0.8] * 20)) is None


def test_it_is_in_proportion_to_length_up_to_the_most_there_can_be() -> None:
    assert [RULE.of(tokens, 100) for tokens in (0, 50, 100, 120)] == [0.0, 0.25, 0.5, 0.5]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"length_penalty": 1.0}, "below what being accepted is worth"),
        ({"length_penalty": 0.5, "weights": {"exact": 0.4}}, r"the least is worth 0\.4"),
        ({"length_penalty": -0.1}, "at least 0"),
        ({"length_penalty": 0.5, "held_out": 0}, "held_out is 0"),
        ({"length_penalty": 0.5, "stable_for": 5}, "two checks or more"),
    ],
)
def test_a_penalty_that_could_pay_for_being_wrong_or_never_start_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        training.grpo(signals=signals.exact("answer"), **options)
