"""A linear verifier of a linear generator: angles, rates, accuracy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import InputError
from openloop.theory.breakdown import (
    breakdown_point,
)
from openloop.theory.pruning import Angles, accuracy, coplanar, directions, independent, rates


def test_angles_give_the_rates_of_drawn_rows() -> None:
    """Two million isotropic rows: four standard errors of a share are .0015."""
    rng = np.random.default_rng(0)
    opposite = coplanar(1.2, 0.5, same_side=False)
    for angles in (coplanar(1.2, 0.5), opposite, independent(1.2, 0.5), Angles(2.0, 1.0, 1.5)):
        up = rng.standard_normal((2_000_000, 3)) @ directions(angles).T > 0
        bad, kept = up[:, 1] != up[:, 0], up[:, 1] == up[:, 2]
        r = rates(angles)
        assert (bad.mean(), kept[~bad].mean(), kept[bad].mean()) == pytest.approx((r.p, r.phi, r.psi), abs=2.5e-3)


@given(st.floats(0.05, 3.0), st.floats(0.05, 3.0))
def test_the_crossing_depends_on_two_angles_only(gen: float, prune: float) -> None:
    for angles in (coplanar(gen, prune), independent(gen, prune)):
        r = rates(angles)
        if r.phi + r.psi > 1e-6 and abs(gen + prune - math.pi) > 1e-6 and angles.between < math.pi - 1e-3:
            assert (r.p < float(breakdown_point(r.phi, r.psi))) == (gen + prune < math.pi)


def test_accuracy_of_a_real_generator_is_no_step() -> None:
    assert accuracy(coplanar(0.7 * math.pi, math.pi / 6, same_side=False)) == pytest.approx(0.7333, abs=1e-3)
    assert accuracy(coplanar(0.7 * math.pi, math.pi / 6)) == pytest.approx(0.5667, abs=1e-3)
    grid = [accuracy(coplanar(math.pi * p, math.pi / 4)) for p in (0.3, 0.5, 0.7)]
    assert grid[0] - grid[1] == pytest.approx(grid[1] - grid[2])  # a line on one side of the truth
    assert accuracy(coplanar(0.75 * math.pi, math.pi / 4)) == pytest.approx(0.5)
    assert math.isnan(accuracy(Angles(math.pi / 2, math.pi / 2, math.pi)))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Angles(0.1, 0.1, 1.0), "no three directions"),
        (lambda: Angles(-0.1, 0.1, 0.2), "angles: each must lie"),
        (lambda: Angles(3.0, 3.0, 3.0), "at most 2π"),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
