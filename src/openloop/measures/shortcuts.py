"""Does the verifier look at the surface: length, layout, opening words, who wrote it?

A verdict that goes with the surface *at fixed gold* rewards it. Shapes: ``accept`` [N] is 0/1, or a score's rank in
[0, 1]; ``prompt`` [N] cluster codes; NaN is unscored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.logistic import fit, predict, row_bits
from openloop.records import Estimate

Values = NDArray[np.float64]
Codes = NDArray[np.int64]
FOLDS = 5
SWEEPS = 30


@dataclass(frozen=True, slots=True)
class Gap:
    """What the surface adds to gold when predicting the verdict of prompts not seen."""

    accuracy: Estimate
    """Share of rows predicted right, minus that of the majority verdict of each gold class."""
    bits: Estimate
    """Log loss saved, bits a row; above 0 the surface tells."""


def gap(features: Values, accept: Values, gold: Values, prompt: Codes, level: float = 0.95) -> Gap | None:
    """Cross-validated in five folds of prompts: features [N, D] and gold, against gold alone.

    ``gold`` NaN is a class of its own, so without any gold the baseline is the plain majority. ``accept`` must be 0/1.
    None where fewer than ten prompts, or one verdict only, leave nothing to predict.
    """
    known = ~np.isnan(accept)
    x, y, clusters = features[known], accept[known], prompt[known]
    kind = np.nan_to_num(gold[known], nan=2.0).astype(np.int64)
    if not np.isfinite(x).all():
        raise DataError("gap: features must be finite.")
    if len(np.unique(clusters)) < 10 or not len(y) or y.min() == y.max():
        return None
    place = np.unique(clusters, return_inverse=True)[1]
    fold = place % FOLDS
    spread = x.std(0)
    x = (x[:, spread > 1e-12] - x[:, spread > 1e-12].mean(0)) / spread[spread > 1e-12]
    classes = np.eye(3)[kind][:, 1:]
    full = np.empty(len(y))
    base = np.empty(len(y))
    for held in range(FOLDS):
        test, train = fold == held, fold != held
        design = np.column_stack([classes, x])
        beta = fit(design[train], y[train], l2=math.sqrt(train.sum()) / 4)
        full[test] = predict(beta, design[test])
        count, kept = (
            np.bincount(kind[train], minlength=3),
            np.bincount(kind[train], weights=y[train], minlength=3),
        )
        base[test] = ((kept + y[train].mean()) / (count + 1))[kind[test]]
    right = ((full >= 0.5) == (y == 1)).astype(float) - ((base >= 0.5) == (y == 1))
    out = int((~known).sum())
    method = f"cross-validated over {FOLDS} folds of prompts"
    return Gap(
        *(
            replace(clustered.mean(v, clusters, level), n_unscored=out, method=method)
            for v in (right, row_bits(full, y) - row_bits(base, y))
        )
    )


def slope(
    feature: Values, accept: Values, prompt: Codes, groups: Sequence[Codes] = (), level: float = 0.95
) -> Estimate:
    """Change of acceptance for one unit of the feature, rows compared within every grouping only.

    ``groups``: codes [N] each (gold class, prompt, source model); their means are taken out of both (alternating
    projections). t interval from sums per prompt. The coefficient of a linear probability model, no claim of cause.
    """
    known = ~np.isnan(accept) & ~np.isnan(feature)
    n, out = int(known.sum()), int((~known).sum())
    y, x, clusters = accept[known], feature[known], prompt[known]
    keys = [np.unique(g[known], return_inverse=True)[1] for g in groups] or [np.zeros(n, dtype=np.int64)]
    y, x = centred(y, keys), centred(x, keys)
    scale = float((x**2).sum())
    held = len(np.unique(clusters))
    if scale < 1e-9 * max(1, n) or held < 3:
        return Estimate(
            math.nan, None, None, level, n, out, "undefined: the feature does not vary, or too few prompts"
        )
    value = float((x * y).sum()) / scale
    sums = np.bincount(clusters, weights=x * (y - value * x))
    from scipy.special import stdtrit

    error = math.sqrt(float((sums**2).sum()) * held / (held - 1)) / scale
    half = float(stdtrit(held - 1, (1 + level) / 2)) * error
    return Estimate(
        value, value - half, value + half, level, n, out, f"linear, within groups, {held:,} prompts"
    )


def by_bin(
    feature: Values, accept: Values, prompt: Codes, bins: int = 5, level: float = 0.95
) -> list[tuple[float, float, Estimate]]:
    """Acceptance by quantile bins of a feature: (from, to, share)."""
    known = ~np.isnan(accept) & ~np.isnan(feature)
    if not known.any():
        return []
    x = feature[known]
    edges = np.unique(np.quantile(x, np.arange(1, bins) / bins))
    where = np.searchsorted(edges, x, side="left")
    found = []
    for i in np.unique(where):
        here = where == i
        share = clustered.mean(accept[known][here], prompt[known][here], level)
        found.append((float(x[here].min()), float(x[here].max()), share))
    return found


@dataclass(frozen=True, slots=True)
class Constant:
    """A text that is given to many prompts and wins."""

    code: int
    prompts: int
    accepted: Estimate
    rest: float
    """What it is measured against: acceptance of the other rows; with gold, of the other bad rows."""


def constants(
    same: Codes, accept: Values, gold: Values, prompt: Codes, least: int = 5, level: float = 0.95
) -> list[Constant]:
    """Texts (codes [N]) given to at least ``least`` prompts whose acceptance is above the others'.

    With gold, bad rows are compared with other bad rows, so that an answer that is often right is no shortcut. Bounds
    hold for all such texts at once (Bonferroni). The most accepted rows first.
    """
    usable = ~np.isnan(accept) & (accept >= 0)
    if not np.isnan(gold).all():
        usable &= gold == 0
    s, y, p = same[usable], accept[usable], prompt[usable]
    if not len(s):
        return []
    codes, which, rows = np.unique(s, return_inverse=True, return_counts=True)
    prompts = np.bincount(np.unique(np.column_stack([which, p]), axis=0)[:, 0])
    accepted = np.bincount(which, weights=y)
    rest = np.divide(y.sum() - accepted, len(y) - rows, out=np.zeros(len(codes)), where=rows < len(y))
    many = prompts >= least
    order = np.argsort(which, kind="stable")
    start = np.cumsum(rows) - rows
    found = []
    for i in np.flatnonzero(many & (accepted / rows >= rest + 0.1)):
        mine = order[start[i] : start[i] + rows[i]]
        e = clustered.proportion(y[mine], p[mine], 1 - (1 - level) / int(many.sum()))
        if e.low is not None and e.low > rest[i]:
            found.append(Constant(int(codes[i]), int(prompts[i]), replace(e, level=level), float(rest[i])))
    return sorted(found, key=lambda c: (-c.prompts * c.accepted.value, c.code))


def rebalance(feature: Values, accept: Values, gold: Values, bins: int = 10) -> NDArray[np.bool_]:
    """Which accepted rows [N] to keep so that acceptance no longer goes with the feature at fixed gold.

    Coarsened exact matching: in each gold class (unknown gold is one), bins of the feature are thinned to the
    acceptance of the least accepted bin that holds a twentieth of the class; within a bin the first rows stay, so the
    order given should say nothing. Rows that were not accepted stay out.
    """
    keep = accept == 1
    kind = np.nan_to_num(gold, nan=2.0)
    scored = ~np.isnan(accept) & ~np.isnan(feature)
    for side in np.unique(kind[scored]):
        mine = np.flatnonzero(scored & (kind == side))
        edges = np.unique(np.quantile(feature[mine], np.arange(1, bins) / bins))
        where = np.searchsorted(edges, feature[mine], side="left")
        size, kept = np.bincount(where), np.bincount(where, weights=accept[mine])
        counts = size >= max(1, 0.05 * len(mine))
        if not counts.any():
            continue
        floor = float((kept[counts] / size[counts]).min())
        for i in np.unique(where):
            rows = mine[where == i]
            accepted = rows[accept[rows] == 1]
            keep[accepted[math.ceil(floor * size[i]) :]] = False
    return np.asarray(keep)


def centred(values: Values, keys: Sequence[Codes]) -> Values:
    """Values with the means of every grouping taken out."""
    values = values.astype(np.float64).copy()
    for _ in range(1 if len(keys) == 1 else SWEEPS):
        before = values.copy() if len(keys) > 1 else values
        for key in keys:
            count = np.bincount(key)
            values -= (np.bincount(key, weights=values) / np.maximum(count, 1))[key]
        if len(keys) > 1 and np.abs(values - before).max() < 1e-10:
            break
    return values
