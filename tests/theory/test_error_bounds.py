"""Bounds on errors in small learning worlds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.error_bounds import BOUNDS, bound_failures, random_learning_world


def test_errors_are_bounded_as_far_as_they_are() -> None:
    shares = bound_failures(500, np.random.default_rng(0))
    sound, shifted, absolute = shares.values()
    assert (sound, shifted) == (0.0, 0.0) and absolute > 0
    blind = random_learning_world(np.random.default_rng(1))
    blind = replace(blind, learner=np.tile([1.0, 0.0, 0.0], (4, 1)))  # weights that never look at the data
    left, right = BOUNDS["Lemma 4.6, E|R − R̂|"](blind)
    assert left > 0 and right == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(InputError, match="at least 1"):
        bound_failures(0, np.random.default_rng(0))
