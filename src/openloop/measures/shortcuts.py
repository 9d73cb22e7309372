"""Does the verifier look at the surface: length, layout, opening words, who wrote it?

A verdict that goes with the surface *at fixed gold* rewards it. Shapes: ``accept`` [N] is 0/1, or a score's rank in
[0, 1]; ``prompt`` [N] cluster codes; NaN is unscored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.design_effect import variance_of_mean
from openloop.measures.logistic import fit, predict, row_bits
from openloop.records import Estimate

FOLDS = 5
SWEEPS = 30


@dataclass(frozen=True, slots=True)
class Gap:
    """What the surface adds to gold when predicting the verdict of prompts not seen."""

    accuracy: Estimate
    """Share of rows predicted right, minus that of the majority verdict of each gold class."""
    bits: Estimate
    """Log loss saved, bits a row; above 0 the surface tells."""
    pull: Values = field(repr=False, compare=False)
    """What the surface adds to each row's log odds of acceptance [N], fitted on other prompts; NaN unscored."""


def gap(
    features: Values,
    accept: Values,
    gold: Values,
    prompt: Codes,
    level: float = 0.95,
    fold: Codes | None = None,
) -> Gap | None:
    """Cross-validated in five folds of prompts: features [N, D] and gold, against gold alone.

    ``gold`` NaN is a class of its own, so without any gold the baseline is the plain majority. Folds go by the rank
    of the prompt's code, so that the order of rows does not matter; ``fold`` [N] gives them instead (0 to 4, one for
    all rows of a prompt). None where fewer than ten prompts, or one verdict only, leave nothing to predict. Raises
    DataError for features that are not finite, verdicts other than 0, 1 and NaN, and folds that split a prompt.
    """
    known = ~np.isnan(accept)
    if features.ndim != 2 or not len(features) == len(accept) == len(gold) == len(prompt):
        raise DataError(
            f"gap: needs features [N, D] and N verdicts, golds and prompts, got {features.shape}, {len(accept)}, "
            f"{len(gold)} and {len(prompt)}."
        )
    if not np.isin(accept[known], (0, 1)).all():
        raise DataError("gap: accept must be 0, 1 or NaN.")
    x, y, clusters = features[known], accept[known], prompt[known]
    kind = np.nan_to_num(gold[known], nan=2.0).astype(np.int64)
    if not np.isfinite(x).all():
        raise DataError("gap: features must be finite.")
    if len(np.unique(clusters)) < 10 or not len(y) or y.min() == y.max():
        return None
    place = np.unique(clusters, return_inverse=True)[1]
    fold = place % FOLDS if fold is None else fold[known]
    if len(np.unique(place * FOLDS + fold)) > place.max() + 1 or not np.isin(fold, range(FOLDS)).all():
        raise DataError(f"gap: fold must be 0 to {FOLDS - 1}, and one for all rows of a prompt.")
    spread = x.std(0)
    x = (x[:, spread > 1e-12] - x[:, spread > 1e-12].mean(0)) / spread[spread > 1e-12]
    classes = np.eye(3)[kind][:, 1:]
    full = np.empty(len(y))
    base = np.empty(len(y))
    pull = np.full(len(accept), np.nan)
    for held in range(FOLDS):
        test, train = fold == held, fold != held
        design = np.column_stack([classes, x])
        beta = fit(design[train], y[train], l2=math.sqrt(train.sum()) / 4)
        full[test] = predict(beta, design[test])
        pull[np.flatnonzero(known)[test]] = x[test] @ beta[1 + classes.shape[1] :]
        count, kept = (
            np.bincount(kind[train], minlength=3),
            np.bincount(kind[train], weights=y[train], minlength=3),
        )
        base[test] = ((kept + y[train].mean()) / (count + 1))[kind[test]]
    right = ((full >= 0.5) == (y == 1)).astype(float) - ((base >= 0.5) == (y == 1))
    out = int((~known).sum())
    method = f"cross-validated over {FOLDS} folds of prompts"
    each = (clustered.mean(v, clusters, level) for v in (right, row_bits(full, y) - row_bits(base, y)))
    accuracy, bits = (replace(e, n_unscored=out, method=e.method if e.low is None else method) for e in each)
    return Gap(accuracy, bits, pull)


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
        return Estimate(math.nan, None, None, level, n, out, "undefined: the feature does not vary, or too few prompts")
    value = float((x * y).sum()) / scale
    half = variance_of_mean(n * x * (y - value * x) / scale, clusters, level).half_width(level)
    if half < 1e-9:
        return Estimate(value, None, None, level, n, out, "no interval: every row lies on the line")
    return Estimate(value, value - half, value + half, level, n, out, f"linear, within groups, {held:,} prompts")


def by_bin(
    feature: Values, accept: Values, prompt: Codes, bins: int = 5, level: float = 0.95
) -> list[tuple[float, float, Estimate]]:
    """Acceptance by quantile bins of a feature: (from, to, share)."""
    share_of = clustered.proportion if np.isin(accept[~np.isnan(accept)], (0, 1)).all() else clustered.mean
    known = ~np.isnan(accept) & ~np.isnan(feature)
    if not known.any():
        return []
    x = feature[known]
    edges = np.unique(np.quantile(x, np.arange(1, bins) / bins))
    where = np.searchsorted(edges, x, side="left")
    found = []
    for i in np.unique(where):
        here = where == i
        share = share_of(accept[known][here], prompt[known][here], level)
        found.append((float(x[here].min()), float(x[here].max()), share))
    return found


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
