"""What recursion does to diversity: closed forms beside simulations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop import models
from openloop.errors import InputError
from openloop.measures.intervals import mean
from openloop.records import Example, Prompt, Sampling
from openloop.theory import recursion as theory

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
    assert (np.abs(found[1:, 0] - law(found[0, 0])[1:]) < 4 * found[1:, 1]).all()


def test_subsampling_and_fresh_rows_are_what_is_simulated() -> None:
    found = loops("subsample", 10, 3, 4_000)
    law = theory.subsampling_diversity(found[0, 0], 10, 10, 3)
    assert (np.abs(found[1:, 0] - law[1:]) < 4 * found[1:, 1]).all()
    rest = loops("fresh", 20, 40)[-1]
    start = 1 - float((MODES**2).sum())
    assert rest[0] == pytest.approx(start * theory.immigration_diversity(20, 0.2), abs=4 * rest[1])


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


def test_a_closed_categorical_loop_follows_the_law() -> None:
    n, rounds, chains = 20, 12, 400
    law = theory.closed_diversity(0.9, n, rounds)
    prompts = [Prompt(f"p{i}", "q") for i in range(n)]
    ends = []
    for seed in range(chains):
        model = models.categorical(kinds=10)
        for t in range(rounds):
            drawn = model.sample(prompts, 1, Sampling(seed=1000 * seed + t))
            model = model.fit([Example("q", g[0].content) for g in drawn])
        ends.append(1 - sum(p * p for p in model.table.values()))
    e = mean(ends, level=0.999)
    assert e.low is not None and e.high is not None and e.low <= law[-1] <= e.high


def test_the_law_and_its_inverse() -> None:
    law = theory.closed_diversity(0.9, 50, 30)
    assert law[0] == 0.9 and law[1] == pytest.approx(0.9 * 0.98)
    assert theory.effective_rows(law) == pytest.approx(50)
    assert theory.effective_rows([0.5, 0.5, 0.6]) == math.inf


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: theory.closed_diversity(0.9, 0, 3), "n >= 1"),
        (lambda: theory.closed_diversity(1.2, 5, 3), "h0"),
        (lambda: theory.effective_rows([0.5]), "at least two"),
        (lambda: theory.accumulating_limit(1), "at least 2"),
        (lambda: theory.immigration_diversity(5, 2.0), "fresh"),
        (lambda: theory.subsampling_diversity(0.5, 5, 10, 1), "n0 must"),
        (lambda: theory.rounds_to_lose(50, 0.0), "mass"),
        (lambda: theory.rounds_to_lose(50_000, 0.1), "GiB"),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
