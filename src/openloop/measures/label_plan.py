"""How many labels settle whether the share of bad rows is within a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import Effective
from openloop.records import Estimate

MOST = 20_000
"""More labels than this are not planned for."""


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """How many labels of kept rows would settle whether p′ is above or below the target."""

    n: int | None
    """None where more than 20,000 would be needed: the share is too close to the target."""
    expected: float
    """The share of bad rows that the number supposes."""
    max_bad: float
    level: float
    power: float


def plan_labels(
    max_bad: float,
    expected: float | None = None,
    *,
    level: float = 0.95,
    power: float = 0.8,
    deff: float = 1.0,
) -> LabelPlan:
    """Labels of kept rows, drawn uniformly, with which the interval of p′ will exclude ``max_bad``.

    ``expected`` is the share of bad rows that is supposed (half of ``max_bad`` if nothing is known); ``power`` is the
    probability that the interval then settles it; ``deff`` the design effect. A verdict of two values saves nothing
    here beyond labelling kept rows only. Errors: DataError.
    """
    if not 0 < max_bad < 1:
        raise DataError(f"max_bad: a share between 0 and 1, such as 0.1, got {max_bad}.")
    expected = max_bad / 2 if expected is None else expected
    if not (0 <= expected <= 1 and 0 < power < 1 and deff >= 1):
        raise DataError(
            f"plan_labels: needs shares and a design effect of at least 1, got {expected}, {power}, {deff}."
        )
    if not _settles(MOST, expected, max_bad, level, power, deff):
        return LabelPlan(None, expected, max_bad, level, power)
    low, high = 1, MOST  # power grows with n, but for the saw-tooth of whole numbers
    while low < high:
        middle = (low + high) // 2
        if _settles(middle, expected, max_bad, level, power, deff):
            high = middle
        else:
            low = middle + 1
    return LabelPlan(low, expected, max_bad, level, power)


def _settles(n: int, expected: float, max_bad: float, level: float, power: float, deff: float) -> bool:
    from scipy.special import bdtr

    rows = n / deff

    def bound(bad: int) -> Estimate:
        return clustered.bounded(Effective(bad / n, n, n, rows), level)

    if n < 2:
        return False
    if expected <= max_bad:  # the largest number of bad rows that still puts the upper bound at or below max_bad
        fits = _last(n, lambda bad: (bound(bad).high or 1.0) <= max_bad)
        return fits >= 0 and float(bdtr(fits, n, expected)) >= power
    fits = _last(n, lambda bad: (bound(bad).low or 0.0) <= max_bad)
    return fits < n and 1 - float(bdtr(fits, n, expected)) >= power


def _last(n: int, holds: Callable[[int], bool]) -> int:
    """The last count from 0 to n at which a condition that turns false once holds; −1 if none."""
    low, high = -1, n
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
