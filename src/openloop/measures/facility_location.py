"""Rows that stand for all rows: greedy facility location over cosines (Mirzasoleiman et al. 2013; Minoux 1978).

    f(S) = Σ_i max(0, max of cos(i, j) over j in S)

Each pick is the row that adds most, so that f(S) is at least 1 − 1/e of the best that so many rows could reach. Gains
only fall as rows are picked, so those of earlier steps are bounds, and only rows with the highest bounds are looked at
again ("lazy", Minoux). Rows are compared with at most ``POINTS`` of all rows, drawn by lot: the work is
O(n · POINTS · D) and a little for each pick, the memory that of the vectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.blocks import as_numpy, directions, spans

POINTS = 4096
"""Rows at most that f(S) sums over."""
AT_ONCE = 32
"""Rows with the highest bounds that are looked at together."""


def facility_location(vectors: NDArray[np.float32], n: int, lots: Values) -> Codes:
    """Places of at most ``n`` rows of vectors [N, D], in the order in which they are picked.

    ``lots`` [N], all different, break ties and draw the points that rows are compared with; the order of the rows
    does not matter. Rows of zeros say nothing, stand for nothing, and are picked last. Raises DataError.
    """
    x, _ = directions(vectors, "facility_location")
    if len(lots) != len(x):
        raise DataError(f"facility_location: needs a lot for each of {len(x):,} rows, got {len(lots):,}.")
    order = np.argsort(lots, kind="stable")
    x = x[order]
    points = np.ascontiguousarray(x[:POINTS].T)
    covered = np.zeros(points.shape[1], dtype=np.float32)
    bound = np.concatenate([_gains(x[rows], points, covered) for rows in spans(len(x))] or [np.zeros(0)])
    fresh = np.zeros(len(x), dtype=np.int64)  # the step at which a bound was the gain itself
    picked: list[int] = []
    for step in range(min(n, len(x))):
        while True:
            best = int(bound.argmax())
            if fresh[best] == step:
                break
            rows = _highest(bound, AT_ONCE)
            rows = rows[fresh[rows] < step]
            bound[rows] = np.minimum(_gains(x[rows], points, covered), bound[rows])
            fresh[rows] = step
        picked.append(best)
        bound[best] = -np.inf
        np.maximum(covered, x[best] @ points, out=covered)
    return np.asarray(order[picked], dtype=np.int64)


def _gains(rows: NDArray[np.float32], points: NDArray[np.float32], covered: NDArray[np.float32]) -> Values:
    """What each row adds to the points that are covered so far, shape [n]."""
    more = rows @ points
    more -= covered
    return as_numpy(np.maximum(more, 0, out=more).sum(1))


def _highest(bound: Values, n: int) -> Codes:
    return np.arange(len(bound)) if len(bound) <= n else np.argpartition(-bound, n)[:n]
