"""The breakdown point: known answers, limits, and training beside the fixed point."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import InputError
from openloop.theory.breakdown import (
    Pruner,
    bad_after,
    breakdown_point,
    class_points,
    fixed_point,
    pooled_point,
    proxy_points,
    side,
)
from openloop.theory.logistic import fit_many
from openloop.theory.mixture import Mixture

rate = st.floats(0.01, 1.0)


def test_known_points() -> None:
    assert float(breakdown_point(1.0, 0.25)) == 0.8
    assert breakdown_point([0.0, 1.0, 0.5], [0.5, 0.0, 0.5]).tolist() == [0.0, 1.0, 0.5]
    assert float(bad_after(0.3, 0.9, 0.2)) == pytest.approx(0.06 / 0.69)
    assert math.isnan(float(bad_after(1.0, 0.5, 0.0)))
    assert [side(p, 1.0, 0.25) for p in (0.79, 0.8, 0.81)] == ["below", "at", "above"]


@given(rate, rate, st.floats(0.01, 0.99))
def test_the_point_is_where_kept_rows_are_half_bad(phi: float, psi: float, t: float) -> None:
    star = float(breakdown_point(phi, psi))
    assert float(bad_after(star, phi, psi)) == pytest.approx(0.5)
    low, high = proxy_points(phi, psi, t)
    assert low <= star <= high
    assert proxy_points(phi, psi, 1e-9) == pytest.approx((star, star))
    assert float(breakdown_point(psi, phi)) == pytest.approx(1 - star)


@given(rate, rate, st.floats(0.01, 0.99))
def test_filtering_lowers_the_bad_share_exactly_when_psi_is_below_phi(phi: float, psi: float, p: float) -> None:
    after = float(bad_after(p, phi, psi))
    assert (after < p) == (psi < phi) or after == pytest.approx(p)


PRUNER = Pruner(0.9, 0.5, 0.1, 0.6)


def test_four_parameters_break_class_by_class_or_together() -> None:
    assert class_points(PRUNER) == pytest.approx((0.9, 0.5 / 1.1))
    assert pooled_point(PRUNER) == pytest.approx(1.4 / 2.1)
    same = Pruner.symmetric(0.8, 0.2)
    assert class_points(same) == (pooled_point(same),) * 2 == pytest.approx((0.8, 0.8))


@pytest.mark.parametrize(
    ("b", "steps"),
    [(0.0, [(0.4, 1.0), (0.5, 0.5), (0.89, 0.5), (0.92, 0.0)]), (-0.5, [(0.66, 1.0), (0.67, 0.0)])],
)
def test_the_fixed_point_finds_both_special_cases(b: float, steps: list[tuple[float, float]]) -> None:
    for p, wanted in steps:
        assert fixed_point(p, PRUNER, a=0.5, b=b, ridge=0.01).accuracy == wanted


def test_the_fixed_point_is_what_training_comes_to() -> None:
    """Opposite classes, μ so long that inner products are a and −a: logits of rows at the means."""
    mixture, ridge, p = Mixture(4, 40.0), 0.05, 0.3
    rng = np.random.default_rng(0)
    x, y = mixture.draw(200_000, rng)
    wrong = rng.random(len(y)) < p
    passing = np.where(wrong, np.where(y, PRUNER.psi10, PRUNER.psi01), np.where(y, PRUNER.phi1, PRUNER.phi0))
    w = fit_many(x, (y ^ wrong)[:, None], (rng.random(len(y)) < passing)[:, None], ridge)[:, 0]
    a = (40.0 * mixture.sigma) ** 2
    found = fixed_point(p, PRUNER, a=a, b=-a, ridge=ridge)
    assert float(w[0] * 40.0 * mixture.sigma) == pytest.approx(found.logit1, abs=0.02)
    assert found.logit0 == pytest.approx(-found.logit1, abs=1e-6)


def condition_rows(n: int, a: float, b: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Rows [N, 40] and classes [N] with E|x|² = 1, inner products about a inside a class and b between (Condition F.1).

    Means of length √a in the first two coordinates, at the angle whose cosine is b/a; the rest is noise over all
    coordinates.
    """
    y = rng.random(n) < 0.5
    half = math.acos(b / a) / 2
    x = rng.standard_normal((n, 40), dtype=np.float32) * np.float32(math.sqrt((1 - a) / 40))
    x[:, 0] += np.float32(math.sqrt(a) * math.cos(half))
    x[:, 1] += np.float32(math.sqrt(a) * math.sin(half)) * (2 * y.astype(np.float32) - 1)
    return x, y


@pytest.mark.parametrize("b", [-0.6, -0.3, 0.0, 0.3])
@pytest.mark.parametrize("p", [0.3, 0.6, 0.95])
def test_rows_of_condition_f1_come_to_the_fixed_point(b: float, p: float) -> None:
    """Opposite, orthogonal and like classes: both logits of rows at their means, and the accuracy they decide."""
    rng, ridge = np.random.default_rng(0), 0.05
    x, y = condition_rows(100_000, 0.6, b, rng)
    assert float((x**2).sum(1).mean()) == pytest.approx(1.0, abs=0.01)
    wrong = rng.random(len(y)) < p
    passing = np.where(wrong, np.where(y, PRUNER.psi10, PRUNER.psi01), np.where(y, PRUNER.phi1, PRUNER.phi0))
    w = fit_many(x, (y ^ wrong)[:, None], (rng.random(len(y)) < passing)[:, None], ridge)[:, 0]
    found = fixed_point(p, PRUNER, a=0.6, b=b, ridge=ridge)
    logits = [float((x[side] @ w.astype(np.float32)).mean()) for side in (y, ~y)]
    assert logits == pytest.approx([found.logit1, found.logit0], abs=0.03)


HALF = Pruner.symmetric(1, 0.5)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: breakdown_point(1.2, 0.1), "phi: must lie in"),
        (lambda: breakdown_point(0.0, 0.0), "keeps nothing"),
        (lambda: breakdown_point(float("nan"), 0.1), "phi"),
        (lambda: proxy_points(0.5, 0.5, 1.0), "t: must lie in"),
        (lambda: proxy_points(0.5, 0.5, 0.0), "t"),
        (lambda: side(-0.1, 0.5, 0.5), "p: must lie"),
        (lambda: Pruner(0.5, 0.5, 0.5, 2.0), "psi10"),
        (lambda: fixed_point(0.5, HALF, a=0.5, b=0.6, ridge=1), "b"),
        (lambda: fixed_point(0.5, HALF, a=0.5, b=0, ridge=0), "ridge"),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
