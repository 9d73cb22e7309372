"""Can a classifier tell two samples apart: the area under its curve on rows that it has not seen.

    found = two_sample([style, vectors], ours, group, rng)
    found.auc        # P(a row of ours looks more like ours than one of theirs does): .5 where nothing tells them apart

A classifier two-sample test (Lopez-Paz and Oquab 2017) with Fisher's linear discriminant (Kim, Ramdas, Singh and
Wasserman 2021), a ridge penalty for each block of features, and cross-fitting over five folds of whole groups. The
penalties are chosen by cross-validation inside the other four. All of it is computed from the Gram matrices of the
folds, so the rows are gone through once.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures import auc
from openloop.measures.design_effect import variance_of_mean
from openloop.records import Estimate

FOLDS = 5
LEAST = 10
"""Fewer groups than this on a side say nothing."""
INFLATION = 1 + FOLDS / (FOLDS - 1)
"""Of the variance that the area would have if the classifiers were fixed (Nadeau and Bengio 2003). Where nothing tells
the samples apart the area is a sum over pairs of folds, each counted from either side, and its variance is twice that
of fixed classifiers; where little does, simulation gives up to 2.5; where much does, 1.3."""
PENALTIES = (0.1, 1.0)
"""Of a block, in units of a feature's variance."""
NONE = 1e6
"""A penalty that leaves a block out."""


@dataclass(frozen=True)
class TwoSample:
    """What a classifier that saw the other folds says of each row."""

    auc: Estimate
    p_value: float
    """One-sided, of the area being ½ or less; NaN where there is no interval."""
    standing: Values
    """Shape [N]: the mid-rank of each row's score in its fold, from 0 to 1: 1 looks most like ours. Scores of
    different folds come from different classifiers and are not compared."""


def two_sample(
    blocks: Sequence[NDArray[np.floating]],
    ours: Mask,
    group: Codes,
    rng: np.random.Generator,
    level: float = 0.95,
) -> TwoSample:
    """``blocks``: features [N, D_b] of N rows, each block with a penalty of its own; ``ours`` [N]; ``group`` [N]: rows
    that are not independent of each other (of one prompt, copies), which stay in one fold.

    Both samples count alike, whatever their sizes. Fewer than ten groups on a side give an area of NaN. Raises
    DataError for shapes that do not fit and for features that are not finite.
    """
    n = len(ours)
    if not blocks or any(b.ndim != 2 or len(b) != n for b in blocks) or group.shape != (n,) or ours.ndim != 1:
        raise DataError(f"two_sample: needs blocks [N, D], N marks and N groups, got {[b.shape for b in blocks]}.")
    if not all(np.isfinite(b).all() for b in blocks):
        raise DataError("two_sample: features must be finite.")
    held = min((len(np.unique(group[side])) for side in (ours, ~ours)), default=0)
    if held < LEAST:
        reason = f"undefined: needs {LEAST} different prompts or texts on each side, got {held} on one"
        return TwoSample(Estimate(math.nan, None, None, level, n, 0, reason), math.nan, np.full(n, 0.5))
    fold = folds(ours, group, rng)
    x, block = _scaled(blocks)
    standing = _standing(_scores(x, block, ours, fold), fold)
    return TwoSample(area(standing, ours, group, level), _p_value(standing, ours, group), standing)


def area(standing: Values, ours: Mask, group: Codes, level: float) -> Estimate:
    """The area of a :class:`TwoSample`'s ``standing``, with an interval at another level."""
    e = auc.pooled(standing, ours.astype(np.float64), group, level, INFLATION)
    return replace(e, method=e.method.replace("prompts", "groups of rows"))


def folds(ours: Mask, group: Codes, rng: np.random.Generator, most: int = FOLDS) -> Codes:
    """Shape [N]: a fold for each row, whole groups together, both samples spread evenly; the largest groups first."""
    codes = np.unique(group, return_inverse=True)[1].ravel()
    counts = np.stack([np.bincount(codes, weights=side) for side in (ours, ~ours)], axis=1)
    share = counts / np.maximum(1, counts.sum(0))
    order = rng.permutation(len(share))
    order = order[np.argsort(-share[order].max(1), kind="stable")]
    load = np.zeros((most, 2))
    of = np.empty(len(share), dtype=np.int64)
    for g in order:
        of[g] = np.argmin(((load + share[g]) ** 2).sum(1) - (load**2).sum(1))
        load[of[g]] += share[g]
    return np.asarray(of[codes])


