"""A judge of its own verdicts, and noise beside bias."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.drift import drift_variance, judge_drift, noise_or_bias


def test_a_judge_of_its_own_verdicts_wanders_and_its_mean_stays() -> None:
    runs = judge_drift(0.6, 50, 30, 40_000, np.random.default_rng(0))
    assert runs[:, -1].mean() == pytest.approx(0.6, abs=4 * runs[:, -1].std() / 200)
    assert runs.var(0)[1:] == pytest.approx(drift_variance(0.6, 50, 30)[1:], rel=4 * (2 / 40_000) ** 0.5)
    stricter = judge_drift(0.6, 50, 30, 2_000, np.random.default_rng(0), bias=-0.2).mean(0)
    assert (np.diff(stricter) < 0).all()
    assert (judge_drift(0.0, 5, 3, 4, np.random.default_rng(0)) == 0).all()


def test_noise_averages_out_and_bias_does_not() -> None:
    good = np.arange(100) < 10
    found = noise_or_bias(np.full(100, 0.01), good, 0.7, 0.4, 3_000, np.random.default_rng(0), rate=50.0)
    assert found.noise[-1] > 0.99 and found.biased[-1] < 0.4
    assert found.noise[0] == found.biased[0] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: judge_drift(1.5, 1, 1, 1, np.random.default_rng(0)), "rate"),
        (lambda: judge_drift(0.5, 1, 10**6, 10**6, np.random.default_rng(0)), "GiB"),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
