"""Which features tell two samples apart, each beyond those before it, and by how much.

    for found in telling(texts, ours, group, rng):
        found.text          # starts with "Sure" (31% against 2%)

One half of the groups chooses the features, greedily: to the length the one that adds most to it, then the one that
adds most to both, and so on. All figures are of the other half, so that nothing is said because it happened to stand out; the
intervals hold together for all features that were chosen (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.measures import auc, clustered, logistic
from openloop.measures.combined_intervals import difference
from openloop.measures.text_features import TextFeatures
from openloop.measures.text_style import MARKS, SIZES
from openloop.measures.two_sample import folds
from openloop.records import Estimate

MOST = 8
"""Features that are chosen."""
WORDS = 300
"""Words, openings and endings among which is chosen."""
COMMON = 0.02
"""Share of a sample that must have a word."""
ADDS = 3.0
"""Standard errors by which a feature must add to those before it."""
WORTH = 0.05
"""Difference of two shares (of P(higher) − P(lower), for a size) below which a feature is not chosen."""
LENGTH = len(MARKS)
"""The column of the length, which is always among the chosen."""
LEAST = 10
"""Groups of each sample in each half."""


@dataclass(frozen=True, slots=True)
class TellingFeature:
    """A feature of texts that one sample has more than the other."""

    name: str
    """Of ours: ``starts with "Sure"``, ``no digits``, ``longer``."""
    apart: Estimate
    """P(one of ours is above one of theirs) − P(below it): for a mark or a word, the share of ours less that of
    theirs. Of the half that did not choose it, at the level of all features together."""
    surely: Estimate
    """The same at a second level."""
    ours: float
    """Share of ours that is so; the median, for a size."""
    theirs: float
    unit: str = ""
    """Of a size."""

    def text(self, ours: str, theirs: str) -> str:
        """The feature with its two figures: ``starts with "Sure" (31% of kept, 2% of real)``."""
        if not self.unit:
            return f"{self.name} ({_percent(self.ours)} of {ours}, {_percent(self.theirs)} of {theirs})"
        digits = 0 if max(self.ours, self.theirs) >= 20 else 1
        unit = self.unit if self.unit.startswith("%") else f" {self.unit}"
        return f"{self.name} (median {self.ours:,.{digits}f} against {self.theirs:,.{digits}f}{unit})"


def _percent(share: float) -> str:
    """Of a share that is not 0 or 1, never ``0%`` or ``100%``."""
    return f"{share:.1%}" if 0 < share < 0.01 or 0.99 < share < 1 else f"{share:.0%}"


def telling(
    texts: TextFeatures,
    ours: Mask,
    group: Codes,
    rng: np.random.Generator,
    level: float = 0.95,
    sure_level: float | None = None,
) -> list[TellingFeature]:
    """Of N texts, those with ``ours`` [N] against the others; groups [N] as in :func:`two_sample.two_sample`.

    The most telling first; empty where a half has fewer than ten groups of a sample. The length is always among them.
    Intervals hold at ``level`` for all of the features together (and at ``sure_level``, by default the same); one that
    leaves out 0 says that the feature is there in the other half too, the same way round.
    """
    half = folds(ours, group, rng, 2) == 0
    for rows in (half, ~half):
        if min(len(np.unique(group[rows & side])) for side in (ours, ~ours)) < LEAST:
            return []
    words = _common_words(texts, ours, half)
    x = np.hstack([texts.style, texts.words.matrix(words)]).astype(np.float64)
    chosen = _chosen(_standard(x[half]), ours[half], group[half])
    found = []
    for column, sign in chosen:
        mine, values = ours[~half], x[~half, column]
        size = SIZES[column - LENGTH] if LENGTH <= column < texts.style.shape[1] else None
        apart, surely = (
            (_ordered(sign * values, mine, group[~half], 1 - (1 - one) / len(chosen)))
            if size
            else _difference(values == (sign > 0), mine, group[~half], 1 - (1 - one) / len(chosen))
            for one in (level, sure_level or level)
        )
        if size:
            name, unit = size.more if sign > 0 else size.less, size.unit
            figures = [float(np.median(values[side])) for side in (mine, ~mine)]
        else:
            mark = MARKS[column] if column < LENGTH else None
            word = "" if mark else texts.words.name(int(words[column - texts.style.shape[1]]), there=sign > 0)
            name, unit = (mark.there if sign > 0 else mark.absent) if mark else word, ""
            figures = [float((values[side] == (sign > 0)).mean()) for side in (mine, ~mine)]
        found.append(TellingFeature(name, apart, surely, figures[0], figures[1], unit))
    return sorted(found, key=lambda f: (-f.apart.value, f.name))


def _common_words(texts: TextFeatures, ours: Mask, half: Mask) -> Codes:
    """The words that differ most between the samples, in the half that chooses."""
    rows = [half & side for side in (ours, ~ours)]
    counts = [texts.words.counts(some) for some in rows]
    shares = [count / some.sum() for count, some in zip(counts, rows, strict=True)]
    middle = (shares[0] + shares[1]) / 2
    error = np.sqrt(np.maximum(middle * (1 - middle), 1e-9) * sum(1 / some.sum() for some in rows))
    told = np.abs(shares[0] - shares[1]) / error
    told[(np.maximum(*shares) < COMMON) | (sum(counts) < clustered.FEW)] = 0
    return texts.words.ordered(told, WORDS)


def _standard(x: Values) -> Values:
    """Sizes as ranks, everything with mean 0 and variance 1 (0 for what is constant)."""
    from scipy.stats import rankdata

    x = x.copy()
    sizes = slice(LENGTH, LENGTH + len(SIZES))
    x[:, sizes] = rankdata(x[:, sizes], axis=0)
    x -= x.mean(0)
    spread = x.std(0)
    return np.divide(x, spread, out=np.zeros_like(x), where=spread > 1e-9)


def _chosen(x: Values, ours: Mask, group: Codes) -> list[tuple[int, float]]:
    """Columns of x [n, M], each with the sign of its own difference, in the order in which they add most."""
    y = ours.astype(np.float64)
    weight = np.where(ours, 0.5 / ours.mean(), 0.5 / (1 - ours.mean()))
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0])
    ahead = _ahead(x, ours)
    # Long texts have more of everything: what is chosen must tell beyond the length, however that tells.
    length = np.column_stack([x[:, LENGTH] ** power for power in (1, 2, 3)])
    taken: list[int] = [LENGTH]
    while len(taken) < MOST:
        inside = np.hstack([length, x[:, taken[1:]]])
        p = logistic.predict(logistic.fit(inside, y, weight), inside)
        design = np.column_stack([np.ones(len(y)), inside])
        spread = weight * np.maximum(p * (1 - p), 1e-9)
        fitted = np.linalg.lstsq(design * np.sqrt(spread)[:, None], x * np.sqrt(spread)[:, None], rcond=None)[0]
        score = (weight * (y - p))[:, None] * (x - design @ fitted)
        sums = np.add.reduceat(score[order], first, axis=0)
        total, error = sums.sum(0), np.sqrt((sums**2).sum(0))
        z = np.divide(total, error, out=np.zeros_like(total), where=error > 1e-9)
        # What adds to the others one way and differs the other way by itself would make a puzzling sentence.
        z[(np.sign(z) != np.sign(ahead)) | (np.abs(ahead) < WORTH)] = 0
        z[taken] = 0
        best = int(np.argmax(np.abs(z)))
        if abs(z[best]) < ADDS:
            break
        taken.append(best)
    return [(column, float(np.sign(ahead[column]) or 1)) for column in taken]


def _ahead(x: Values, ours: Mask) -> Values:
    """P(above) − P(below) of ours against theirs, for each column."""
    from scipy.stats import rankdata

    ranks = rankdata(x, axis=0)
    n, m = int(ours.sum()), int((~ours).sum())
    return np.asarray(2 * (ranks[ours].sum(0) - n * (n + 1) / 2) / (n * m) - 1)


def _difference(hit: Mask, ours: Mask, group: Codes, level: float) -> Estimate:
    mine, other = (clustered.proportion(hit[side], group[side], level) for side in (ours, ~ours))
    low, high = difference(other, mine)
    method = "share of ours less share of theirs, square-and-add; the half that did not choose the feature"
    return Estimate(mine.value - other.value, low, high, level, len(hit), 0, method)


def _ordered(values: Values, ours: Mask, group: Codes, level: float) -> Estimate:
    e = auc.pooled(values, ours.astype(np.float64), group, level)
    low, high = (None if bound is None else 2 * bound - 1 for bound in (e.low, e.high))
    method = f"P(higher) − P(lower): {e.method}; the half that did not choose the feature"
    return Estimate(2 * e.value - 1, low, high, level, e.n, 0, method)
