"""Ridge logistic regression."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.logistic import fit, predict


def test_logistic_recovers_its_coefficients_and_survives_separation() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20_000, 2))
    y = (rng.random(20_000) < 1 / (1 + np.exp(-(0.5 + x @ [1.0, -2.0])))).astype(float)
    beta = fit(x, y, l2=1e-3)
    assert beta == pytest.approx([0.5, 1.0, -2.0], abs=0.08)
    assert np.mean(predict(beta, x)) == pytest.approx(y.mean(), abs=1e-4)
    split = fit(np.array([[-1.0], [1.0]] * 10), np.array([0.0, 1.0] * 10))
    assert np.isfinite(split).all() and split[1] > 1
    assert np.isfinite(fit(np.ones((5, 1)), np.ones(5))).all()
    with pytest.raises(DataError):
        fit(np.ones((3, 1)), np.ones(2))


def test_two_cells_have_their_log_odds() -> None:
    x = np.array([[0.0]] * 10 + [[1.0]] * 10)
    y = np.array([1.0] * 2 + [0.0] * 8 + [1.0] * 5 + [0.0] * 5)
    assert fit(x, y, l2=0) == pytest.approx([np.log(2 / 8), np.log(8 / 2)], abs=1e-5)
    shares = fit(np.array([[0.0], [1.0]]), np.array([0.2, 0.5]), weight=np.array([10.0, 10.0]), l2=0)
    assert shares == pytest.approx(fit(x, y, l2=0), abs=1e-4)


def test_a_weight_is_a_number_of_rows() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(60, 3)), (rng.random(60) < 0.4).astype(float)
    times = rng.integers(0, 4, 60)
    repeated = fit(np.repeat(x, times, 0), np.repeat(y, times))
    assert fit(x, y, weight=times.astype(float)) == pytest.approx(repeated, abs=1e-5)
    order = rng.permutation(60)
    assert fit(x[order], y[order]) == pytest.approx(fit(x, y), abs=1e-7)


def test_ridge_is_at_the_minimum_of_its_loss_and_shrinks() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 4))
    y = (rng.random(200) < predict(np.array([0.3, 1.0, -1.0, 0.0, 0.5]), x)).astype(float)
    beta = fit(x, y, l2=2.0)
    slope = np.column_stack([np.ones(200), x]).T @ (predict(beta, x) - y) + np.r_[0, 2 * beta[1:]]
    assert np.abs(slope).max() < 1e-2
    assert np.linalg.norm(fit(x, y, l2=100.0)[1:]) < np.linalg.norm(beta[1:])


def test_separation_and_copies_of_a_column_stay_finite() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    y = (x[:, 0] > 0).astype(float)
    for features in (x, np.column_stack([x, x]), 1e3 * x, np.zeros((40, 2))):
        for l2 in (1.0, 1e-6):
            p = predict(fit(features, y, l2=l2), features)
            assert np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()


@pytest.mark.parametrize(
    ("x", "y", "more"),
    [
        (np.ones(3), np.ones(3), {}),
        (np.ones((0, 1)), np.ones(0), {}),
        (np.full((2, 1), np.nan), np.ones(2), {}),
        (np.ones((2, 1)), np.array([0.0, 2.0]), {}),
        (np.ones((2, 1)), np.ones(2), {"weight": np.array([1.0, -1.0])}),
        (np.ones((2, 1)), np.ones(2), {"weight": np.zeros(2)}),
        (np.ones((2, 1)), np.ones(2), {"l2": -1.0}),
    ],
)
def test_what_does_not_fit_is_refused(x: np.ndarray, y: np.ndarray, more: dict[str, object]) -> None:
    with pytest.raises(DataError):
        fit(x, y, **more)  # type: ignore[arg-type]
    with pytest.raises(DataError):
        predict(np.ones(3), np.ones((2, 1)))
