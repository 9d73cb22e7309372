"""Bits: how much a verdict says, and how much of it is about gold. Its parts are in :mod:`.entropy_parts`.

Values of A are few classes: ``classes`` cuts a score into at most eight of equal size.
"""

from __future__ import annotations

import math

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import intervals
from openloop.measures.clustered import FEW, Clusters, effective, proportion
from openloop.measures.combined_intervals import square_and_add
from openloop.measures.intervals import possible
from openloop.records import Estimate

CLASSES = 8
BLOCKS = 200


def classes(values: Values) -> Codes:
    """Codes from 0; −1 where NaN. Up to eight distinct values stay, more are cut into eight classes of equal size."""
    known = ~np.isnan(values)
    codes = np.full(values.shape, -1, dtype=np.int64)
    held = np.unique(values[known])
    if len(held) > CLASSES:
        held = np.unique(np.quantile(values[known], np.arange(1, CLASSES) / CLASSES))
        codes[known] = np.searchsorted(held, values[known], side="right")
        codes[known] = np.unique(codes[known], return_inverse=True)[1]
    else:
        codes[known] = np.searchsorted(held, values[known])
    return codes


def entropy(codes: Codes) -> float:
    """Bits of the distribution of codes [N], with Miller and Madow's correction; −1 is left out."""
    counts = np.bincount(codes[codes >= 0]).astype(float)
    correction = (int(np.count_nonzero(counts)) - 1) / (2 * math.log(2) * max(1.0, float(counts.sum())))
    return float(_entropy(counts[None])[0]) + correction


def about_gold(
    verdict: Codes,
    gold: Values,
    prompt: Clusters,
    rng: np.random.Generator,
    level: float = 0.95,
    shuffles: int = 999,
) -> tuple[Estimate, float | None]:
    """I(A; gold) in bits, and the p-value of "none" (verdict codes [N], gold 0/1/NaN).

    Jackknife over prompts (blocks of them where there are many), bias-corrected: covers well for strong signals. Near
    0 it does not, so where p > .05 the interval is [0, upper], the upper bound one-sided from a noncentral χ² with the
    effective number of rows. p: rows shuffled, or signs of the prompts' sums flipped where prompts hold several rows.
    """
    if verdict.shape != gold.shape or not np.isin(gold[~np.isnan(gold)], (0.0, 1.0)).all():
        raise DataError("about_gold: needs a verdict code for each row of gold, and gold 0, 1 or NaN.")
    known = (verdict >= 0) & ~np.isnan(gold)
    a, g, out = verdict[known], gold[known].astype(np.int64), int((~known).sum())
    n = len(a)
    if n < 10 or len(np.unique(a)) < 2 or len(np.unique(g)) < 2:
        why = "fewer than ten rows with both" if n < 10 else "the verdict or gold does not vary"
        return Estimate(math.nan, None, None, level, n, out, f"undefined: {why}"), None
    a = np.unique(a, return_inverse=True)[1]
    clusters = np.arange(n) if prompt is None else np.unique(prompt[known], return_inverse=True)[1]
    p_value = _p_of_none(a, g, clusters, rng, shuffles)
    width = int(a.max()) + 1
    blocks = clusters % BLOCKS if clusters.max() >= BLOCKS else clusters
    tables = np.zeros((int(blocks.max()) + 1, width * 2))
    np.add.at(tables, (blocks, a * 2 + g), 1.0)
    whole = tables.sum(0)
    plug_in = float(_mutual(whole[None], width)[0])
    most = _largest(g, clusters, level)
    if p_value > 0.05:
        from scipy.special import chndtrinc

        rows = effective(g.astype(float), clusters, level).rows
        # Less than chance gives on average is no evidence of less than nothing: the bound would shrink to 0.
        seen = max(width - 1.0, 2 * rows * math.log(2) * plug_in)
        upper = float(chndtrinc(seen, width - 1, 1 - level))
        upper = (0.0 if math.isnan(upper) else upper) / (2 * rows * math.log(2))
        value = max(0.0, plug_in - (width - 1) / (2 * n * math.log(2)))
        method = f"one-sided {level:.0%} bound; no information detected, p = {p_value:.2g}"
        return possible(Estimate(value, 0.0, max(upper, value), level, n, out, method), 0.0, most), p_value
    if width == 2 and whole.min() < FEW:
        return possible(_sparse(a, g, clusters, plug_in, level, out), 0.0, most), p_value
    held = len(tables)
    left = _mutual(whole - tables, width)
    pseudo = held * plug_in - (held - 1) * left
    e = intervals.mean(pseudo, level)
    method = f"jackknife over {held:,} blocks of prompts"
    if e.low is None:
        return Estimate(min(most, max(0.0, e.value)), None, None, level, n, out, e.method), p_value
    return possible(Estimate(min(most, max(0.0, e.value)), e.low, e.high, level, n, out, method), 0.0, most), p_value


