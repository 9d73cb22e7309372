"""Bounds are their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory import bottleneck


def test_bounds_are_their_formulas() -> None:
    assert bottleneck.total_variation([1, 0], [0, 1]) == 1.0
    assert bottleneck.divergence_bound(2.0, 0.1, 0.2, 0.3) == pytest.approx(0.9)
    assert bottleneck.generalisation_bound(0.5, 100, 1.0, 1.0, 3) == pytest.approx(0.1)
    assert bottleneck.generalisation_bound(0.0, 100, 1.0, 0.5, 3) == 0.0
    assert bottleneck.generalisation_bound(0.5, 100, 1.0, 0.25, 2) == pytest.approx(0.025)
    assert np.isnan(bottleneck.generalisation_bound(-0.1, 100, 1.0, 1.0, 1))
    assert bottleneck.information_gain(2.0, 0.5) == 1.5 and bottleneck.compression_bottleneck(1, 2) == 3
    assert bottleneck.flow_bound(1, 0, 1, 0.5) == 0.5 and bottleneck.always_bound(1, 2, 3) == 6
    assert bottleneck.generalisation_gain(1, 3) == -2 and bottleneck.gain_bound(1, 1, 1, 1, 1, 1) == 3
    with pytest.raises(InputError, match="eta"):
        bottleneck.generalisation_bound(1, 1, 1, 1.5, 1)
