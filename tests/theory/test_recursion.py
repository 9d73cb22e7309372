"""What recursion does to diversity: closed forms beside simulations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import InputError
from openloop.theory import recursion as theory
from openloop.theory.drift import judge_drift
from openloop.theory.mixing import loop_variance, plateau, real_weight
from openloop.theory.reward_hacking import learning

MODES = np.array([0.4, 0.3, 0.2, 0.1])


def loops(kind: str, n: int, rounds: int, runs: int = 20_000) -> Any:
    """Mean H of the pool's shares and its standard error, per round."""
    rng = np.random.default_rng([3, *map(ord, kind)])
    pool = rng.multinomial(n, MODES, size=runs)
    found = []
    for t in range(rounds + 1):
        share = pool / pool.sum(1, keepdims=True)
        h = 1 - (share**2).sum(1)
        found.append((h.mean(), h.std() / runs**0.5))
        if kind == "replace":
            pool = rng.multinomial(n, share)
        elif kind == "accumulate":
            pool = pool + rng.multinomial(n, share)
        elif kind == "fresh":
            pool = rng.multinomial(n, 0.2 * MODES + 0.8 * share)
        elif t < rounds:
            some = np.array([rng.multivariate_hypergeometric(row, n) for row in pool])
            pool = pool + rng.multinomial(n, some / n)
    return np.array(found)


@pytest.mark.parametrize(
    ("kind", "law"),
    [
        ("replace", lambda h: theory.closed_diversity(h, 20, 8)),
        ("accumulate", lambda h: theory.accumulating_diversity(h, 20, 20, 8)),
    ],
)
def test_laws_are_what_is_simulated(kind: str, law: Any) -> None:
    found = loops(kind, 20, 8)
    assert np.abs(found[:, 0] - law(found[0, 0])).max() < 5 * found[:, 1].max()


def test_subsampling_and_fresh_rows_are_what_is_simulated() -> None:
    found = loops("subsample", 10, 3, 4_000)
    law = theory.subsampling_diversity(found[0, 0], 10, 10, 3)
    assert np.abs(found[:, 0] - law).max() < 5 * found[:, 1].max()
    rest = loops("fresh", 20, 40)[-1]
    start = 1 - float((MODES**2).sum())
    assert rest[0] == pytest.approx(start * theory.immigration_diversity(20, 0.2), abs=5 * rest[1])


def test_limits_of_recursion() -> None:
    assert theory.accumulating_diversity(1.0, 50, 50, 20_000)[-1] == pytest.approx(
        theory.accumulating_limit(50), abs=1e-5
    )
    assert theory.immigration_diversity(50, 0.0) == 0.0
    assert theory.immigration_diversity(50, 1.0) == pytest.approx(1 - 1 / 50)
    assert theory.rounds_to_lose(200, 0.02) == pytest.approx(30.8, abs=0.05)
    assert theory.rounds_to_lose(200, 0.02, exact=False) == pytest.approx(31.9, abs=0.05)


def test_rounds_until_a_mode_is_lost_are_those_of_drawn_loops() -> None:
    rng, n = np.random.default_rng(0), 30
    count, age = rng.binomial(n, 0.1, size=40_000), np.ones(40_000)
    while ((count > 0) & (count < n)).any():
        alive = (count > 0) & (count < n)
        count[alive] = rng.binomial(n, count[alive] / n)
        age[alive] += 1
    lost = age[count == 0]
    assert lost.mean() == pytest.approx(theory.rounds_to_lose(n, 0.1), abs=4 * lost.std() / len(lost) ** 0.5)


@given(st.floats(0, 1), st.integers(1, 500), st.integers(0, 40))
def test_diversity_never_grows_in_a_closed_loop(h0: float, n: int, rounds: int) -> None:
    assert (np.diff(theory.closed_diversity(h0, n, rounds)) <= 0).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: theory.accumulating_limit(1), "at least 2"),
        (lambda: theory.immigration_diversity(5, 2.0), "fresh"),
        (lambda: theory.subsampling_diversity(0.5, 5, 10, 1), "n0 must"),
        (lambda: theory.rounds_to_lose(50, 0.0), "mass"),
        (lambda: theory.rounds_to_lose(50_000, 0.1), "GiB"),
        (lambda: real_weight(0, 5), "needs real rows"),
        (lambda: loop_variance(0.0, 1, 1), "weight"),
        (lambda: plateau(0, 0, 1, 1), "radius"),
        (lambda: loop_variance(0.5, 1, 0), "rows of each kind"),
        (lambda: judge_drift(1.5, 1, 1, 1, np.random.default_rng(0)), "rate"),
        (lambda: judge_drift(0.5, 1, 10**6, 10**6, np.random.default_rng(0)), "GiB"),
        (lambda: learning(2.0, 1, 1, np.array([1.0])), "correlation"),
        (lambda: learning(0, 1, 1, np.array([-1.0])), "times"),
    ],
)
def test_what_cannot_be_is_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
