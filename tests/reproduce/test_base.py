"""What figures share: claims, means over runs, crossings, and work spread over processes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.records import Estimate
from openloop.reproduce.base import claim, crossing, over_runs


def test_a_crossing_lies_on_the_line_between_grid_points() -> None:
    grid = np.array([0.0, 0.5, 1.0])
    assert crossing(grid, np.array([1.0, 0.8, 0.0]), 0.4) == pytest.approx(0.75)
    # The last point at the level counts, whatever happens before.
    assert crossing(np.arange(4.0), np.array([1.0, 0.2, 0.6, 0.2]), 0.4) == pytest.approx(2.5)


@pytest.mark.parametrize("accuracy", [[1.0, 0.9, 0.8], [0.1, 0.9, 0.0]])
def test_a_curve_that_never_falls_or_starts_below_has_no_crossing(accuracy: list[float]) -> None:
    assert math.isnan(crossing(np.arange(3.0), np.array(accuracy), 0.5))


def test_a_claim_carries_its_estimate_or_its_exact_value() -> None:
    found = claim("paper", "says", "measured", Estimate(0.5, 0.4, 0.6, 0.95, 8), "reproduced", "why")
    assert (found.value, found.low, found.high) == (0.5, 0.4, 0.6)
    assert claim("paper", "says", "measured", 2, "false", "why").value == 2.0
    for nothing in (None, math.inf, math.nan):
        assert claim("paper", "says", "measured", nothing, "false", "why").value is None
    with pytest.raises(AssertionError):
        claim("paper", "says", "measured", None, "proved", "why")  # type: ignore[arg-type]


def test_runs_are_averaged_with_an_interval() -> None:
    found = over_runs([[0.1, 0.2], [0.3, 0.4]])
    assert found.value == pytest.approx(0.25) and found.n == 4 and found.low is not None
