"""Bounds on errors in small learning worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.enumerated_worlds import Setting, World
from openloop.theory.error_bounds import BOUNDS, bound_failures, flow_error, flow_failures, random_learning_world


def test_errors_are_bounded_as_far_as_they_are() -> None:
    shares = bound_failures(500, np.random.default_rng(0))
    sound, shifted, absolute = shares.values()
    assert (sound, shifted) == (0.0, 0.0) and absolute > 0
    blind = random_learning_world(np.random.default_rng(1))
    blind = replace(blind, learner=np.tile([1.0, 0.0, 0.0], (4, 1)))  # weights that never look at the data
    left, right = BOUNDS["Lemma 4.8, E|R − R̂|"](blind)
    assert left > 0 and right == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(InputError, match="at least 1"):
        bound_failures(0, np.random.default_rng(0))


def four_rows(weights: list[int]) -> World:
    """Fair bits e_p and e_M, S = e_p + 2 e_M, and the weights that each S gives."""
    p, g = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    s = p + 2 * g
    values = {"A": p, "p": p, "g": g, "hp": p, "gm": 2 * g, "M": s, "e": 0 * p, "S": s, "V": 0 * p}
    return World(np.full(4, 0.25), values | {"W": np.array(weights)})


def test_lemma_4_6_is_false_where_the_weights_never_look_at_the_data() -> None:
    """Its bracket is then 0 when S tells both factors, and |R − R̂| is not."""
    left, right = flow_error(four_rows([0, 0, 0, 0]), np.array([[0.0, 1.0, 0.0, 1.0]]))
    assert left == pytest.approx(0.5) and right == pytest.approx(0.0, abs=1e-6)


def test_lemma_4_6_holds_where_the_weights_hold_the_data() -> None:
    left, right = flow_error(four_rows([0, 1, 2, 3]), np.eye(4))
    assert left == pytest.approx(0.75) and left < right


def test_the_printed_right_side_of_lemma_4_6_fails_less_often_than_the_one_by_information() -> None:
    for setting in (Setting(), Setting(noise=True), Setting(noise=True, random_prompt=True)):
        found = flow_failures(setting, 250, np.random.default_rng(46))
        assert found.information > 0.04 and found.printed < 0.05
        assert found.printed < found.information
    assert flow_failures(Setting(), 250, np.random.default_rng(46)).printed > 0
    with pytest.raises(InputError, match="at least 1"):
        flow_failures(Setting(), 0, np.random.default_rng(0))
