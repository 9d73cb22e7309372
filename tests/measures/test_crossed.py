"""Differences over items crossed with seeds: coverage, size, and that no interval is of nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.crossed import LEAST_P, CrossedMean, crossed_mean
from openloop.measures.intervals import paired, student
from tests.support.two_arms import Graded, RightOrWrong, World

ARMS = ((0.5, 0.5), (0.9, 0.9), (0.95, 0.95), (0.02, 0.02), (0.6, 0.7), (0.05, 0.3))
ITEMS = ((0.0, 0.0), (1.5, 0.0), (1.5, 0.7))
"""How much items differ in difficulty, and in what each arm makes of them."""
LEAST_COVERAGE = 0.93


def drawn(world: World, seeds: int, items: int, draws: int, rng: np.random.Generator) -> list[CrossedMean]:
    largest = 1.0 if isinstance(world, RightOrWrong) else math.inf
    return [crossed_mean(world.draw(rng, seeds, items), largest) for _ in range(draws)]


def covers(found: CrossedMean, truth: float) -> bool:
    low, high = found.interval()
    assert low is not None and high is not None and low < high
    return low - 1e-12 <= truth <= high + 1e-12


def coverage(world: World, seeds: int, items: int, draws: int, rng: np.random.Generator) -> float:
    return sum(covers(found, world.difference) for found in drawn(world, seeds, items, draws, rng)) / draws


@pytest.mark.parametrize("seeds", [1, 2, 3, 8])
@pytest.mark.parametrize("arms", [(0.9, 0.9), (0.02, 0.02), (0.05, 0.3)])
def test_it_covers_where_answers_are_right_or_wrong(seeds: int, arms: tuple[float, float]) -> None:
    """200 draws a cell (±.015); 936 cells by 1,200 draws or more: at least .938 in each."""
    world = RightOrWrong(arms, trainings=0.0 if seeds == 1 else 0.2, difficulty=1.5, taste=0.7)
    assert coverage(world, seeds, 50, 200, np.random.default_rng(1)) > LEAST_COVERAGE - 0.02


@pytest.mark.parametrize(("seeds", "world"), [(1, Graded()), (4, Graded(trainings=0.2)), (3, Graded(skewed=True))])
def test_it_covers_where_answers_are_graded(seeds: int, world: Graded) -> None:
    assert coverage(world, seeds, 40, 200, np.random.default_rng(2)) > LEAST_COVERAGE - 0.02


def test_it_covers_where_answers_could_not_be_scored() -> None:
    world, rng = RightOrWrong((0.6, 0.7), trainings=0.2, difficulty=1.5, taste=0.7), np.random.default_rng(3)
    held = 0
    for _ in range(200):
        differences = world.draw(rng, 4, 60)
        differences[rng.random(differences.shape) < 0.3] = np.nan
        held += covers(crossed_mean(differences, 1.0), world.difference)
    assert held / 200 > LEAST_COVERAGE - 0.02


def test_an_interval_over_seeds_alone_forgets_the_items_and_one_over_items_alone_the_seeds() -> None:
    """Student's t over either alone covers .45 and .24 of 2,000 draws of these; both together .95 and .94."""
    rng = np.random.default_rng(4)
    before = {"seeds": [0, 0], "items": [0, 0]}
    cells = {
        "seeds": (RightOrWrong((0.5, 0.5), difficulty=0.5, taste=2.0), 8, 20, 1),
        "items": (RightOrWrong((0.5, 0.5), trainings=0.6), 8, 200, 0),
    }
    for name, (world, seeds, items, axis) in cells.items():
        for _ in range(200):
            differences = world.draw(rng, seeds, items)
            old = paired(differences.mean(axis=axis), np.zeros(differences.shape[1 - axis]))
            before[name][0] += old.low is not None and old.high is not None and old.low <= 0 <= old.high
            before[name][1] += covers(crossed_mean(differences, 1.0), 0.0)
    assert before["seeds"][0] < 150 and before["items"][0] < 150
    assert min(now for _, now in before.values()) > 200 * (LEAST_COVERAGE - 0.02)


def test_under_the_null_it_errs_in_at_most_one_of_twenty() -> None:
    rng = np.random.default_rng(5)
    for seeds, items in ((1, 30), (2, 50), (4, 100)):
        world = RightOrWrong((0.7, 0.7), trainings=0.0 if seeds == 1 else 0.2, difficulty=1.0, taste=0.5)
        p = [found.p_value() for found in drawn(world, seeds, items, 300, rng)]
        assert sum(value is not None and value < 0.05 for value in p) / 300 < 0.05 + 0.025


@pytest.mark.parametrize("seeds", [1, 2, 5])
@pytest.mark.parametrize("same", [0.0, 1.0, -1.0])
def test_differences_that_are_all_alike_leave_an_interval(seeds: int, same: float) -> None:
    few, many = (crossed_mean(np.full((seeds, items), same), 1.0).interval() for items in (20, 2000))
    assert few[0] is not None and few[1] is not None and many[0] is not None and many[1] is not None
    assert few[0] <= same <= few[1] and few[1] - few[0] > 0.1 > many[1] - many[0] > 0
    assert few[0] >= -1 and few[1] <= 1


def test_seeds_that_agree_by_accident_are_not_taken_for_certain() -> None:
    differences = np.zeros((2, 100))
    differences[0, :20], differences[1, 20:40] = 1, 1  # both .2, on other items
    found = crossed_mean(differences, 1.0)
    assert found.from_seeds > 0 and found.half_width(0.95) > 1.5 * 0.4 / math.sqrt(200)


