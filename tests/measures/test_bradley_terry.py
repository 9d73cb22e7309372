"""Strengths of models from pairs: known answers, groups, models that never lose, coverage."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.bradley_terry import PENALISED, strengths

TRUE = np.array([0.9, 0.2, -0.3, -0.8])


def tournament(rng: np.random.Generator, n: int = 600, by_length: float = 0.0) -> tuple[np.ndarray, ...]:
    a = rng.integers(0, 4, n)
    b = (a + rng.integers(1, 4, n)) % 4
    longer = rng.normal(size=n)
    p = 1 / (1 + np.exp(-(TRUE[a] - TRUE[b] + by_length * longer)))
    return (rng.random(n) < p).astype(float), a, b, longer


def test_two_models_have_the_log_odds_of_their_wins() -> None:
    win = np.r_[np.ones(60), np.zeros(20), np.full(20, 0.5)]
    (found,) = strengths(win, np.zeros(100, dtype=np.int64), np.ones(100, dtype=np.int64))
    assert found.value == pytest.approx(np.array([1, -1]) * np.log(70 / 30) / 2)


def test_models_that_meet_one_reference_have_the_log_odds_of_their_win_rates() -> None:
    wins = {1: 30, 2: 50, 3: 80}
    first = np.zeros(300, dtype=np.int64)
    second = np.repeat([1, 2, 3], 100)
    win = np.concatenate([np.r_[np.zeros(n), np.ones(100 - n)] for n in wins.values()])
    (found,) = strengths(win, first, second)
    rates = np.log([n / (100 - n) for n in wins.values()])
    assert found.value[1:] - found.value[0] == pytest.approx(rates)


def test_exchanging_the_positions_changes_nothing() -> None:
    win, a, b, _ = tournament(np.random.default_rng(0))
    (one,), (other,) = strengths(win, a, b), strengths(1 - win, b, a)
    assert one.value == pytest.approx(other.value)
    assert one.influence == pytest.approx(other.influence)


def test_turning_the_verdicts_round_turns_the_strengths_round() -> None:
    win, a, b, _ = tournament(np.random.default_rng(0))
    assert strengths(1 - win, a, b)[0].value == pytest.approx(-strengths(win, a, b)[0].value)


def test_models_that_were_never_compared_are_groups_of_their_own() -> None:
    win = np.tile([1.0, 0.0, 1.0], 20)
    a, b = np.repeat([0, 3], 30), np.repeat([1, 4], 30)
    found = strengths(win, a, b)
    assert [list(group.models) for group in found] == [[0, 1], [3, 4]]
    assert all(group.value.sum() == pytest.approx(0) for group in found)


def test_a_model_that_never_loses_has_no_interval() -> None:
    win, a, b, _ = tournament(np.random.default_rng(1), 200)
    win = np.where(a == 0, 1.0, np.where(b == 0, 0.0, win))
    (found,) = strengths(win, a, b)
    assert found.penalised and np.isfinite(found.value).all() and found.value.argmax() == 0
    assert {e.method for e in found.estimates(None, 0.95)} == {PENALISED}
    win[np.flatnonzero(a == 0)[0]] = 0.0
    assert not strengths(win, a, b)[0].penalised


def test_pairs_without_a_verdict_or_of_one_model_are_left_out() -> None:
    win, a, b, _ = tournament(np.random.default_rng(2), 200)
    more = strengths(np.r_[win, np.nan, 1.0, 1.0], np.r_[a, 0, 2, -1], np.r_[b, 1, 2, 1])
    assert more[0].value == pytest.approx(strengths(win, a, b)[0].value)
    assert not strengths(np.array([np.nan]), np.array([0]), np.array([1]))
    with pytest.raises(DataError, match="one win and two models"):
        strengths(win, a, b[1:])


def test_a_length_that_wins_is_told_from_the_models() -> None:
    win, a, b, longer = tournament(np.random.default_rng(3), 20_000, by_length=1.0)
    longer = longer + np.where(a == 0, 1.0, 0.0) - np.where(b == 0, 1.0, 0.0)
    rng = np.random.default_rng(4)
    p = 1 / (1 + np.exp(-(TRUE[a] - TRUE[b] + longer)))
    win = (rng.random(len(p)) < p).astype(float)
    (plain,), (equal,) = strengths(win, a, b), strengths(win, a, b, covariate=longer)
    assert plain.value[0] > 1.3
    assert equal.value == pytest.approx(TRUE - TRUE.mean(), abs=0.1)


def test_intervals_cover() -> None:
    rng, covered, n = np.random.default_rng(5), np.zeros(4), 200
    for _ in range(n):
        win, a, b, _ = tournament(rng)
        (found,) = strengths(win, a, b)
        for i, e in enumerate(found.estimates(np.arange(600) // 3, 0.95)):
            assert e.low is not None and e.high is not None
            covered[i] += e.low <= TRUE[i] - TRUE.mean() <= e.high
    assert (covered >= 0.91 * n).all() and (covered <= 0.99 * n).all(), covered / n


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [80, 600])
def test_coverage_over_1000_draws(pairs: int) -> None:
    rng, covered, n = np.random.default_rng(12), np.zeros(4), 1000
    for _ in range(n):
        win, a, b, _ = tournament(rng, pairs)
        (found,) = strengths(win, a, b)
        for i, e in enumerate(found.estimates(np.arange(pairs) // 2, 0.95)):
            covered[i] += e.low is not None and e.high is not None and e.low <= TRUE[i] - TRUE.mean() <= e.high
    assert (covered >= 0.93 * n).all() and (covered <= 0.98 * n).all(), covered / n