def _sparse(a: Codes, g: Codes, clusters: Codes, plug_in: float, level: float, out: int) -> Estimate:
    """Fewer than five rows in a cell of the 2 x 2 table: square-and-add from the intervals of its three shares."""
    good, bad = g == 1, g == 0
    cells = ((a[good], clusters[good]), (a[bad], clusters[bad]), (g, clusters))
    shares = [proportion(v, c, level, least=1) for v, c in cells]

    def bits(accepted: float, wrongly: float, good: float) -> float:
        bad = 1 - good
        table = np.array([[bad * (1 - wrongly), good * (1 - accepted), bad * wrongly, good * accepted]])
        return float(_mutual(table, 2)[0])

    low, high = square_and_add(bits, shares)
    if low is None or high is None:
        return Estimate(plug_in, None, None, level, len(a), out, "no interval: one row or one prompt of a class")
    method = "square-and-add of the shares: fewer than 5 rows in a cell"
    return Estimate(plug_in, max(0.0, low), min(1.0, high), level, len(a), out, method)


def _largest(g: Codes, clusters: Codes, level: float) -> float:
    """Bits of gold at most: what a verdict can say about it, with the share of good rows where it may be."""
    share = proportion(g, clusters, level, least=1)
    nearest = share.value if share.low is None or share.high is None else min(max(0.5, share.low), share.high)
    return float(_entropy(np.array([[nearest, 1 - nearest]]))[0])


def _entropy(counts: Values) -> Values:
    """Plug-in bits of each row of counts."""
    total = counts.sum(1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return np.asarray(-(share * np.log2(np.where(share > 0, share, 1))).sum(1))


def _mutual(tables: Values, width: int) -> Values:
    """Plug-in I in bits of tables [B, width · 2]."""
    cells = tables.reshape(len(tables), width, 2)
    return np.asarray(_entropy(cells.sum(2)) + _entropy(cells.sum(1)) - _entropy(tables))


def _p_of_none(a: Codes, g: Codes, clusters: Codes, rng: np.random.Generator, shuffles: int) -> float:
    """Shuffled rows and I; for clusters, flipped signs of the prompts' centred products, largest over classes."""
    if len(np.unique(clusters)) == len(a):
        width = int(a.max()) + 1
        seen = _table(a, g, width)
        drawn = np.stack([_table(a, rng.permutation(g), width) for _ in range(min(shuffles, 499))])
        values = _mutual(np.vstack([seen[None], drawn]), width)
        return float((1 + (values[1:] >= values[0] - 1e-12).sum()) / len(values))
    each = np.eye(int(a.max()) + 1)[a]
    sums = np.zeros((int(clusters.max()) + 1, each.shape[1]))
    np.add.at(sums, clusters, (each - each.mean(0)) * (g - g.mean())[:, None])
    scale = np.sqrt((sums**2).sum(0))
    sums = sums[:, scale > 0] / scale[scale > 0]
    signs = rng.choice([-1.0, 1.0], size=(min(shuffles, max(99, 20_000_000 // len(sums))), len(sums)))
    seen_t, drawn_t = np.abs(sums.sum(0)).max(), np.abs(signs @ sums).max(1)
    return float((1 + (drawn_t >= seen_t - 1e-12).sum()) / (1 + len(signs)))


def _table(a: Codes, g: Codes, width: int) -> Values:
    return np.bincount(a * 2 + g, minlength=width * 2).astype(float)