def test_one_seed_with_continuous_values_is_students_t() -> None:
    values = np.random.default_rng(6).normal(0.3, 1, 200)
    low, high = crossed_mean(values[None]).interval()
    expected = paired(values, np.zeros(200))
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=0.003)


def test_a_balanced_table_gives_the_mean_squares_of_two_way_analysis() -> None:
    d = Graded(trainings=0.3).draw(np.random.default_rng(7), 4, 50)
    found, seeds, items = crossed_mean(d), 4, 50
    rest = d - d.mean(1, keepdims=True) - d.mean(0, keepdims=True) + d.mean()
    by_answer = (rest**2).sum() / ((seeds - 1) * (items - 1))
    by_item, by_seed = seeds * d.mean(0).var(ddof=1), items * d.mean(1).var(ddof=1)
    assert found.answers == pytest.approx(by_answer)
    assert found.from_seeds == pytest.approx(by_seed / (seeds * items))
    assert found.from_items == pytest.approx((by_item - by_answer) / (seeds * items), rel=0.06)  # items were added


def test_the_p_value_is_that_of_the_interval() -> None:
    rng, sides = np.random.default_rng(8), set()
    for found in drawn(RightOrWrong((0.6, 0.7), trainings=0.2), 3, 100, 200, rng):
        p = found.p_value()
        assert p is not None
        low, high = found.interval(0.95)
        assert low is not None and high is not None
        assert (p < 0.05) == (low > 0 or high < 0)
        sides.add(p < 0.05)
        if 1e-6 < p < 1:
            assert found.half_width(1 - p) == pytest.approx(abs(found.centre), rel=1e-6)
    assert sides == {True, False}


def test_the_sign_turns_with_the_arms_and_the_order_of_items_says_nothing() -> None:
    rng = np.random.default_rng(9)
    d = RightOrWrong((0.6, 0.8), trainings=0.2).draw(rng, 3, 40)
    forth, back, shuffled = crossed_mean(d, 1.0), crossed_mean(-d, 1.0), crossed_mean(d[::-1, rng.permutation(40)], 1.0)
    low, high = forth.interval()
    assert low is not None and high is not None
    assert back.interval() == pytest.approx((-high, -low)) and back.p_value() == pytest.approx(forth.p_value())
    assert shuffled.interval() == pytest.approx((low, high))


def test_an_item_that_nobody_scored_changes_nothing_and_neither_does_a_seed() -> None:
    d = RightOrWrong((0.6, 0.8), trainings=0.2).draw(np.random.default_rng(10), 3, 40)
    holed = np.full((4, 45), np.nan)
    holed[:3, 2:42] = d
    assert crossed_mean(holed, 1.0) == crossed_mean(d, 1.0)


def test_what_is_too_little_has_no_interval_and_says_why() -> None:
    few = crossed_mean(np.array([[1.0, 0.0, 1.0]]), 1.0)
    assert few.difference == pytest.approx(2 / 3) and few.interval() == (None, None) and few.p_value() is None
    assert few.missing == "no interval: too few items: 3, fewer than 10"
    none = crossed_mean(np.full((2, 30), np.nan), 1.0)
    assert (none.items, none.seeds) == (0, 0) and math.isnan(none.difference) and "no item" in none.missing
    alike = crossed_mean(np.zeros((2, 30)))
    assert alike.interval() == (None, None) and "not known" in alike.missing


def test_a_difference_beyond_doubt_has_a_small_p_value_and_no_error() -> None:
    d = Graded(difference=50.0).draw(np.random.default_rng(11), 8, 200)
    p = crossed_mean(d).p_value()
    assert p is not None and LEAST_P <= p < 1e-9


@pytest.mark.parametrize("wrong", [np.zeros(5), np.array([[2.0, 0.0]]), np.array([[math.inf, 0.0]])])
def test_what_cannot_be_a_difference_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(DataError, match="crossed_mean: needs"):
        crossed_mean(wrong, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("items", [20, 50, 200, 1000])
@pytest.mark.parametrize("seeds", [1, 2, 3, 4, 8])
def test_every_cell_covers_and_keeps_its_size(seeds: int, items: int) -> None:
    """400 draws a cell: a rate is known to ±.011, and a limit is missed where it is missed by three of them."""
    rng, noise = np.random.default_rng([seeds, items]), 0.033
    for arms, (difficulty, taste), trainings in product(ARMS, ITEMS, (0.0,) if seeds == 1 else (0.0, 0.1, 0.4)):
        world = RightOrWrong(arms, trainings, difficulty, taste)
        found = drawn(world, seeds, items, 400, rng)
        assert sum(covers(one, world.difference) for one in found) / 400 > LEAST_COVERAGE - noise / 2, world
        if not world.difference:
            told = sum(p is not None and p < 0.05 for p in (one.p_value() for one in found))
            assert told / 400 < 0.05 + noise, world


@pytest.mark.slow
def test_it_is_not_much_wider_than_one_who_knows_the_spread() -> None:
    """By what Student's t costs for the seeds, and on 200 items hardly more."""
    rng = np.random.default_rng(12)
    for seeds in (1, 3, 8):
        world = RightOrWrong((0.6, 0.7), 0.0 if seeds == 1 else 0.4, 1.5, 0.7)
        found = drawn(world, seeds, 200, 400, rng)
        oracle = 1.96 * float(np.std([one.difference for one in found]))
        width = float(np.mean([one.half_width(0.95) for one in found]))
        assert width < oracle * 1.1 * (1 if seeds == 1 else student(seeds - 1, 0.95) / 1.96), replace(world)
