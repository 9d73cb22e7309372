"""How much weight real rows deserve, and where a biased verifier's loop rests."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from openloop.errors import InputError
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
    assert m.var() == pytest.approx(best / 10, rel=4 * math.sqrt(2 / len(m)))


def test_a_biased_verifier_comes_to_rest_at_its_bias() -> None:
    assert plateau(0.0, 1.0, 1.0, 1e9) == pytest.approx(0.0, abs=1e-6)
    rng, m, kept = np.random.default_rng(1), np.zeros(3_000), 50
    for _ in range(30):
        drawn = m[:, None] + rng.standard_normal((3_000, 400))
        inside = np.abs(drawn - 0.3) <= 1.0
        take = inside & (np.cumsum(inside, 1) <= kept)
        m = (drawn * take).sum(1) / take.sum(1)
    error = (m**2).std() / math.sqrt(len(m))
    assert (m**2).mean() == pytest.approx(plateau(0.3, 1.0, 1.0, kept), abs=4 * error)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: real_weight(0, 5), "needs real rows"),
        (lambda: loop_variance(0.0, 1, 1), "weight"),
        (lambda: loop_variance(0.5, 1, 0), "rows of each kind"),
        (lambda: plateau(0, 0, 1, 1), "radius"),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
