"""Votes among more than two answers."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openloop.errors import InputError
from openloop.theory.plurality import data_set, plurality_point, structured_share, vote


def by_hand(masses: list[float], k: int) -> float:
    """Chance that answer 0 wins, over all draws of k of (answers..., nothing)."""
    chances = [*masses, 1 - sum(masses)]
    total = 0.0
    for drawn in product(range(len(chances)), repeat=k):
        counts = Counter(d for d in drawn if d < len(masses))
        most = max(counts.values(), default=0)
        if most and counts[0] == most:
            total += float(np.prod([chances[d] for d in drawn])) / sum(c == most for c in counts.values())
    return total


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.lists(st.floats(0, 1), min_size=1, max_size=3), st.integers(1, 5))
def test_it_is_the_sum_over_all_draws(p: float, phi: float, psi: list[float], k: int) -> None:
    wrong = np.full(len(psi), 1 / len(psi))
    found = vote(p, phi, psi, wrong, k)
    masses = [(1 - p) * phi, *(p * w * s for w, s in zip(wrong, psi, strict=True))]
    assert found.correct == pytest.approx(by_hand(masses, k), abs=1e-9)
    assert found.nothing == pytest.approx((1 - sum(masses)) ** k, abs=1e-9)


def test_points_and_limits() -> None:
    even = np.full(9, 1 / 9)
    assert plurality_point(1.0, 1.0, even) == pytest.approx(0.9)
    assert plurality_point(0.9, 0.3, even) == pytest.approx(9 / (9 + 0.3 / 0.9))
    many = vote(0.5, 1.0, 1.0, np.full(100_000, 1e-5), 20)
    assert many.correct > 0.999  # next to no two wrong ones agree
    assert plurality_point(0.9, 0.2, [1.0]) == pytest.approx(0.9 / 1.1)
    for k in (1, 2, 7):  # one voter, or two, are no better than a candidate
        assert (vote(0.4, 1.0, 1.0, even, k).correct == pytest.approx(0.6)) == (k < 3)
    assert vote(0.8, 1.0, 1.0, even, 200).correct > 0.99
    assert vote(0.95, 1.0, 1.0, even, 200).correct < 0.01
    assert vote(0.9, 1.0, 1.0, even, 150).correct == pytest.approx(
        0.1, abs=1e-6
    )  # at the point one in V + 1, not one half


@given(st.floats(0.05, 0.95))
def test_a_data_set_is_the_mean_over_its_prompts(p: float) -> None:
    wrong = np.full(3, 1 / 3)
    spread = data_set([0.0, p, 1.0], 1.0, 1.0, wrong, 5)
    assert spread.correct == pytest.approx((1 + vote(p, 1.0, 1.0, wrong, 5).correct) / 3)


def test_structured_errors_reach_their_bound() -> None:
    assert [structured_share(x) for x in (0.0, 0.2, 0.5, 0.9)] == [0.0, 0.4, 1.0, 1.0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((0.5, 1.0, 1.0, [0.5, 0.4], 3), "add up to 1"),
        ((1.5, 1.0, 1.0, [1.0], 3), "p: must"),
        ((0.5, 1.0, 1.0, [1.0], 0), "k must"),
        ((0.5, 1.0, 1.0, [1.0], 601), "k must"),
        ((0.5, 1.0, 2.0, [1.0], 3), "psi"),
    ],
)
def test_impossible_arguments_are_refused(arguments: tuple[float, float, float, list[float], int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        vote(*arguments)
    with pytest.raises(InputError, match="nothing is kept"):
        plurality_point(0.0, 0.0, [1.0])
