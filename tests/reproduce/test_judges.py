"""Judges: what is said of drift, noise and bias follows the simulated judges."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.judges import RATE, ROUNDS, ROWS, STRICTER, claims
from openloop.theory.drift import judge_drift

RNG = np.random.default_rng(5)
WANDERING = judge_drift(RATE, ROWS, ROUNDS, 1_500, RNG)
STRICT = judge_drift(RATE, ROWS, ROUNDS, 1_500, RNG, bias=STRICTER)
RIGHT, WRONG = np.full((6, 10), 0.99), np.linspace(0.02, 0.2, 6)[:, None] * np.ones(10)


def verdicts(wandering: Values, stricter: Values, noise: Values = RIGHT, biased: Values = WRONG) -> list[str]:
    return [one.verdict for one in claims(wandering, stricter, noise, biased)]


def test_a_fall_that_takes_a_bias_is_true_under_a_condition() -> None:
    condition = "true under a stated condition"
    assert verdicts(WANDERING, STRICT) == [condition, condition, *["reproduced"] * 3]


def test_judges_that_fall_by_themselves_would_reproduce_it_and_such_that_never_fall_refute_it() -> None:
    assert verdicts(STRICT, STRICT)[:2] == ["reproduced", "reproduced"]
    assert verdicts(1 - STRICT, 1 - STRICT)[:2] == ["false", "false"]


def test_another_spread_refutes_the_law() -> None:
    narrow = RATE + 0.5 * (WANDERING - RATE)
    assert verdicts(narrow, STRICT)[2] == "false"


def test_noise_that_harms_and_bias_that_does_not_refute_theirs() -> None:
    assert verdicts(WANDERING, STRICT, WRONG, RIGHT)[3:] == ["false", "false"]
    either = np.array([0.0, 1.0] * 3)[:, None] * np.ones(10)
    assert verdicts(WANDERING, STRICT, RIGHT, either)[4] == "undecided"
