"""Several signals as one reward: weighted, on one scale, and unknown where a part is."""

from __future__ import annotations

from typing import Any

import pytest

from openloop import training
from openloop.errors import InputError
from openloop.training.reward import Reward, weights_of
from tests.support.toy_signals import candidates, made

right = made(lambda c: c.completion == "4", name="right")
stars = made(lambda c: len(c.completion) if c.completion else None, name="stars", range=(0.0, 5.0), accept_at=2.0)
raw = made(lambda c: -float(len(c.completion)), name="raw", kind="likelihood", range=(-float("inf"), 0.0))


def reward(signals: dict[str, Any], **weights: float) -> Reward:
    return Reward(signals, weights_of(signals, weights))


def values(signals: dict[str, Any], *completions: str, **weights: float) -> list[float | None]:
    one = reward(signals, **weights)
    return one.values(one.judge(candidates(*completions)))


def test_values_are_weighted_on_a_scale_from_0_to_1_and_raw_where_a_range_has_no_end() -> None:
    assert values({"right": right}, "4", "5") == [1.0, 0.0]
    assert values({"right": right, "stars": stars}, "4", "xyz", stars=0.5) == [1.1, 0.3]
    assert values({"raw": raw}, "xy") == [-2.0]
    assert values({"right": right, "stars": stars}, "4", stars=-0.5) == [0.9]


def test_one_part_that_is_not_known_makes_the_whole_unknown() -> None:
    assert values({"right": right, "stars": stars}, "4", "") == [1.2, None]
    assert values({"right": right}, "4", "") == [1.0, 0.0]
    assert values({"right": right, "stars": stars}, "", stars=0.0) == [None], "a weight of 0 still waits for it"


def test_what_a_signal_does_wrong_is_its_own_rows_error() -> None:
    turns = made(lambda c: "four" if c.completion == "5" else 1.0, name="turns")
    assert values({"turns": turns}, "4", "5", "6") == [1.0, None, 1.0]


def test_answers_are_accepted_by_every_signal_that_can_accept() -> None:
    both = reward({"right": right, "stars": stars, "raw": raw})
    said = both.judge(candidates("4", "xyz", "x", ""))
    assert both.accepted(said) == [False, False, False, None]
    alone = reward({"stars": stars, "raw": raw})
    assert alone.accepted(alone.judge(candidates("xyz", "x"))) == [True, False]
    none = reward({"raw": raw})
    assert none.accepted(none.judge(candidates("x"))) == [None]
    unwanted = reward({"right": right, "stars": stars}, right=-1.0)
    assert list(unwanted.accepting) == ["stars"], "what is not wanted need not accept"


def test_a_scope_of_prompts_is_judged_in_whole_groups() -> None:
    best = made(
        lambda group: [float(c.completion == max(d.completion for d in group)) for c in group],
        name="best",
        scope="prompt",
    )
    one = reward({"best": best})
    rows = candidates("1", "3", "2", "9", prompts=("a", "a", "b", "b"))
    assert one.values(one.judge(rows)) == [0.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"wrong": 1.0}, "weights names 'wrong', which is none of the signals right"),
        ({"right": float("nan")}, "weights.right must be a finite number"),
        ({"right": 0.0}, "all weights are 0"),
    ],
)
def test_weights_that_cannot_be_are_refused(weights: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        training.grpo(signals={"right": right}, weights=weights)
