"""Mixtures: draws, fits, densities."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.divergence import kl_gap
from openloop.theory.gmm import Mixtures, fit, random_mixtures, rounds


def two(shift: float = 0.0, rounds_: int = 1) -> Mixtures:
    """Two round components, far apart."""
    means = np.tile(np.array([[0.0, 0.0], [20.0, 0.0]]) + shift, (rounds_, 1, 1))
    return Mixtures(np.full((rounds_, 2), 0.5), means, np.tile(np.eye(2), (rounds_, 2, 1, 1)))


def test_rows_have_the_mixtures_moments() -> None:
    rng = np.random.default_rng(0)
    made = random_mixtures(1, 3, rng)
    x = made.draw(40_000, rng)[0]
    f = made.factors()[0]
    cov = np.mean([np.outer(m, m) + a @ a.T for m, a in zip(made.means[0], f, strict=True)], axis=0)
    assert x.mean(0) == pytest.approx(made.means[0].mean(0), abs=0.1)
    assert (x.T @ x / len(x)) == pytest.approx(cov, rel=0.03)
    assert made.draw_each(10, rng).shape == (1, 30, 2)


def test_fits_find_components_that_lie_apart() -> None:
    rng = np.random.default_rng(0)
    found = fit(two(rounds_=5).draw(600, rng), 2, rng)
    for r in range(5):
        order = np.argsort(found.means[r, :, 0])
        assert found.means[r][order] == pytest.approx(two().means[0], abs=0.3)
        assert found.covariances[r] == pytest.approx(np.tile(np.eye(2), (2, 1, 1)), abs=0.35)
    assert found.weights.sum(1) == pytest.approx(np.ones(5))


def test_density_is_that_of_a_library() -> None:
    from scipy.stats import multivariate_normal

    made, x = two(), np.array([[[0.5, -1.0], [19.0, 2.0]]])
    wanted = [np.log(0.5 * sum(multivariate_normal(m, np.eye(2)).pdf(row) for m in made.means[0])) for row in x[0]]
    assert made.log_density(x)[0] == pytest.approx(wanted)


def test_what_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'monte-carlo'"):
        kl_gap(rounds(1, 1, 1, 1, np.random.default_rng(0)), "monte-calro", 1, np.random.default_rng(0))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="at least one"):
        rounds(1, 0, 1, 1, np.random.default_rng(0))
