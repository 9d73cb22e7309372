"""Agreement of judges with each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.agreement import krippendorff
from tests.support.coverage import Draws, require_nominal
from tests.support.scorings import noisy

NONE = math.nan

# Four observers, twelve units: the worked example of Krippendorff's 2011 note, with its published values.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
).T


@pytest.mark.parametrize(("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_has_its_published_values(metric: str, value: float) -> None:
    assert krippendorff(OBSERVERS, metric).value == pytest.approx(value, abs=5e-4)


def test_alpha_of_noise_is_zero_and_of_copies_one() -> None:
    rng = np.random.default_rng(0)
    noise = krippendorff(rng.integers(0, 3, (2000, 3)).astype(float), "nominal", rng=rng)
    assert noise.value == pytest.approx(0, abs=0.03)
    assert noise.low is not None and noise.high is not None and noise.low < 0.0 < noise.high + 0.02
    column = rng.normal(size=(30, 1))
    assert krippendorff(np.repeat(column, 3, 1), "interval").value == pytest.approx(1)


@pytest.mark.parametrize("ratings", [np.full((4, 2), NONE), np.ones((4, 2)), np.array([[1, NONE], [2, NONE]])])
def test_alpha_without_variation_is_undefined(ratings: np.ndarray) -> None:
    assert math.isnan(krippendorff(ratings).value)


def test_unknown_metric() -> None:
    with pytest.raises(DataError, match="metric"):
        krippendorff(OBSERVERS, "cosine")


def test_perfect_agreement_of_few_rows_is_not_certain() -> None:
    alpha = krippendorff(np.repeat(np.arange(20.0)[:, None], 2, 1), "nominal", rng=np.random.default_rng(0))
    assert alpha.value == 1 and alpha.low is None and "never differ" in alpha.method


def test_the_order_of_rows_says_nothing() -> None:
    rng = np.random.default_rng(4)
    scores, _ = noisy(rng, 20, 3, 4)
    scores[rng.random(scores.shape) < 0.2] = NONE
    order = rng.permutation(len(scores))
    for metric in ("nominal", "ordinal", "interval"):
        assert krippendorff(scores, metric).value == pytest.approx(krippendorff(scores[order], metric).value)


def test_ratings_are_units_by_raters() -> None:
    with pytest.raises(DataError, match="ratings"):
        krippendorff(np.ones(3))


def repeated(draws: int, prompts: int, k: int, r: int) -> Draws:
    rng, found = np.random.default_rng(5), Draws()
    for _ in range(draws):
        scores, prompt = noisy(rng, prompts, k, r)
        found.add(krippendorff(scores, "interval", prompt, rng), 0.5)
    return found


def test_alpha_is_covered() -> None:
    require_nominal(repeated(400, 60, 2, 3))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(30, 1, 3), (100, 1, 2), (60, 4, 5)], ids=str)
def test_alpha_is_covered_in_2000_draws(shape: tuple[int, int, int]) -> None:
    """Of 30 rows the bootstrap knows too little: measured .916."""
    require_nominal(repeated(2000, *shape), least=0.9 if shape[:2] == (30, 1) else None)
