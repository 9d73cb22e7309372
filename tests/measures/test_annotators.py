"""People who label the same rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.annotators import (
    against_others,
    disagreement,
    error_if_independent,
    least_error,
    majority,
    majority_error,
)
from tests.support.coverage import Draws, require_at_least

NONE = math.nan


def labelled(
    rng: np.random.Generator, prompts: int, k: int, errors: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Labels by people who err so often, and the prompt."""
    good = np.repeat(rng.random(prompts), k) / 2 + rng.random(prompts * k) / 2 > 0.5
    labels = (good[:, None] ^ (rng.random((prompts * k, len(errors))) < errors)).astype(float)
    return labels, np.repeat(np.arange(prompts), k)


def apart(errors: tuple[float, ...], i: int, j: int) -> float:
    return errors[i] * (1 - errors[j]) + errors[j] * (1 - errors[i])


def test_majority_and_ties() -> None:
    sides = np.array([[1, 1, 0], [0, 0, 1], [1, 0, NONE], [NONE, NONE, NONE], [NONE, 1, NONE]])
    np.testing.assert_equal(majority(sides), [1, 0, NONE, NONE, 1])


def test_disagreement_counts_pairs_of_labels() -> None:
    labels = np.array([[1, 1, 0], [1, 1, 1], [0, 1, NONE], [1, NONE, NONE]] * 5)
    e = disagreement(labels)
    assert e.value == pytest.approx((2 / 3 + 0 + 1) / 3) and (e.n, e.n_unscored) == (15, 5)
    ratings = np.array([[1, 5], [3, 3], [2, 3]] * 5)
    assert disagreement(ratings.astype(float)).value == pytest.approx((1 + 0 + 0.25) / 3)
    assert disagreement(ratings.astype(float), nominal=True).value == pytest.approx(2 / 3)


def test_who_differs() -> None:
    errors = (0.05, 0.05, 0.05, 0.3)
    labels, prompt = labelled(np.random.default_rng(0), 300, 2, errors)
    excess = [against_others(labels, i, prompt).excess for i in range(4)]
    assert excess[3].low is not None and excess[3].low > 0.1
    assert all(e.high is not None and e.high < 0 for e in excess[:3])  # beside such a one the others are closer
    one = against_others(labels, 3, prompt)
    assert one.apart.value == pytest.approx(apart(errors, 3, 0), abs=0.04)
    assert one.others_apart == pytest.approx(apart(errors, 0, 1), abs=0.03)


def test_which_way_a_person_leans() -> None:
    rng = np.random.default_rng(1)
    labels, _ = labelled(rng, 300, 1, (0.0, 0.0, 0.0))
    labels[:, 2] = np.maximum(labels[:, 2], rng.random(300) < 0.4)
    assert against_others(labels, 2).leaning > 0.1 > 0 > against_others(labels, 0).leaning


def test_of_two_people_neither_is_the_one_who_differs() -> None:
    labels, prompt = labelled(np.random.default_rng(2), 100, 1, (0.0, 0.4))
    assert math.isnan(against_others(labels, 1, prompt).excess.value)


def test_error_behind_a_disagreement() -> None:
    for error in (0.0, 0.05, 0.2, 0.5):
        differ = 2 * error * (1 - error)
        assert error_if_independent(differ) == pytest.approx(error)
        assert least_error(differ) <= error
    assert majority_error(0.1, 3) == pytest.approx(3 * 0.01 * 0.9 + 0.001)
    assert majority_error(0.1, 2) == pytest.approx(0.01 / (0.01 + 0.81))  # both say the same, and are wrong
    assert majority_error(0.1, 1) == pytest.approx(0.1) and majority_error(0.5, 5) == pytest.approx(0.5)


def covered(shape: tuple[int, int, tuple[float, ...]], draws: int) -> tuple[Draws, Draws]:
    prompts, k, errors = shape
    people, rng = len(errors), np.random.default_rng(6)
    others = range(people - 1)
    mine = float(np.mean([apart(errors, people - 1, j) for j in others]))
    truth = mine - float(np.mean([apart(errors, i, j) for i in others for j in range(i)]))
    every = float(np.mean([apart(errors, i, j) for i in range(people) for j in range(i)]))
    excess, differ = Draws(), Draws()
    for _ in range(draws):
        labels, prompt = labelled(rng, prompts, k, errors)
        excess.add(against_others(labels, people - 1, prompt).excess, truth)
        differ.add(disagreement(labels, prompt), every)
    return excess, differ


def test_intervals_cover() -> None:
    excess, differ = covered((50, 2, (0.1, 0.1, 0.25)), 300)
    require_at_least(excess, width=(0.9, 1.3))
    require_at_least(differ, width=(0.9, 1.25))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(30, 1, (0.1,) * 3), (25, 4, (0.05,) * 4), (100, 1, (0.02,) * 5)])
def test_intervals_cover_in_2000_draws(shape: tuple[int, int, tuple[float, ...]]) -> None:
    excess, differ = covered(shape, 2000)
    require_at_least(excess, width=(0.9, 1.6))
    require_at_least(differ, width=(0.9, 1.4))
