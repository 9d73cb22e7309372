"""One score for an answer whose steps were scored one by one, as a process reward model does.

product   P(every step is right), were the steps independent (Lightman et al. 2023, "Let's verify step by step")
min       an answer is as good as its worst step (Wang et al. 2024, "Math-Shepherd")
last      the last step has seen the whole answer (Snell et al. 2024, "Scaling LLM test-time compute")
mean      long answers gain from many easy steps
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from openloop.errors import InputError, nearest

TINY = -690.0
"""Logarithm below which a product is too small for a number to tell it from others."""


def aggregate_steps(scores: Sequence[float], how: str) -> float:
    """One score from those of the steps, in order; NaN where none is scored.

    A step without a score (NaN) is left out; for ``last`` the answer is then unscored if it is the last one. Raises
    InputError for an unknown name, and for a product of scores outside 0 to 1.
    """
    require_aggregate(how)
    known = [score for score in scores if not math.isnan(score)]
    return AGGREGATES[how](scores if how == "last" else known) if known else math.nan


def require_aggregate(how: str) -> None:
    """Raises InputError for a name that is not in :data:`AGGREGATES`."""
    if how not in AGGREGATES:
        raise InputError(f"--aggregate {how!r}: {nearest(how, tuple(AGGREGATES))}")


def _product(scores: Sequence[float]) -> float:
    """In logarithms. Products of hundreds of steps that no number can hold keep their order below all others."""
    if min(scores) < 0 or max(scores) > 1:
        raise InputError(
            f"--aggregate product: scores of steps from 0 to 1, got {min(scores):g} to {max(scores):g}. For scores on "
            "another scale take min, last or mean."
        )
    if min(scores) == 0:
        return 0.0
    log = math.fsum(map(math.log, scores))
    return math.exp(log) if log >= TINY else math.exp(TINY) / (1 + TINY - log)


def _mean(scores: Sequence[float]) -> float:
    return math.fsum(scores) / len(scores)


AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "min": min,
    "last": lambda scores: scores[-1],
    "mean": _mean,
    "product": _product,
}
"""By name, functions of the known scores of an answer's steps."""
