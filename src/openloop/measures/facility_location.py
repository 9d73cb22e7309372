"""Rows that stand for all rows: greedy facility location over cosines (Mirzasoleiman et al. 2013; Minoux 1978).

    f(S) = Σ_i max(0, max of cos(i, j) over j in S)

Each pick is the row that adds most, so that f(S) is at least 1 − 1/e of the best that so many rows could reach. Gains
only fall as rows are picked, so those of earlier steps are bounds, and only rows with the highest bounds are looked at
again ("lazy", Minoux). Of more than ``POINTS`` rows f(S) is estimated from so many, drawn by lot, and others are drawn
before the picks are many beside them. The memory is that of the vectors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.blocks import as_numpy, directions, spans

POINTS = 4096
"""Rows at most that f(S) is summed over at a time."""
PICKS = POINTS // 4
"""Picks that rest on one draw of them."""
AT_ONCE = 32
"""Rows with the highest bounds that are looked at together."""
FRONT = 2048
"""Rows with the highest bounds, among which those are looked for."""


def facility_location(vectors: NDArray[np.float32], n: int, lots: Values) -> Codes:
    """Places of at most ``n`` rows of vectors [N, D], in the order in which they are picked.

    ``lots`` [N], all different, break ties and draw the rows that f(S) is estimated from; the order of the rows does
    not matter. Rows of zeros say nothing, stand for nothing, and are picked last. Raises DataError.
    """
    x, _ = directions(vectors, "facility_location")
    if len(lots) != len(x):
        raise DataError(f"facility_location: needs a lot for each of {len(x):,} rows, got {len(lots):,}.")
    order = np.argsort(lots, kind="stable")
    x = x[order]
    picked = np.zeros(0, dtype=np.int64)
    most = min(n, len(x))
    while len(picked) < most:
        draw = len(picked) // PICKS
        points = np.arange(draw * POINTS, draw * POINTS + min(POINTS, len(x))) % max(1, len(x))
        more = most - len(picked) if len(points) == len(x) else min(PICKS, most - len(picked))
        picked = np.concatenate([picked, _Gains(x, points, picked).picks(more)])
    return np.asarray(order[picked], dtype=np.int64)


class _Gains:
    """What each row x [N, D] would add to some points, beside the rows that are picked already."""

    def __init__(self, x: NDArray[np.float32], points: Codes, picked: Codes) -> None:
        self.x, self.points = x, np.ascontiguousarray(x[points].T)
        self.place = np.full(len(x), -1)
        self.place[points] = np.arange(len(points))
        self.own = 1 - len(points) / len(x)  # by which a point would count for too much beside one that was not drawn
        self.covered = np.zeros(len(points), dtype=np.float32)
        for rows in spans(len(picked)):
            np.maximum(self.covered, (x[picked[rows]] @ self.points).max(axis=0), out=self.covered)
        self.bound = np.concatenate([self.of(np.arange(rows.start, rows.stop)) for rows in spans(len(x))])
        self.bound[picked] = -np.inf

    def of(self, rows: Codes) -> Values:
        """Shape [rows]."""
        more = self.x[rows] @ self.points
        more -= self.covered
        gains = as_numpy(np.maximum(more, 0, out=more).sum(1))
        drawn = self.place[rows] >= 0
        itself = self.x[rows[drawn]].any(axis=1) - self.covered[self.place[rows[drawn]]]
        gains[drawn] -= self.own * np.maximum(itself, 0)
        return gains

    def picks(self, n: int) -> Codes:
        """The next rows, each the one that adds most to those before it."""
        fresh = np.zeros(len(self.x), dtype=np.int64)  # the step at which a bound was the gain itself
        front, behind = self._front()
        picked = []
        for step in range(n):
            while True:
                if self.bound[front].max() < behind:
                    front, behind = self._front()
                highest = front[_highest(self.bound[front], AT_ONCE)]
                best = int(highest[np.lexsort((highest, -self.bound[highest]))[0]])
                if fresh[best] == step:
                    break
                rows = highest[fresh[highest] < step]
                self.bound[rows] = np.minimum(self.of(rows), self.bound[rows])
                fresh[rows] = step
            picked.append(best)
            self.bound[best] = -np.inf
            np.maximum(self.covered, self.x[best] @ self.points, out=self.covered)
        return np.array(picked, dtype=np.int64)

    def _front(self) -> tuple[Codes, float]:
        """The rows with the highest bounds, and the highest of the others."""
        front = _highest(self.bound, FRONT)
        others = np.ones(len(self.bound), dtype=np.bool_)
        others[front] = False
        return front, float(self.bound[others].max(initial=-np.inf))


def _highest(bound: Values, n: int) -> Codes:
    return np.arange(len(bound)) if len(bound) <= n else np.argpartition(-bound, n)[:n]
