"""Chances under draws of whole prompts: what a set would show at another size, in expectation and not by one draw.

Hurlbert (1971) and Mao, Colwell and Chang (2005): of P prompts Q hold a thing; k prompts drawn without replacement
hold it with chance 1 − C(P − Q, k) / C(P, k).
"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes, Values
from openloop.measures.intervals import student

LEAST = 10
"""Fewer prompts than this have no interval."""


def missed(held: Codes, prompts: int, drawn: float) -> Values:
    """Chance that ``drawn`` of ``prompts`` prompts, at random, hold none of the ``held`` [any shape] that have a thing.

    ``drawn`` need not be whole: between whole numbers the chance is that of gamma functions.
    """
    from scipy.special import gammaln

    rest = prompts - np.asarray(held, dtype=np.float64)
    enough = rest - drawn > -1 + 1e-9
    safe = np.where(enough, rest, drawn)
    log = gammaln(safe + 1) + gammaln(prompts - drawn + 1) - gammaln(safe - drawn + 1) - gammaln(prompts + 1)
    return np.where(enough, np.exp(np.minimum(log, 0.0)), 0.0)


def jackknife_error(left_out: Values) -> float:
    """Standard error from the values [P] of a statistic without each prompt.

    Of a statistic that is the same function at every size its expectation is not below the true variance (Efron and
    Stein 1981).
    """
    n = len(left_out)
    return float(np.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum()))


def jackknife_bounds(value: float, left_out: Values, level: float) -> tuple[float, float] | None:
    """Bounds with Student's t; None for fewer than ten prompts, or prompts that all count alike."""
    if len(left_out) < LEAST:
        return None
    error = jackknife_error(left_out)
    if not error > 1e-12 * max(1.0, abs(value)):
        return None
    half = student(len(left_out) - 1, level) * error
    return value - half, value + half
