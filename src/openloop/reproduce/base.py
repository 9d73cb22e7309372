"""What a reproduced figure consists of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Values
from openloop.errors import WorkerError
from openloop.measures.intervals import mean
from openloop.records import Estimate
from openloop.run.engine import Died, Executor, Worksite

if TYPE_CHECKING:
    from matplotlib.figure import Figure

T = TypeVar("T")
Verdict = Literal[
    "reproduced",
    "reproduced only with their estimator",
    "true under a stated condition",
    "false",
    "undecided",
]
"""``undecided``: the interval reaches over the threshold, so these data say neither."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a paper says, and what came of it."""

    paper: str
    """Short name, and where it stands."""
    says: str
    measured: str
    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    reason: str

    def __post_init__(self) -> None:
        assert self.verdict in get_args(Verdict), self.verdict


def claim(paper: str, says: str, measured: str, found: Estimate | float | None, verdict: Verdict, reason: str) -> Claim:
    """A claim with its number: an estimate, an exact value, or none."""
    if isinstance(found, Estimate):
        return Claim(paper, says, measured, found.value, found.low, found.high, verdict, reason)
    value = None if found is None or not math.isfinite(found) else float(found)
    return Claim(paper, says, measured, value, None, None, verdict, reason)


@dataclass(frozen=True)
class Result:
    """A figure: its data as columns of one length, its claims, its caption, and how it is drawn."""

    data: Mapping[str, Sequence[Any]]
    claims: Sequence[Claim]
    caption: str
    draw: Callable[[Figure], None]


def gathered(executor: Executor, function: Callable[..., T], arguments: Sequence[tuple[Any, ...]]) -> list[T]:
    """What a function makes of each, in order, in the workers. Raises WorkerError when one dies twice."""
    found: dict[int, T] = {}
    for number, result in executor.map(_called, [(function, *mine) for mine in arguments]):
        if isinstance(result, Died):
            raise WorkerError(f"reproduce: {function.__name__}{arguments[number][:3]}: {result.reason}.")
        found[number] = result
    return [found[number] for number, _ in enumerate(arguments)]


def _called(_: Worksite, function: Callable[..., T], *arguments: Any) -> T:
    return function(*arguments)


def over_runs(values: ArrayLike) -> Estimate:
    """Mean over independent runs with its t interval; runs that all agree are taken at their word."""
    found = mean([float(v) for v in np.asarray(values).ravel()])
    agree = found.low is None and found.n > 1 and not np.isnan(found.value)
    return replace(found, low=found.value, high=found.value, method="all runs agree") if agree else found


def crossing(grid: Values, accuracy: Values, level: float) -> float:
    """Largest p at which accuracy is still at the level, in a straight line between grid points.

    NaN where it never falls.
    """
    over = accuracy >= level
    if over.all() or not over[0]:
        return float("nan")
    i = int(np.flatnonzero(over)[-1])
    a, b = accuracy[i], accuracy[i + 1]
    return float(grid[i] + (a - level) / (a - b) * (grid[i + 1] - grid[i]))
