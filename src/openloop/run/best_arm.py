"""Which arm of a run is to be trained on: the one that the comparisons with its start name."""

from __future__ import annotations

from collections.abc import Mapping

from openloop.evaluation import Comparison

SEEDS = 2
"""Fewest seeds that a decision is made on."""
Changes = Mapping[str, Comparison | None]
"""Arm → after all rounds against its start, on the first test; None while unfinished."""


def improved(change: Comparison | None) -> bool | None:
    """Whether an arm got better than its start, or worse; None when that cannot be told.

    One seed tells of two models and not of a way to train, so fewer than :data:`SEEDS` never tell.
    """
    if change is None or change.n_seeds < SEEDS or change.verdict == "cannot tell":
        return None
    return change.verdict == "better"


def best_arm(changes: Changes) -> str | None:
    """The arm with the largest lower bound of its gain, among those that improved."""
    better = [name for name, change in changes.items() if improved(change)]
    return max(better, key=lambda name: _least_gain(changes[name]), default=None)


def largest_gain(changes: Changes) -> str | None:
    """The arm that gained most, whether or not that can be told from chance; None while none has finished."""
    finished = {name: _gain(change) for name, change in changes.items() if change is not None}
    return max(finished, key=lambda name: finished[name], default=None)


def _least_gain(change: Comparison | None) -> float:
    """The bound of the gain that is nearer to none."""
    if change is None or change.low is None or change.high is None:
        return 0.0
    return -change.high if change.lower_is_better else change.low


def _gain(change: Comparison) -> float:
    if change.difference is None:
        return float("-inf")
    return -change.difference if change.lower_is_better else change.difference
