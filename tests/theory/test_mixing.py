"""How much weight real rows deserve, and where a biased verifier's loop rests."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.theory.mixing import loop_variance, plateau, real_weight


def test_the_golden_weight_has_the_least_variance() -> None:
    assert real_weight(5, 5) == pytest.approx((math.sqrt(5) - 1) / 2)
    assert real_weight(5, 5, fresh=False) == 1.0
    best = real_weight(10, 40)
    assert loop_variance(best, 10, 40) == pytest.approx(best / 10)
    around = [loop_variance(w, 10, 40) for w in np.linspace(0.05, 1, 96)]
    assert min(around) >= loop_variance(best, 10, 40) - 1e-12
    rng, m = np.random.default_rng(0), np.zeros(20_000)
    for _ in range(60):
        real, made = rng.standard_normal(20_000) / 10**0.5, m + rng.standard_normal(20_000) / 40**0.5
        m = best * real + (1 - best) * made
    assert m.var() == pytest.approx(best / 10, rel=0.05)


def test_a_biased_verifier_comes_to_rest_at_its_bias() -> None:
    assert plateau(0.0, 1.0, 1.0, 1e9) == pytest.approx(0.0, abs=1e-6)
    rng, m, kept = np.random.default_rng(1), np.zeros(3_000), 50
    for _ in range(30):
        drawn = m[:, None] + rng.standard_normal((3_000, 400))
        inside = np.abs(drawn - 0.3) <= 1.0
        take = inside & (np.cumsum(inside, 1) <= kept)
        m = (drawn * take).sum(1) / take.sum(1)
    assert (m**2).mean() == pytest.approx(plateau(0.3, 1.0, 1.0, kept), rel=0.1)
