"""Do people who label the same rows agree, and who of them differs from the others?

Labels [N, R]: of N rows by R people, NaN where a person said nothing. Two labels of a row are 0 apart where they are
equal and 1 where they are not; labels on a scale are as far apart as a share of its length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.measures.paired_differences import mean_difference
from openloop.records import Estimate


def majority(sides: Values) -> Values:
    """What most people say of each row, shape [N]: 1 good, 0 bad; NaN without labels, or with as many of each."""
    good, bad = (sides == 1).sum(1), (sides == 0).sum(1)
    return np.where(good > bad, 1.0, np.where(bad > good, 0.0, np.nan))


def disagreement(labels: Values, prompt: Clusters = None, level: float = 0.95, *, nominal: bool = False) -> Estimate:
    """Mean over rows with two labels or more of how far two of them, drawn at random, are apart.

    ``nominal``: labels are codes of names, so that two are equal or not, whatever the codes.
    """
    return clustered.share(_mean_apart(labels, _scale(labels, nominal=nominal)), prompt, level)


@dataclass(frozen=True, slots=True)
class OnePerson:
    """How far one person is from the others, beside how far those are from each other."""

    apart: Estimate
    """Mean distance of the person's label from another one of the row."""
    others_apart: float
    """The same between two others, over the rows that have both."""
    excess: Estimate
    """The first less the second, row by row: 0 for a person like the others."""
    leaning: float
    """Mean of the person's label less that of the others of the row."""


def against_others(
    labels: Values, person: int, prompt: Clusters = None, level: float = 0.95, *, nominal: bool = False
) -> OnePerson:
    """One person (column of the labels) against the others, on the rows that they label with at least two others.

    With a single other it cannot be told who of the two differs: ``excess`` is then undefined. ``nominal`` as in
    :func:`disagreement`.
    """
    scale = _scale(labels, nominal=nominal)
    here = ~np.isnan(labels[:, person])
    labels, prompt = labels[here], None if prompt is None else prompt[here]
    mine, rest = labels[:, person], np.delete(labels, person, axis=1)
    held = (~np.isnan(rest)).sum(1)
    with np.errstate(invalid="ignore"):
        far = np.where(np.isnan(rest), 0.0, _apart(mine[:, None], rest, scale)).sum(1) / np.where(held, held, np.nan)
        means = np.where(held > 0, np.nansum(rest, axis=1) / np.where(held, held, np.nan), np.nan)
    apart = clustered.share(far, prompt, level)
    among = _mean_apart(rest, scale)
    both = ~np.isnan(far) & ~np.isnan(among)
    excess = mean_difference(np.where(both, far - among, np.nan), prompt, level)
    others = float(among[both].mean()) if both.any() else math.nan
    leaning = mine - means
    known = leaning[~np.isnan(leaning)]
    return OnePerson(apart, others, excess, float(known.mean()) if len(known) else math.nan)


def least_error(apart: float) -> float:
    """The least error of a label, on average over two people, whose labels differ in this share of the rows: half.

    Where two labels differ, one is wrong. There is no largest: people may err alike.
    """
    return apart / 2


def error_if_independent(apart: float) -> float:
    """The error e of one label if people err alike often and independently: apart = 2e(1 − e)."""
    return (1 - math.sqrt(max(0.0, 1 - 2 * min(0.5, apart)))) / 2


def majority_error(error: float, people: int) -> float:
    """The error of what most of ``people`` say whose labels are each wrong with probability ``error``, independently.

    As many on both sides count as unknown, so the share is among decided rows (Condorcet's jury).
    """
    wrong = sum(
        math.comb(people, k) * error**k * (1 - error) ** (people - k) for k in range(people // 2 + 1, people + 1)
    )
    right = sum(
        math.comb(people, k) * (1 - error) ** k * error ** (people - k) for k in range(people // 2 + 1, people + 1)
    )
    return wrong / (wrong + right)


def _scale(labels: Values, *, nominal: bool) -> float:
    """Length of the scale; 0 where labels are just equal or not."""
    values = np.unique(labels[~np.isnan(labels)])
    return float(values[-1] - values[0]) if len(values) > 2 and not nominal else 0.0


def _apart(a: Values, b: Values, scale: float) -> Values:
    unlike = np.abs(a - b) / scale if scale else (a != b).astype(np.float64)
    return np.where(np.isnan(a) | np.isnan(b), np.nan, unlike)


def _mean_apart(labels: Values, scale: float) -> Values:
    """Mean distance of two labels of each row, shape [N], NaN where a row has fewer than two."""
    held = (~np.isnan(labels)).sum(1).astype(np.float64)
    pairs = held * (held - 1) / 2
    if scale:
        # Σ|a − b| over pairs, from the labels in order: the k-th of n is added k − 1 times and taken off n − k times.
        ordered = np.sort(labels, axis=1)
        times = 2 * np.arange(1, labels.shape[1] + 1) - held[:, None] - 1
        total = np.nansum(ordered * times, axis=1) / scale
    else:
        counts = np.stack([(labels == value).sum(1) for value in np.unique(labels[~np.isnan(labels)])] or [0 * held], 1)
        total = pairs - (counts * (counts - 1) / 2).sum(1)
    return np.where(pairs > 0, total / np.where(pairs > 0, pairs, 1), np.nan)
