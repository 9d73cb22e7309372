from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.drift_of_means import evidence, first_alarm, least_looks


def test_a_hundred_looks_that_share_their_noise_alarm_seldom() -> None:
    rng = np.random.default_rng(0)
    false = np.mean([first_alarm(rng.normal(0.6, 0.03, 100), rng) is not None for _ in range(300)])
    assert false <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 300)


def test_equal_numbers_are_no_drift() -> None:
    alarms = [first_alarm(np.full(60, 0.5), np.random.default_rng(seed)) is not None for seed in range(100)]
    assert np.mean(alarms) <= 0.1


@pytest.mark.parametrize("step", [-0.02, 0.02])
def test_a_steady_drift_is_told_in_either_direction(step: float) -> None:
    rng = np.random.default_rng(1)
    alarms = [first_alarm(0.6 + step * np.arange(60) + rng.normal(0, 0.03, 60), rng) for _ in range(60)]
    assert all(alarm is not None for alarm in alarms)
    assert np.median([alarm for alarm in alarms if alarm is not None]) <= 20


def test_a_late_drift_is_told_too() -> None:
    rng = np.random.default_rng(2)
    series = [np.r_[np.full(15, 0.6), 0.6 - 0.02 * np.arange(1, 41)] + rng.normal(0, 0.01, 55) for _ in range(40)]
    alarms = [first_alarm(means, rng) or 99 for means in series]
    assert 15 < np.median(alarms) <= 35


def test_evidence_begins_at_one_and_needs_some_looks() -> None:
    assert evidence(np.array([0.3]), np.random.default_rng(0))[0] == pytest.approx(1.0, abs=0.8)
    least = least_looks()
    assert least is not None
    assert 8 <= least <= 13


def test_a_look_that_was_not_measured_is_to_be_left_out() -> None:
    with pytest.raises(DataError, match="without NaN"):
        evidence(np.array([0.1, np.nan]), np.random.default_rng(0))
