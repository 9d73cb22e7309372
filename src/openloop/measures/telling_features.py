"""Which features tell two samples apart, each beyond those before it, and by how much.

    for found in telling(texts, ours, group, rng):
        found.text          # starts with "Sure" (31% against 2%)

One half of the groups chooses the features, greedily: to the length the one that adds most to it, then the one that
adds most to both, and so on. All figures are of the other half, so that nothing is said because it happened to stand
out; the intervals hold together for all features that were chosen (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.measures import auc, clustered, logistic
from openloop.measures.combined_intervals import difference
from openloop.measures.text_features import TextFeatures
from openloop.measures.text_style import MARKS, SIZES, Size
from openloop.measures.two_sample import folds
from openloop.measures.word_features import STARTS
from openloop.records import Estimate

MOST = 8
"""Features that are chosen."""
WORDS = 300
"""Words, openings and endings among which is chosen."""
COMMON = 0.02
"""Share of a sample that must have a word."""
ADDS = 3.0
"""Standard errors by which a feature must add to those before it."""
SPECIFIC = 1.05
"""What adds as much, but for so much, is named by an opening: "Sure!" says more than its exclamation mark."""
WORTH = 0.05
"""Difference of two shares (of P(higher) − P(lower), for a size) below which a feature is not chosen."""
LENGTH = len(MARKS)
"""The column of the length, which is always among the chosen."""
EMPTY = MARKS.index("empty")
"""Goes with the length, and says more."""
LEAST = 10
"""Groups of each sample in each half."""


@dataclass(frozen=True, slots=True)
class TellingFeature:
    """A feature that one sample has more than the other; all figures are of the half that did not choose it."""

    name: str
    """``starts with "Sure"``, ``has digits``, ``length``."""
    more: bool
    """Whether the half that chose it has it more often (a size: higher) in ours."""
    apart: Estimate
    """P(one of ours is above one of theirs) − P(below it): for a mark or a word, the share of ours less that of theirs;
    at the level of all features together."""
    surely: Estimate
    """The same at a second level."""
    ours: float
    """Share of ours that has it; the median, for a size."""
    theirs: float
    size: Size | None = None

    def agrees(self, worth: float, level: Literal["shown", "surely"] = "shown") -> bool:
        """Whether both halves differ the same way, this one by more than ``worth`` at the bound."""
        e = self.apart if level == "shown" else self.surely
        if e.low is None or e.high is None:
            return False
        return e.low > worth if self.more else e.high < -worth

    def text(self, ours: str, theirs: str) -> str:
        """The feature with its two figures: ``starts with "Sure" (31% of kept, 2% of real)``."""
        if self.size is None:
            name = self.name if self.more else f"{self.name} less often" if self.ours else f"never {self.name}"
            return f"{name} ({_percent(self.ours)} of {ours}, {_percent(self.theirs)} of {theirs})"
        digits = 0 if max(self.ours, self.theirs) >= 20 else 1
        unit = self.size.unit if self.size.unit.startswith("%") else f" {self.size.unit}"
        name = self.size.more if self.more else self.size.less
        return f"{name} (median {self.ours:,.{digits}f} against {self.theirs:,.{digits}f}{unit})"


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
    favoured = np.ones(x.shape[1])
    favoured[texts.style.shape[1] :] = [SPECIFIC if texts.words.kind[word] == STARTS else 1.0 for word in words]
    chosen = _chosen(_standard(x[half]), ours[half], group[half], favoured)
    mine, other = ours[~half], group[~half]
    found = []
    for column, more in chosen:
        values = x[~half, column]
        size = SIZES[column - LENGTH] if LENGTH <= column < texts.style.shape[1] else None
        if column < texts.style.shape[1]:
            name = MARKS[column] if size is None else size.name
        else:
            name = texts.words.name(int(words[column - texts.style.shape[1]]))
        measured = _difference if size is None else _ordered
        apart, surely = (
            measured(values, mine, other, 1 - (1 - one) / len(chosen)) for one in (level, sure_level or level)
        )
        middle = np.mean if size is None else np.median
        found.append(
            TellingFeature(name, more, apart, surely, float(middle(values[mine])), float(middle(values[~mine])), size)
        )
    return sorted(found, key=lambda f: (-abs(f.apart.value), f.name))


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
    return np.asarray(np.divide(x, spread, out=np.zeros_like(x), where=spread > 1e-9))


def _chosen(x: Values, ours: Mask, group: Codes, favoured: Values) -> list[tuple[int, bool]]:
    """Columns of x [n, M], each with whether ours have it more, in the order in which they add most."""
    y = ours.astype(np.float64)
    weight = np.where(ours, 0.5 / ours.mean(), 0.5 / (1 - ours.mean()))
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0])
    ahead = _ahead(x, ours)
    # Long texts have more of everything: what is chosen must tell beyond the length, however that tells.
    length = np.column_stack([x[:, LENGTH] ** power for power in (1, 2, 3)])
    taken = [LENGTH, *([EMPTY] if abs(ahead[EMPTY]) >= WORTH else [])]
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
        best = int(np.argmax(np.abs(z) * favoured))
        if abs(z[best]) < ADDS:
            break
        taken.append(best)
    return [(column, bool(ahead[column] >= 0)) for column in taken]


def _ahead(x: Values, ours: Mask) -> Values:
    """P(above) − P(below) of ours against theirs, for each column."""
    from scipy.stats import rankdata

    ranks = rankdata(x, axis=0)
    n, m = int(ours.sum()), int((~ours).sum())
    return np.asarray(2 * (ranks[ours].sum(0) - n * (n + 1) / 2) / (n * m) - 1)


def _difference(hit: Values, ours: Mask, group: Codes, level: float) -> Estimate:
    mine, other = (clustered.proportion(hit[side], group[side], level) for side in (ours, ~ours))
    low, high = difference(other, mine)
    method = "share of ours less share of theirs, square-and-add; the half that did not choose the feature"
    return Estimate(mine.value - other.value, low, high, level, len(hit), 0, method)


def _ordered(values: Values, ours: Mask, group: Codes, level: float) -> Estimate:
    e = auc.pooled(values, ours.astype(np.float64), group, level)
    low, high = (None if bound is None else 2 * bound - 1 for bound in (e.low, e.high))
    method = f"P(higher) − P(lower): {e.method}; the half that did not choose the feature"
    return Estimate(2 * e.value - 1, low, high, level, e.n, 0, method)
