"""Recursion: the laws and the lost mode are compared with simulated loops."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.reproduce.recursion import absorbed, law, of_law, of_tail, simulated


def test_a_law_is_reproduced_by_its_own_loops_and_refuted_by_others() -> None:
    replaced = np.array([simulated("replace", 100, seed)[-1] for seed in range(6)])
    truth, other = float(law("replace", 0.833)[-1]), float(law("accumulate", 0.833)[-1])
    assert of_law("replace", replaced, truth, 0.04).verdict == "reproduced"
    assert of_law("accumulate", replaced, other, 0.04).verdict == "false"
    assert of_law("replace", np.array([0.0, 0.5]), truth, 0.04).verdict == "undecided"


def test_a_mode_that_may_take_everything_is_lost_under_a_condition() -> None:
    lost = absorbed(2_000, np.random.default_rng(31))
    assert np.isinf(lost).mean() == pytest.approx(0.02, abs=0.012)
    assert of_tail(lost).verdict == "true under a stated condition"
    assert of_tail(lost[np.isfinite(lost)]).verdict == "reproduced"
    assert of_tail(100 * lost).verdict == "false"
