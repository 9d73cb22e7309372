"""Mixtures: draws, fits, densities."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.gmm import RIDGE, fit, random_mixtures, rounds
from tests.support.mixtures import two


def test_rows_have_the_mixtures_moments() -> None:
    rng = np.random.default_rng(0)
    made = random_mixtures(1, 3, rng)
    x = made.draw(40_000, rng)[0].astype(float)
    f = made.factors()[0]
    cov = np.mean([np.outer(m, m) + a @ a.T for m, a in zip(made.means[0], f, strict=True)], axis=0)
    assert x.mean(0) == pytest.approx(made.means[0].mean(0), abs=4 * x.std(0).max() / 200)
    error = np.einsum("ni,nj->nij", x, x).std(0) / 200
    assert (np.abs(x.T @ x / len(x) - cov) < 4 * error).all()
    assert made.draw_each(10, rng).shape == (1, 30, 2)


def test_fits_find_components_that_lie_apart() -> None:
    """Far apart, the fit of a mixture is that of each component alone: its rows' mean and covariance (divided by n)."""
    rng = np.random.default_rng(0)
    rows = two(rounds_=5).draw_each(300, rng)
    found = fit(rows, 2, rng)
    for r in range(5):
        for c, at in enumerate(np.argsort(found.means[r, :, 0])):
            mine = rows[r, 300 * c : 300 * (c + 1)]
            assert found.means[r, at] == pytest.approx(mine.mean(0), abs=1e-6)
            assert found.covariances[r, at] == pytest.approx(np.cov(mine.T, bias=True) + RIDGE * np.eye(2), abs=1e-6)
    assert found.weights == pytest.approx(np.full((5, 2), 0.5))


def test_drawn_components_have_the_covariances_asked_for() -> None:
    """1,200 rows of 40 rounds: a covariance entry is known to √(2/24,000) = .009."""
    rng = np.random.default_rng(1)
    rows = two(rounds_=40).draw_each(600, rng).reshape(40, 2, 600, 2)
    for c in (0, 1):
        mine = rows[:, c].reshape(-1, 2)
        assert np.cov(mine.T) == pytest.approx(np.eye(2), abs=4 * (2 / 24_000) ** 0.5)


def test_density_is_that_of_a_library() -> None:
    from scipy.stats import multivariate_normal

    made, x = two(), np.array([[[0.5, -1.0], [19.0, 2.0]]])
    wanted = [np.log(0.5 * sum(multivariate_normal(m, np.eye(2)).pdf(row) for m in made.means[0])) for row in x[0]]
    assert made.log_density(x)[0] == pytest.approx(wanted)


def test_a_world_needs_components_of_each_kind() -> None:
    with pytest.raises(InputError, match="at least one"):
        rounds(1, 0, 1, 1, np.random.default_rng(0))
