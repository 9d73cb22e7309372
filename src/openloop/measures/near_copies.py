"""Are rows nearer to a reference than its own rows are to each other, and so near that they repeat it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.measures.combined_intervals import difference
from openloop.measures.normsim import Nearest
from openloop.measures.similarity_curve import HIGH
from openloop.records import Estimate

NEAR = 0.8
"""The least cosine of a near copy: above the reference's own 95 % quantile alone, rows of its busiest subject would
count. With hashed vectors a text of which each fifth word is another one lies at .81, the nearest of another text at
about .4 (GSM8K, Alpaca)."""


@dataclass(frozen=True)
class NearCopies:
    """Shares of near copies, and which rows they are."""

    share: Estimate
    """Of the rows."""
    own: Estimate
    """Of the reference's rows, among its others."""
    excess: Estimate
    """The first less the second."""
    hit: Mask
    """Shape [n]."""
    threshold: float
    """The cosine from which a row is one."""


def near_copies(
    nearest: Nearest,
    own: Nearest,
    prompt: Clusters = None,
    own_prompt: Codes | None = None,
    *,
    copied: Mask | None = None,
    own_copied: Mask | None = None,
    level: float = 0.95,
) -> NearCopies:
    """Rows of NormSim ``nearest`` [n] that repeat the reference, beside what its own rows [m] do among each other.

    A near copy is at or above the reference's own 95 % quantile, and at least ``NEAR``; ``copied`` [n] and
    ``own_copied`` [m] are rows that are copies for another reason. Rows of one source have an excess of 0. Clusters are
    the prompts [n]; of the reference [m] also pairs of its rows that are near copies of each other, since each makes
    the other one.
    """
    known = own.value[~np.isnan(own.value)]
    threshold = max(NEAR, float(np.quantile(known, HIGH)) - 1e-6) if len(known) else NEAR
    hits = [_hit(side.value, threshold, extra) for side, extra in ((nearest, copied), (own, own_copied))]
    joined = _joined(own, own_prompt, hits[1])
    share = clustered.proportion(hits[0], prompt, level)
    own_share = clustered.proportion(hits[1], joined, level)
    low, high = difference(own_share, share)
    method = f"near copies (cosine from {threshold:.2f}) beyond those among the reference's own rows"
    excess = Estimate(share.value - own_share.value, low, high, level, share.n, share.n_unscored, method)
    return NearCopies(share, own_share, excess, hits[0] == 1, threshold)


def _hit(value: Values, threshold: float, copied: Mask | None) -> Values:
    hit = np.where(np.isnan(value), np.nan, value >= threshold)
    return hit if copied is None else np.where(copied, 1.0, hit)


def _joined(own: Nearest, prompt: Codes | None, hit: Values) -> Codes:
    """Clusters of the reference [m]: prompts, joined where a row of one is a near copy of a row of another."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    codes = np.arange(len(hit)) if prompt is None else np.unique(prompt, return_inverse=True)[1].ravel()
    if not len(codes):
        return codes
    near = np.flatnonzero((hit == 1) & (own.row >= 0))
    ends = codes[near], codes[own.row[near]]
    held = int(codes.max()) + 1
    graph = coo_array((np.ones(len(near)), ends), shape=(held, held))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)[codes]
