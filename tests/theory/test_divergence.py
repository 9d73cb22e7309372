"""What estimators of the KL divergence see."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.divergence import divergence, kl_gap
from openloop.theory.gmm import Mixtures, rounds
from tests.support.mixtures import two


def test_only_sound_estimators_see_where_things_lie() -> None:
    rng = np.random.default_rng(0)
    here, there = two(rounds_=4), two(5.0, rounds_=4)

    def d(name: str, other: Mixtures) -> float:
        return float(divergence(here, other, name, 4, rng).mean())  # type: ignore[arg-type]

    assert d("monte-carlo", here) == pytest.approx(0.0)
    assert d("monte-carlo", there) == pytest.approx(25.0, abs=0.25)  # (5² + 5²)/2, of 16,000 rows with spread √50
    assert abs(d("reference-histogram", there) - d("reference-histogram", here)) < 1.0
    assert d("reference-histogram", here) > 2.0  # equal, and not 0
    assert d("shared-histogram", there) > d("shared-histogram", here) + 5


def test_the_published_estimator_gives_the_published_gap() -> None:
    """1.86 ± 4.29 over 100 rounds of the script; here 100 rounds with 10 draws each: two standard errors of both."""
    rng = np.random.default_rng(4)
    found = kl_gap(rounds(100, 2, 2, 2, rng), "reference-histogram", 10, rng)
    error = (4.29**2 / 100 + found.var() / 100) ** 0.5
    assert abs(found.mean() - 1.86) < 2 * error


def test_with_the_papers_divergence_the_gap_is_negative_and_grows_with_k() -> None:
    rng = np.random.default_rng(0)
    few, many = (kl_gap(rounds(60, k, 2, 2, rng), "monte-carlo", 1, rng) for k in (2, 10))
    assert np.median(few) < -3 and np.median(many) > np.median(few)


def test_an_unknown_estimator_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="did you mean 'monte-carlo'"):
        kl_gap(rounds(1, 1, 1, 1, rng), "monte-calro", 1, rng)  # type: ignore[arg-type]
