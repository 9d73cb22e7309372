"""The breakdown point: known answers, limits, and the theorems beside simulations."""

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
from openloop.theory.finite_rows import World, learning_curves, logistic_share
from openloop.theory.logistic import fit_many
from openloop.theory.mixture import Mixture, agreement, condition_rows, independent_flips, linear_generator
from openloop.theory.pruning import Angles, accuracy, coplanar, directions, independent, orthant, rates

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


HALF = Pruner.symmetric(1, 0.5)
LUCK = np.random.default_rng(0)


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
        (lambda: Angles(0.1, 0.1, 1.0), "no three directions"),
        (lambda: Angles(-0.1, 0.1, 0.2), "angles: each must lie"),
        (lambda: Angles(3.0, 3.0, 3.0), "at most 2π"),
        (lambda: Mixture(0), "dims"),
        (lambda: Mixture(10, -1), "separation"),
        (lambda: Mixture(10_000).draw(1_000_000, LUCK), "GiB"),
        (lambda: World(1), "dims"),
        (lambda: condition_rows(10, 5, 0.5, 0.6, LUCK), "condition_rows"),
        (lambda: independent_flips(Mixture(), 10, np.array([0.1, 0.2]), [HALF], 1, LUCK), "one pruner"),
        (lambda: learning_curves(World(), [0], {"none": None}, 10, [5], LUCK), "real rows"),
        (
            lambda: fit_many(np.ones((3, 2), np.float32), np.ones((2, 1), bool), np.ones((2, 1), bool), 1.0),
            "needs rows",
        ),
    ],
)
def test_what_cannot_be_is_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()


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


@pytest.mark.parametrize("b", [-0.6, -0.3, 0.0, 0.3])
@pytest.mark.parametrize("p", [0.3, 0.6, 0.95])
def test_rows_of_condition_f1_come_to_the_fixed_point(b: float, p: float) -> None:
    """Opposite, orthogonal and like classes: both logits of rows at their means, and the accuracy they decide."""
    rng, ridge = np.random.default_rng(0), 0.05
    x, y = condition_rows(100_000, 40, 0.6, b, rng)
    assert float((x**2).sum(1).mean()) == pytest.approx(1.0, abs=0.01)
    wrong = rng.random(len(y)) < p
    passing = np.where(wrong, np.where(y, PRUNER.psi10, PRUNER.psi01), np.where(y, PRUNER.phi1, PRUNER.phi0))
    w = fit_many(x, (y ^ wrong)[:, None], (rng.random(len(y)) < passing)[:, None], ridge)[:, 0]
    found = fixed_point(p, PRUNER, a=0.6, b=b, ridge=ridge)
    logits = [float((x[side] @ w.astype(np.float32)).mean()) for side in (y, ~y)]
    assert logits == pytest.approx([found.logit1, found.logit0], abs=0.03)


def test_the_step_lies_at_the_breakdown_point() -> None:
    """Independent flips, 20,000 rows: .01 from p★, the project's figure."""
    grid = np.linspace(0.7, 0.9, 41)
    found = independent_flips(Mixture(), 20_000, grid, [Pruner.symmetric(1, 0.25)] * 41, 1e-2, np.random.default_rng(1))
    over = int(np.flatnonzero(found >= 0.5)[-1])
    assert abs(grid[over] - 0.8) < 0.01 and found[0] > 0.99 and found[-1] < 0.01


def test_angles_give_the_rates_of_drawn_rows() -> None:
    """Two million isotropic rows: four standard errors of a share are .0015."""
    rng = np.random.default_rng(0)
    opposite = coplanar(1.2, 0.5, same_side=False)
    for angles in (coplanar(1.2, 0.5), opposite, independent(1.2, 0.5), Angles(2.0, 1.0, 1.5)):
        up = rng.standard_normal((2_000_000, 3)) @ directions(angles).T > 0
        bad, kept = up[:, 1] != up[:, 0], up[:, 1] == up[:, 2]
        r = rates(angles)
        assert (bad.mean(), kept[~bad].mean(), kept[bad].mean()) == pytest.approx((r.p, r.phi, r.psi), abs=2.5e-3)
        assert up.all(1).mean() == pytest.approx(orthant((angles.gen, angles.prune, angles.between)), abs=1.5e-3)


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


def test_many_regressions_are_those_of_a_library() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 3)).astype(np.float32)
    y, keep = rng.random((400, 4)) < 0.4, rng.random((400, 4)) < 0.7
    found = fit_many(x, y, keep, 0.05)
    for b in range(4):
        sign, mask = 2.0 * y[:, b] - 1, keep[:, b]

        def loss(w: Any, sign: Any = sign, mask: Any = mask) -> float:
            return float((mask * np.logaddexp(0, -sign * (x @ w))).mean() + 0.025 * (w @ w))

        assert found[:, b] == pytest.approx(minimize(loss, np.zeros(3), tol=1e-10).x, abs=2e-4)
    assert (fit_many(x, y, np.zeros_like(keep), 0.05) == 0).all()


def test_finite_rows_come_to_the_verifier_or_to_the_truth() -> None:
    world = World()
    assert world.bayes == pytest.approx(0.9405, abs=1e-3)
    angles = {"none": None, "oracle": 0.0, "weak": math.pi / 6}
    found = learning_curves(world, [500], angles, 60_000, [1_000, 20_000], np.random.default_rng(0))
    end = {name: curve[20_000] for (name, _), curve in found.items()}
    assert end["clean"] > 0.99 and end["oracle"] > 0.99
    assert end["none"] < end["weak"] < end["oracle"] and end["weak"] > 0.985
    assert found["oracle", 500][1_000] < end["oracle"]
    assert logistic_share(world, 500, 0.0, 20_000, np.random.default_rng(0)) > 0.99
