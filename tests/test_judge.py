"""Agreement of judges with themselves and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.judge import consistency, krippendorff, order_swap, self_preference

NONE = math.nan
# Four observers, twelve units: the worked example of Krippendorff's 2011 note, with its published values.
OBSERVERS = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]).T  # fmt: skip


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


@pytest.mark.parametrize(
    "ratings", [np.full((4, 2), NONE), np.ones((4, 2)), np.array([[1, NONE], [2, NONE]])]
)
def test_alpha_without_variation_is_undefined(ratings: np.ndarray) -> None:
    assert math.isnan(krippendorff(ratings).value)


def test_unknown_metric() -> None:
    with pytest.raises(DataError, match="metric"):
        krippendorff(OBSERVERS, "cosine")


def test_consistency_by_hand() -> None:
    repeats = np.array([[1, 1, 1], [1, 2, NONE], [3, 3, 4], [5, NONE, NONE]])
    found = consistency(repeats, accept_at=2.5)
    assert found["row"].value == pytest.approx(1 / 3) and found["row"].n_unscored == 1
    assert found["pair"].value == pytest.approx((1 + 0 + 1 / 3) / 3)
    assert found["class"].value == 1
    assert found["within_sd"].value == pytest.approx((0 + 0.5 + math.sqrt(2 / 9)) / 3)
    assert "class" not in consistency(repeats)


def test_noise_shows_in_rows_and_not_in_the_class() -> None:
    rng = np.random.default_rng(0)
    centre = np.where(rng.random(200) < 0.5, 2.0, 8.0)[:, None]
    repeats = np.round(centre + rng.normal(size=(200, 5)))
    found = consistency(repeats, accept_at=5)
    assert found["row"].value < 0.1 and found["class"].value > 0.98


def test_order_swap() -> None:
    # One fair pair, one that always takes the first position, one tie, one unscored.
    found = order_swap(np.array([1, 1, 0.5, NONE]), np.array([0, 1, 0.5, 1]))
    assert found["consistency"].value == pytest.approx(2 / 3) and found["consistency"].n_unscored == 1
    assert found["position_bias"].value == pytest.approx((0 + 0.5 + 0) / 3)
    with pytest.raises(DataError):
        order_swap(np.array([2.0]), np.array([1.0]))


def test_a_judge_that_takes_the_first_is_seen() -> None:
    rng = np.random.default_rng(0)
    better = rng.random(400) < 0.5

    def judged(first_is_better: np.ndarray) -> np.ndarray:
        return np.where(rng.random(400) < 0.3, 1.0, first_is_better.astype(float))

    bias = order_swap(judged(better), judged(~better))["position_bias"]
    assert bias.low is not None and bias.high is not None and bias.low <= 0.15 <= bias.high


def test_self_preference_at_equal_gold() -> None:
    rng = np.random.default_rng(0)
    own, gold = (rng.random(4000) < 0.3).astype(float), np.zeros(4000)
    gold[rng.random(4000) < 0.3 + 0.4 * own] = 1  # its own rows are better, which is no bias
    fair = (rng.random(4000) < 0.2 + 0.6 * gold).astype(float)
    kind = (rng.random(4000) < np.clip(0.2 + 0.6 * gold + 0.15 * own, 0, 1)).astype(float)
    for accept, truth in ((fair, 0.0), (kind, 0.15)):
        e = self_preference(accept, own, gold)
        assert e.low is not None and e.high is not None and e.low <= truth <= e.high
