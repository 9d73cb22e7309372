"""How many labels settle whether the share of bad rows is within a target, when one looks as they come."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from openloop.errors import DataError
from openloop.measures.anytime import Side, log_evidence

MOST = 20_000
"""More labels than this are not planned for."""


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """How many labels would settle whether p′ is above or below the target."""

    n: int | None
    """Labels in all with which it is settled with probability ``power``; None where 20,000 would not do."""
    expected: float
    """The share of bad rows that the numbers suppose."""
    max_bad: float
    level: float
    power: float


def plan_labels(
    max_bad: float,
    expected: float | None = None,
    *,
    level: float = 0.95,
    power: float = 0.8,
    deff: float | Callable[[int], float] = 1.0,
) -> LabelPlan:
    """Labels, drawn uniformly, with which bounds that hold at every look will exclude ``max_bad``.

    ``expected`` is the share of bad rows that is supposed (half of ``max_bad`` if nothing is known); ``power`` is the
    probability that it is then settled, on the right side; ``deff`` the design effect, as a number or for a number of
    labels (more labels fall on the same prompts). A verdict of two values saves nothing here beyond labelling kept rows
    only. Raises DataError for shares and design effects that cannot be.
    """
    if not 0 < max_bad < 1:
        raise DataError(f"max_bad: a share between 0 and 1, such as 0.1, got {max_bad}.")
    expected = max_bad / 2 if expected is None else expected
    effect: Callable[[int], float] = deff if callable(deff) else lambda _: deff
    if not (0 <= expected <= 1 and 0 < power < 1 and effect(1) > 0):
        raise DataError(f"plan_labels: needs shares and a positive design effect, got {expected}, {power}, {deff}.")
    need = math.log(2 / (1 - level))

    def chance(n: int) -> float:
        return settled(n / effect(n), expected, max_bad, need)

    return LabelPlan(_first(chance, power), expected, max_bad, level, power)


def remaining(bad: float, rows: float, expected: float, max_bad: float, level: float) -> float:
    """Further independent rows until the question is settled, after ``bad`` of ``rows``; may be infinite.

    As many as it takes where a share ``expected`` of them is bad and none by luck.
    """
    side: Side = "below" if expected <= max_bad else "above"
    need = math.log(2 / (1 - level))

    def enough(more: float) -> bool:
        return rows + more > 0 and log_evidence(bad + expected * more, rows + more, max_bad, side) >= need

    if not enough(MOST):
        return math.inf
    low, high = 0.0, float(MOST)
    if enough(low):
        return low
    while high - low > 0.5:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def settled(rows: float, expected: float, max_bad: float, need: float) -> float:
    """The chance that so many independent rows, a share ``expected`` of them bad, give log evidence ``need``."""
    from scipy.special import betainc

    side: Side = "below" if expected <= max_bad else "above"
    low, high = 0.0, rows  # the count of bad rows at which the evidence begins
    if log_evidence(0.0 if side == "below" else rows, rows, max_bad, side) < need:
        return 0.0
    for _ in range(40):
        middle = (low + high) / 2
        enough = log_evidence(middle, rows, max_bad, side) >= need
        low, high = (middle, high) if enough == (side == "below") else (low, middle)
    if expected in (0.0, 1.0):
        return 1.0
    if side == "below":  # whole numbers of bad rows, for as many as are one row each
        return float(betainc(rows - math.floor(low), math.floor(low) + 1, 1 - expected)) if low < rows else 1.0
    return 1 - float(betainc(rows - math.ceil(high) + 1, math.ceil(high), 1 - expected)) if high > 0 else 1.0


def _first(chance: Callable[[int], float], power: float) -> int | None:
    """The least number of labels with that chance, which grows with it but for the saw-tooth of whole numbers."""
    if chance(MOST) < power:
        return None
    low, high = 1, MOST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if chance(middle) >= power else (middle + 1, high)
    return low
