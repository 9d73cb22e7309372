"""So many rows spread over cells as evenly as the cells allow: filled like vessels from one tap."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes, Values


def even_shares(sizes: Codes, n: int, lots: Values) -> Codes:
    """Rows to take of each cell [C], ``n`` in all (or every row, where there are fewer); sizes [C] are what they hold.

    No cell gives a row more than another that still has some, but for the last rows, which go by ``lots`` [C].
    """
    sizes = np.asarray(sizes, dtype=np.int64)
    if n >= sizes.sum():
        return sizes.copy()
    level, most = 0, int(sizes.max(initial=0))  # the highest level that n rows reach: no cell is filled above it
    while level < most:
        middle = (level + most + 1) // 2
        level, most = (middle, most) if np.minimum(sizes, middle).sum() <= n else (level, middle - 1)
    shares = np.minimum(sizes, level)
    larger = np.flatnonzero(sizes > level)
    rest = n - int(shares.sum())
    shares[larger[np.argsort(lots[larger], kind="stable")[:rest]]] += 1
    return shares
