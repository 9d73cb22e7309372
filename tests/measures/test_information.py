"""How much of a verdict is about gold, in bits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.information import about_gold, classes, entropy
from tests.support.coverage import Draws, require_at_least, require_nominal, require_uniform
from tests.support.entropies import h
from tests.support.worlds import World


def bits(w: World) -> float:
    kept = (1 - w.p) * w.phi + w.p * w.psi
    return h(kept) - (1 - w.p) * h(w.phi) - w.p * h(w.psi)


def test_classes_of_a_verdict() -> None:
    assert classes(np.array([0.2, math.nan, 0.9, 0.2])).tolist() == [0, -1, 1, 0]
    many = classes(np.arange(800.0))
    assert np.bincount(many).tolist() == [100] * 8


def test_a_verdict_that_is_gold_says_all_of_it() -> None:
    gold = np.repeat([0.0, 1.0], 200)
    e, p = about_gold(gold.astype(int), gold, None, np.random.default_rng(0))
    assert e.value == pytest.approx(1, abs=0.01) and p is not None and p < 0.01
    assert entropy(gold.astype(int)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("world", [World(0.5, 0.9, 0.2, 100, 1), World(0.3, 0.9, 0.2, 60, 5, 0.3)], ids=str)
def test_strong_signals_are_covered(world: World) -> None:
    require_nominal(repeated(world, 300, seed=0))


@pytest.mark.parametrize("world", [World(0.3, 0.5, 0.5, 150, 1), World(0.4, 0.6, 0.6, 50, 4, 0.4)], ids=str)
def test_nothing_has_a_uniform_p_and_a_bound_that_starts_at_zero(world: World) -> None:
    rng, p_values, bounds = np.random.default_rng(1), [], []
    for _ in range(300):
        gold, accept, prompt = world.draw(rng)
        e, p = about_gold(accept.astype(int), gold, prompt, rng, shuffles=199)
        assert p is not None and e.low is not None
        p_values.append(p)
        bounds.append(e.low == 0)
    require_uniform(p_values)
    # The interval starts at 0 where p > .05, and it may do so elsewhere.
    assert np.mean(bounds) >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 300)


def test_too_little_is_undefined() -> None:
    for verdict, gold in (([0, 1] * 3, [0, 1] * 3), ([1] * 20, [0, 1] * 10)):
        e, p = about_gold(np.array(verdict), np.array(gold, float), None, np.random.default_rng(0))
        assert math.isnan(e.value) and p is None


@pytest.mark.parametrize("world", [World(0.4, 0.95, 0.05, 30, 1), World(0.4, 0.99, 0.3, 30, 1)], ids=str)
def test_nearly_perfect_verdicts_of_few_rows_are_covered(world: World) -> None:
    require_at_least(repeated(world, 300), width=(1.0, 1.5))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(30, 1, 0.0), (100, 1, 0.0), (400, 1, 0.0), (50, 4, 0.4), (10, 20, 0.4)])
@pytest.mark.parametrize("phi", [0.5, 0.55, 0.6, 0.7, 0.85, 0.95])
def test_bits_are_covered_in_2000_draws(phi: float, shape: tuple[int, int, float]) -> None:
    assert repeated(World(0.4, phi, 1 - phi, *shape), 2000).coverage >= 0.89


def repeated(world: World, draws: int, seed: int = 11) -> Draws:
    rng, found = np.random.default_rng(seed), Draws()
    for _ in range(draws):
        gold, accept, prompt = world.draw(rng)
        e, _ = about_gold(accept.astype(int), gold, prompt, rng, shuffles=99)
        found.add(e, bits(world))
    return found


def test_the_order_of_rows_says_nothing() -> None:
    gold, accept, prompt = World(0.3, 0.9, 0.2, 60, 5).draw(np.random.default_rng(9))
    order = np.random.default_rng(1).permutation(len(gold))
    one, _ = about_gold(accept.astype(int), gold, prompt, np.random.default_rng(0))
    two, _ = about_gold(accept[order].astype(int), gold[order], prompt[order], np.random.default_rng(0))
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high), abs=1e-9)


def test_gold_that_does_not_fit_is_refused() -> None:
    gold, accept, prompt = World().draw(np.random.default_rng(0))
    for bad in (gold[1:], gold + 1):
        with pytest.raises(DataError):
            about_gold(accept.astype(int), bad, prompt, np.random.default_rng(0))


@pytest.mark.parametrize("n", [10, 15, 30])
def test_bits_are_never_more_than_gold_has(n: int) -> None:
    """Where a few rows allow everything there is no interval: it once read 0 to 1.09 bits of one bit."""
    rng, without = np.random.default_rng(3), 0
    for _ in range(40):
        gold = (rng.random(n) < 0.5).astype(float)
        verdict = classes(np.where(rng.random(n) < 0.3, 1 - gold, gold))
        e, _ = about_gold(verdict, gold, rng.integers(0, n, n), rng, shuffles=99)
        without += e.low is None
        if e.low is not None and e.high is not None:
            assert 0 <= e.low <= e.value <= e.high <= 1 and 0 < e.high - e.low < 1
    assert without < 40 or n == 10
