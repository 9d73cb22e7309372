"""Rows kept or weighed so that acceptance no longer goes with a feature: coarsened exact matching.

    keep = rebalance(length, accept, gold)     # fewer rows
    w = weights(length, accept, gold)          # all accepted rows, the favoured ones lighter
    before_and_after(length, accept, gold, prompt, w)   # what is left of the association

Both look at quantile bins of the feature within each gold class (unknown gold is one); inside a bin the association
stays as it was. Shapes: all [N]; ``accept`` is 0/1, NaN unscored; ``feature`` NaN is not known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures.design_effect import worth
from openloop.measures.shortcuts import slope
from openloop.records import Estimate

BINS = 10
HEAVIEST = 10.0
"""A row weighs at most this much: bins with hardly an accepted row are not made up for in full."""


@dataclass(frozen=True, slots=True)
class BeforeAndAfter:
    """Change of acceptance for one unit of the feature, among rows of equal gold."""

    before: Estimate
    after: Estimate
    """From the same rows; its interval takes the weights as given."""
    effective: float
    """Accepted rows the weights are worth (Kish): (Σw)² / Σw²."""


def rebalance(
    feature: Values, accept: Values, gold: Values, bins: int = BINS, rng: np.random.Generator | None = None
) -> Mask:
    """Which accepted rows [N] to keep so that acceptance no longer goes with the feature at fixed gold.

    Bins are thinned to the acceptance of the least accepted bin that holds a twentieth of its class. Within a bin
    ``rng`` says which rows stay; without it the first do, so the order given should say nothing. Rows that were not
    accepted stay out.
    """
    keep = _checked(feature, accept, gold) == 1
    for mine, where in _classes(feature, accept, gold, bins):
        size, kept = np.bincount(where), np.bincount(where, weights=accept[mine])
        counts = size >= max(1, 0.05 * len(mine))
        if not counts.any():
            continue
        floor = float((kept[counts] / size[counts]).min())
        for i in np.unique(where):
            rows = mine[where == i]
            accepted = rows[accept[rows] == 1]
            if rng is not None:
                accepted = rng.permutation(accepted)
            keep[accepted[math.ceil(floor * size[i]) :]] = False
    return np.asarray(keep)


def weights(feature: Values, accept: Values, gold: Values, bins: int = BINS) -> Values:
    """Weights [N] of accepted rows under which acceptance is alike in all bins; 0 for every other row.

    An accepted row weighs its class's acceptance over its bin's, at most 10, so that each class keeps its total where
    every bin has accepted rows. Accepted rows whose feature is not known weigh 1.
    """
    w: Values = np.where(_checked(feature, accept, gold) == 1, 1.0, 0.0)
    for mine, where in _classes(feature, accept, gold, bins):
        size, kept = np.bincount(where), np.bincount(where, weights=accept[mine])
        share = np.divide(kept, size, out=np.zeros(len(size)), where=size > 0)
        factor = np.divide(float(accept[mine].mean()), share, out=np.full(len(size), HEAVIEST), where=share > 0)
        w[mine] = w[mine] * np.minimum(factor, HEAVIEST)[where]
    return w


def before_and_after(
    feature: Values, accept: Values, gold: Values, prompt: Codes, weight: Values, level: float = 0.95
) -> BeforeAndAfter:
    """The association before, and after accepted rows weigh ``weight`` [N] (0 or 1 for a selection).

    Raises DataError for weights that are negative or not finite.
    """
    _checked(feature, accept, gold)
    if weight.shape != accept.shape or not np.isfinite(weight).all() or (weight < 0).any():
        raise DataError("before_and_after: needs one finite weight of at least 0 for each row.")
    kind = [np.nan_to_num(gold, nan=2.0).astype(np.int64)]
    return BeforeAndAfter(
        slope(feature, accept, prompt, kind, level),
        slope(feature, accept * weight, prompt, kind, level),
        worth(weight[accept == 1]),
    )


def _checked(feature: Values, accept: Values, gold: Values) -> Values:
    if not feature.shape == accept.shape == gold.shape or accept.ndim != 1:
        raise DataError(
            f"matching: needs a feature, a verdict and a gold for each row, got {feature.shape}, {accept.shape} and "
            f"{gold.shape}."
        )
    if not np.isin(accept[~np.isnan(accept)], (0, 1)).all():
        raise DataError("matching: accept must be 0, 1 or NaN.")
    return accept


def _classes(feature: Values, accept: Values, gold: Values, bins: int) -> Iterator[tuple[Codes, Codes]]:
    """Places of the scored rows of each gold class, and the bin of each."""
    if bins < 2:
        raise DataError(f"matching: needs at least 2 bins, got {bins}.")
    kind = np.nan_to_num(gold, nan=2.0)
    scored = ~np.isnan(accept) & ~np.isnan(feature)
    for side in np.unique(kind[scored]):
        mine = np.flatnonzero(scored & (kind == side))
        edges = np.unique(np.quantile(feature[mine], np.arange(1, bins) / bins))
        yield mine, np.searchsorted(edges, feature[mine], side="left").astype(np.int64)
