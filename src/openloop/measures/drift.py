"""Has something moved since the baseline? Looked at again and again on one fixed set of probes.

Every look compares with the same baseline, so the differences go together, and an interval around each of them alarms
in most clean series of a hundred looks. Two tests hold instead:

- Where single items count (verdicts, right answers), each look tests the discordant items exactly (McNemar 1947), with
  a part of the error that grows small over the looks, 6 α/(π² t²), so that all parts together are α.
- Where noise is shared (a new training moves every item at once), items are no independent witnesses, and one number a
  look is all there is: :mod:`openloop.measures.drift_of_means`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.intervals import require_level
from openloop.measures.paired_differences import mean_difference
from openloop.records import Estimate

DRAWS = 20_000
"""Signs that are drawn where no exact test is at hand; the least p-value is 1 in so many."""
AT_ONCE = 2_000_000
"""Signs that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Look:
    """One comparison with the baseline."""

    number: int
    """From 1."""
    change: Estimate
    """Mean of the probes now less their mean at the baseline."""
    p_value: float
    """Two-sided, of this look alone; NaN where no probe was scored on both sides."""
    error: float
    """The part of the error that this look may use up."""

    @property
    def moved(self) -> bool:
        """Whether this look tells that something has moved."""
        return self.p_value <= self.error


def looks(rounds: Sequence[Values], level: float = 0.95) -> list[Look]:
    """Each of R looks against the first of ``rounds``: R + 1 arrays [P] of probe values from 0 to 1, NaN unscored.

    Over any number of looks the chance that one of them says ``moved`` where nothing has is at most 1 − level. Raises
    DataError for values off the scale or arrays of different lengths.
    """
    require_level(level)
    if not rounds:
        raise DataError("looks: at least a baseline, got no array.")
    before, *after = (_on_scale(values) for values in rounds)
    return [
        Look(t, mean_difference(now - before, None, level), paired_p_value(before, now), spent(t, 1 - level))
        for t, now in enumerate(after, 1)
    ]


def spent(look: int, error: float) -> float:
    """The part of ``error`` for look ``look`` (from 1) of any number: all parts add up to it."""
    return 6 * error / (math.pi * look) ** 2


def paired_p_value(before: Values, after: Values) -> float:
    """Two-sided p-value of "no probe has moved", shapes [P], NaN where unscored on that side; NaN without any probe.

    Values that are all 0 or 1: McNemar's test, exact: of the probes that differ, as many went up as down. Others (a
    probe's mean over several answers): each difference is as likely to have the other sign; by ``DRAWS`` draws of
    signs, with the same statistic seen and drawn. That is so where a probe has as many answers on both sides, of which
    :func:`as_many` makes sure: with one before and sixteen after, p ≤ .0008 in .08 of clean pairs.
    """
    difference = after - before
    difference = difference[~np.isnan(difference)]
    if not len(difference):
        return math.nan
    difference = np.sort(difference[difference != 0])
    if not len(difference):
        return 1.0
    if np.isin(difference, (-1.0, 1.0)).all():
        from scipy.stats import binomtest

        return float(binomtest(int((difference > 0).sum()), len(difference), 0.5).pvalue)
    seen = abs(float(difference.sum())) - 1e-9
    return (1 + sum(int((np.abs(sums) >= seen).sum()) for sums in _drawn(difference))) / (DRAWS + 1)


def by_probe(values: Values, probe: Codes, probes: int) -> Values:
    """Mean of each probe's rows, shape [P], NaN where none is scored; ``values`` and ``probe`` [N]."""
    known = ~np.isnan(values)
    rows = np.bincount(probe[known], minlength=probes)
    sums = np.bincount(probe[known], weights=values[known], minlength=probes)
    return np.where(rows > 0, sums / np.maximum(rows, 1), np.nan)


def as_many(before: tuple[Values, Codes], after: tuple[Values, Codes], probes: int) -> tuple[Values, Values]:
    """As :func:`by_probe` of both sides (values and probes of their rows), over equally many rows of each probe.

    Where one side has more scored rows, so many are drawn; the draw knows the values of a probe and no order of rows.
    """
    scored = [np.bincount(probe[~np.isnan(values)], minlength=probes) for values, probe in (before, after)]
    take, rng = np.minimum(*scored), np.random.default_rng(scored[0] + scored[1])
    one, other = (_mean_of_drawn(*side, take, rng) for side in (before, after))
    return one, other


def _mean_of_drawn(values: Values, probe: Codes, take: Codes, rng: np.random.Generator) -> Values:
    rows = np.flatnonzero(~np.isnan(values))
    rows = rows[np.lexsort((values[rows], probe[rows]))]
    rows = rows[np.lexsort((rng.random(len(rows)), probe[rows]))]
    held = np.bincount(probe[rows], minlength=len(take))
    rank = np.arange(len(rows)) - (np.cumsum(held) - held)[probe[rows]]
    rows = rows[rank < take[probe[rows]]]
    return by_probe(values[rows], probe[rows], len(take))


@dataclass(frozen=True, slots=True)
class Delay:
    """How soon a steady drift would be seen."""

    looks: int | None
    """After so many it is seen with an even chance; None: not within a thousand."""
    step: float
    """Change from one look to the next."""
    probes: int


def expected_delay(differences: Values, step: float = 0.01, level: float = 0.95) -> Delay:
    """When a change of ``step`` a look is as likely seen as not, at the noise of ``differences`` [P] (NaN unscored).

    Two answers to one probe differ by chance as often as these do, so what has truly moved already makes the delay
    longer than it is. By the normal approximation of :func:`looks`. Raises DataError for a step of 0.
    """
    from scipy.stats import norm

    if not step:
        raise DataError("expected_delay: a step other than 0, as a share, such as 0.01.")
    known = differences[~np.isnan(differences)]
    if len(known) < 2:
        return Delay(None, step, len(known))
    error = math.sqrt(max(float((known**2).mean()), 1 / len(known)) / len(known))
    for look in range(1, 1001):
        if look * abs(step) >= norm.ppf(1 - spent(look, 1 - level) / 2) * error:
            return Delay(look, step, len(known))
    return Delay(None, step, len(known))


def _drawn(difference: Values) -> Iterator[Values]:
    """Sums of the differences under random signs, some at a time; random by what the differences are."""
    rng = np.random.default_rng([len(difference), int(np.abs(difference).sum() * 1e6)])
    most = max(1, AT_ONCE // len(difference))
    for start in range(0, DRAWS, most):
        signs = rng.integers(0, 2, (min(most, DRAWS - start), len(difference)), dtype=np.int8)
        yield (2.0 * signs - 1.0) @ difference


def _on_scale(values: Values) -> Values:
    held = np.asarray(values, dtype=np.float64)
    known = held[~np.isnan(held)]
    if held.ndim != 1 or (len(known) and not (known.min() >= 0 and known.max() <= 1)):
        raise DataError("looks: arrays of shape [P] with values from 0 to 1, NaN where a probe is unscored.")
    return held
