"""How many items or seeds would tell a difference: against simulated trials of that size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from openloop.measures.crossed import CrossedMean, crossed_mean
from openloop.measures.needed_size import MOST_ITEMS, NeededSize, chance_to_tell, needed_size
from tests.support.two_arms import RightOrWrong


def seen(world: RightOrWrong, seeds: int, items: int, rng: np.random.Generator) -> CrossedMean:
    """A measurement of that size that happens to find what is true, as many large ones together do."""
    found = [crossed_mean(world.draw(rng, seeds, items), 1.0) for _ in range(200)]
    spreads = ("from_seeds", "from_items", "answers")
    return replace(
        found[0], difference=world.difference, **{s: float(np.mean([getattr(f, s) for f in found])) for s in spreads}
    )


@pytest.mark.parametrize(("seeds", "trainings"), [(1, 0.0), (4, 0.1)])
def test_so_many_items_tell_it_in_four_of_five_trials(seeds: int, trainings: float) -> None:
    rng, world = np.random.default_rng(1), RightOrWrong((0.6, 0.7), trainings, 1.0, 0.5)
    items = needed_size(seen(world, seeds, 50, rng), 0.05).items
    assert items is not None and items > 50
    p = [crossed_mean(world.draw(rng, seeds, items), 1.0).p_value() for _ in range(300)]
    assert 0.7 < sum(value is not None and value < 0.05 for value in p) / 300 < 0.9


def test_so_many_seeds_tell_it_in_four_of_five_trials() -> None:
    rng, world = np.random.default_rng(2), RightOrWrong((0.6, 0.75), 0.2, 1.0, 0.3)
    seeds = needed_size(seen(world, 3, 200, rng), 0.05).seeds
    assert seeds is not None and 3 < seeds < 12
    p = [crossed_mean(world.draw(rng, seeds, 200), 1.0).p_value() for _ in range(300)]
    assert 0.7 < sum(value is not None and value < 0.05 for value in p) / 300 < 0.92


def test_a_stricter_level_and_a_smaller_difference_need_more() -> None:
    found = seen(RightOrWrong((0.6, 0.7), 0.1, 1.0, 0.5), 4, 100, np.random.default_rng(3))
    usual, strict = needed_size(found, 0.05), needed_size(found, 0.005)
    smaller = needed_size(replace(found, difference=0.8 * found.difference), 0.05)
    assert usual.seeds is not None and strict.seeds is not None and smaller.seeds is not None
    assert strict.seeds > usual.seeds and smaller.seeds > usual.seeds


def test_no_number_of_items_helps_where_trainings_differ_and_no_number_of_seeds_where_items_do() -> None:
    trainings = CrossedMean(0.05, 0.05, 0.01, 0.0001, 0.2, 3, 200, 1.0)
    assert needed_size(trainings, 0.05).items is None
    assert chance_to_tell(trainings, 3, MOST_ITEMS, 0.05) < 0.2
    items = CrossedMean(0.05, 0.05, 0.00001, 0.01, 0.001, 3, 20, 1.0)
    found = needed_size(items, 0.05)
    assert found.seeds is None and found.items is not None and found.items > 200


def test_one_seed_does_not_say_how_many_seeds() -> None:
    found = needed_size(CrossedMean(0.05, 0.05, 0.0, 0.001, 0.0, 1, 100, 1.0), 0.05)
    assert found.seeds is None and found.items is not None


def test_no_difference_needs_nothing() -> None:
    assert needed_size(CrossedMean(0.0, 0.0, 0.01, 0.01, 0.1, 3, 50, 1.0), 0.05) == NeededSize(None, None)
    assert needed_size(crossed_mean(np.ones((1, 3)), 1.0), 0.05) == NeededSize(None, None)