def _scaled(blocks: Sequence[NDArray[np.floating]]) -> tuple[NDArray[np.float32], Codes]:
    """All features beside each other, with variance 1 on average, and the block of each; constant ones left out."""
    parts, block = [], []
    for number, part in enumerate(blocks):
        x = np.asarray(part, dtype=np.float32)
        x = x - x.mean(0)
        spread = x.std(0)
        x = x[:, spread > 1e-9]
        parts.append(x / np.sqrt((x**2).mean()) if x.size else x)
        block.append(np.full(x.shape[1], number))
    return np.hstack(parts), np.concatenate(block)


@dataclass(frozen=True)
class _Moments:
    """Of rows of both samples, each sample with half of the weight."""

    second: Values
    """Shape [D, D], about 0."""
    ours: Values
    """Mean [D] of our rows."""
    theirs: Values

    @property
    def middle(self) -> Values:
        return (self.ours + self.theirs) / 2

    def directions(self, block: Codes, ways: Sequence[tuple[float, ...]]) -> Values:
        """Shape [D, W]: least squares of ±½ for the sample, whose direction is Fisher's, under each way to penalise."""
        from scipy.linalg import cho_factor, cho_solve

        spread = self.second - np.outer(self.middle, self.middle)
        found = []
        for penalties in ways:
            factor = cho_factor(spread + np.diag(np.asarray(penalties)[block]), overwrite_a=True, check_finite=False)
            found.append(cho_solve(factor, (self.ours - self.theirs) / 4, check_finite=False))
        return np.stack(found, axis=1)

    def loss(self, directions: Values, middle: Values) -> Values:
        """Shape [W]: mean squared error of directions [D, W] that were fitted to rows around ``middle``."""
        told = (self.ours - self.theirs) @ directions
        there = middle @ directions
        squares = np.einsum("dw,dw->w", directions, self.second @ directions)
        return np.asarray(0.25 - told / 2 + squares - 2 * (self.middle @ directions) * there + there**2)


def _scores(x: NDArray[np.float32], block: Codes, ours: Mask, fold: Codes) -> Values:
    """Shape [N]: each row's score by the classifier of the other folds."""
    held, d = int(fold.max()) + 1, x.shape[1]
    if not d:
        return np.zeros(len(x))
    # Of each sample (ours first) and fold: second moments [2, K, D, D] and sums [2, K, D].
    second, total = np.empty((2, held, d, d)), np.empty((2, held, d))
    size = np.array([[(side & (fold == k)).sum() for k in range(held)] for side in (ours, ~ours)])
    for k, (c, side) in itertools.product(range(held), enumerate((ours, ~ours))):
        rows = x[side & (fold == k)]
        second[c, k], total[c, k] = rows.T @ rows, rows.sum(0, dtype=np.float64)

    def of(some: Sequence[int]) -> _Moments:
        rows = np.maximum(1, size[:, some].sum(1))
        means = total[:, some].sum(1) / rows[:, None]
        return _Moments(sum(second[c, some].sum(0) / (2 * rows[c]) for c in (0, 1)), means[0], means[1])

    ways = list(itertools.product((*PENALTIES, NONE), repeat=int(block.max()) + 1))[:-1]
    loss = np.zeros((held, len(ways)))
    for j, k in itertools.combinations(range(held), 2):
        seen = of([i for i in range(held) if i not in (j, k)])
        directions = seen.directions(block, ways)
        loss[k] += of([j]).loss(directions, seen.middle)
        loss[j] += of([k]).loss(directions, seen.middle)
    score = np.empty(len(x))
    for k in range(held):
        best = ways[int(np.argmin(loss[k]))]
        direction = of([i for i in range(held) if i != k]).directions(block, [best])[:, 0]
        score[fold == k] = x[fold == k] @ direction.astype(np.float32)
    return score


def _standing(score: Values, fold: Codes) -> Values:
    """Shape [N]: (mid-rank − ½) / rows of the fold."""
    from scipy.stats import rankdata

    standing = np.empty(len(score))
    for k in np.unique(fold):
        mine = fold == k
        standing[mine] = (rankdata(score[mine]) - 0.5) / mine.sum()
    return standing


def _p_value(standing: Values, ours: Mask, group: Codes) -> float:
    from scipy.special import stdtr

    area, influence = auc.influences(standing, ours)
    found = variance_of_mean(influence, group, 0.95)
    if not found.variance > 0:
        return 1.0 if area <= 0.5 else 0.0
    return float(stdtr(found.clusters - 1, (0.5 - area) / math.sqrt(INFLATION * found.variance)))
