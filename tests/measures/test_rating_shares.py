"""Shares of a softmax over mean ratings: known answers, invariances, coverage."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.rating_shares import softmax_shares
from tests.support.coverage import Draws

RNG = np.random.default_rng(0)


def ratings(*means: float, n: int = 60) -> dict[str, np.ndarray]:
    noise = RNG.normal(0, 1, (len(means), n))
    noise -= noise.mean(axis=1, keepdims=True)
    return {f"m{place}": mean + noise[place] for place, mean in enumerate(means)}


def test_it_is_the_softmax_of_the_means() -> None:
    means = np.array([8.1, 7.9, 6.0, 7.0, 8.0])
    found = softmax_shares(ratings(*means))
    expected = np.exp(means) / np.exp(means).sum()
    assert [one.value for one in found.values()] == pytest.approx(expected.tolist())
    assert sum(one.value for one in found.values()) == pytest.approx(1)
    warm = softmax_shares(ratings(*means), temperature=1000.0)
    assert [one.value for one in warm.values()] == pytest.approx([0.2] * 5, abs=1e-3)


def test_a_constant_added_to_every_rating_changes_nothing() -> None:
    mine = ratings(5.0, 6.0, 7.0)
    one, other = softmax_shares(mine), softmax_shares({name: values + 100 for name, values in mine.items()})
    for name in mine:
        assert one[name].value == pytest.approx(other[name].value)
        assert one[name].low == pytest.approx(other[name].low)


def test_swapped_ratings_swap_the_shares() -> None:
    mine = ratings(5.0, 7.0)
    found = softmax_shares({"a": mine["m0"], "b": mine["m1"]})
    turned = softmax_shares({"a": mine["m1"], "b": mine["m0"]})
    assert found["a"].value < 0.5 < found["b"].value and found["a"].value == pytest.approx(turned["b"].value)


def test_difficulty_that_models_share_does_not_widen_the_interval() -> None:
    mine, hard = ratings(5.0, 5.5), RNG.normal(0, 5, 60)
    alone = softmax_shares(mine)["m0"]
    shared = softmax_shares({name: values + hard for name, values in mine.items()})["m0"]
    assert shared.high - shared.low == pytest.approx(alone.high - alone.low)  # type: ignore[operator]


def test_extreme_ratings_stay_within_0_and_1() -> None:
    found = softmax_shares({"a": np.arange(60.0) / 60 + 900, "b": np.arange(60.0)[::-1] / 60})
    assert found["a"].value == pytest.approx(1) and 0 <= found["b"].low <= found["b"].high < 1e-9  # type: ignore[operator]


def test_items_that_some_model_lacks_are_left_out_and_counted() -> None:
    mine = ratings(5.0, 6.0)
    mine["m0"][:7] = np.nan
    found = softmax_shares(mine)
    assert {(one.n, one.n_unscored) for one in found.values()} == {(53, 7)}
    nothing = softmax_shares({"a": np.full(9, np.nan), "b": np.ones(9)})
    assert np.isnan(nothing["a"].value) and nothing["a"].low is None


def test_what_cannot_be_shared_is_refused() -> None:
    with pytest.raises(DataError, match="at least two"):
        softmax_shares({"a": np.ones(5)})
    with pytest.raises(DataError, match="same items"):
        softmax_shares({"a": np.ones(5), "b": np.ones(6)})
    with pytest.raises(DataError, match="temperature"):
        softmax_shares(ratings(1.0, 2.0), temperature=0.0)


def covered(models: int, n: int, times: int, spread: float, seed: int) -> float:
    """How often a model's interval holds its share, over all models: ratings 1 to 10 with difficulty in common."""
    rng, drawn = np.random.default_rng(seed), Draws()
    means = np.linspace(5, 5 + spread, models)
    population = np.clip(
        np.round(means[:, None] + rng.normal(0, 1.5, 200_000) + rng.normal(0, 1, (models, 200_000))), 1, 10
    )
    true = np.exp(population.mean(axis=1))
    true /= true.sum()
    for _ in range(times):
        sample = population[:, rng.integers(0, 200_000, n)]
        found = softmax_shares({str(place): sample[place] for place in range(models)})
        for place, one in enumerate(found.values()):
            drawn.add(one, float(true[place]))
    return float(np.mean(drawn.held))


def test_intervals_cover() -> None:
    assert covered(5, 40, 150, 1.0, seed=1) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("models", [2, 5])
@pytest.mark.parametrize("n", [20, 50, 200])
@pytest.mark.parametrize("spread", [0.0, 1.0, 3.0])
def test_intervals_cover_in_every_cell(models: int, n: int, spread: float) -> None:
    assert covered(models, n, 1000, spread, seed=n) >= 0.93
