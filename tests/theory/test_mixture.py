"""Training on pruned rows of two Gaussians beside closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.breakdown import (
    Pruner,
)
from openloop.theory.mixture import Mixture, agreement, independent_flips, linear_generator
from openloop.theory.pruning import accuracy, directions, independent


def test_the_step_lies_at_the_breakdown_point() -> None:
    """Independent flips, 20,000 rows: .01 from p★, the project's figure."""
    grid = np.linspace(0.7, 0.9, 41)
    found = independent_flips(Mixture(), 20_000, grid, [Pruner.symmetric(1, 0.25)] * 41, 1e-2, np.random.default_rng(1))
    over = int(np.flatnonzero(found >= 0.5)[-1])
    assert abs(grid[over] - 0.8) < 0.01 and found[0] > 0.99 and found[-1] < 0.01


def test_training_on_many_rows_comes_to_the_closed_form() -> None:
    angles = independent(1.0, 0.4)
    _, generator, verifier = directions(angles)
    found = linear_generator(Mixture(20, 0.0), 100_000, generator[None], verifier[None], 1e-2, np.random.default_rng(0))
    assert float(found[0]) == pytest.approx(accuracy(angles), abs=0.01)


@pytest.mark.parametrize("cosine", [-1.0, -0.3, 0.0, 0.5, 0.9, 1.0])
def test_agreement_with_bayes_is_that_of_drawn_rows(cosine: float) -> None:
    rng = np.random.default_rng(0)
    z = rng.standard_normal(1_000_000) + 1.5
    said = cosine * z + math.sqrt(1 - cosine**2) * rng.standard_normal(len(z))
    assert float(agreement(cosine, 1.5)) == pytest.approx(float(((z > 0) == (said > 0)).mean()), abs=2e-3)


LUCK = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Mixture(0), "dims"),
        (lambda: Mixture(10, -1), "separation"),
        (lambda: Mixture(10_000).draw(1_000_000, LUCK), "GiB"),
        (
            lambda: independent_flips(Mixture(), 10, np.array([0.1, 0.2]), [Pruner.symmetric(1, 0.5)], 1, LUCK),
            "one pruner",
        ),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
