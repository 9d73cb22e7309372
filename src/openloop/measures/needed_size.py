"""How many items, or how many seeds, would tell the difference between two arms that was seen.

The difference seen is taken for the true one, and the spread seen for the true spread: a plan, not a promise (a
difference that chance made large needs more than this says). The chance of telling is that of Student's t with the
degrees of freedom of the two parts together (Satterthwaite).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from openloop.measures.crossed import CrossedMean, half_width

CHANCE = 0.8
"""Of telling the difference, with as many items or seeds as needed."""
MOST_ITEMS = 1_000_000
MOST_SEEDS = 100
"""More than these are not proposed."""


@dataclass(frozen=True, slots=True)
class NeededSize:
    """What would tell a difference; None for what would not, however many there were."""

    items: int | None
    """At as many seeds as there are."""
    seeds: int | None
    """On the items there are. None for one seed, which does not say how much seeds differ."""


def needed_size(mean: CrossedMean, error: float) -> NeededSize:
    """How many items or seeds would tell ``mean.difference`` with chance .8 at the error level ``error``.

    None for both where nothing was measured, or the arms do not differ.
    """
    if mean.missing or not mean.difference:
        return NeededSize(None, None)
    items = _smallest(lambda n: chance_to_tell(mean, mean.seeds, n, error), mean.items, MOST_ITEMS)
    if mean.seeds < 2:
        return NeededSize(items, None)
    return NeededSize(items, _smallest(lambda n: chance_to_tell(mean, n, mean.items, error), mean.seeds, MOST_SEEDS))


def chance_to_tell(mean: CrossedMean, seeds: int, items: int, error: float) -> float:
    """The chance that ``seeds`` seeds on ``items`` items find the difference seen, at the error level ``error``."""
    from scipy.special import nctdtr

    trainings = max(0.0, mean.from_seeds * mean.seeds - mean.answers / mean.items)
    by_seed = (trainings + mean.answers / items) / seeds if mean.seeds > 1 else 0.0
    by_item = mean.from_items * mean.items / items
    variance = by_seed + by_item
    squares = by_item**2 / (items - 1) + (by_seed**2 / (seeds - 1) if mean.seeds > 1 else 0.0)
    standard_error = math.sqrt(variance)
    reach = half_width(by_seed, by_item, seeds, items, error) / standard_error
    below = float(nctdtr(variance**2 / squares, abs(mean.difference) / standard_error, reach))
    return 1 - below if math.isfinite(below) else 0.0


def _smallest(chance: Callable[[int], float], at_least: int, at_most: int) -> int | None:
    """The smallest number from which on the chance is large enough; None if none is."""
    low, high = at_least, at_least
    while chance(high) < CHANCE:
        if high >= at_most:
            return None
        low, high = high, min(at_most, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= CHANCE else (middle, high)
    return high
