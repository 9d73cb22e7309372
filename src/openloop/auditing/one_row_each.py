"""One row a completion, where a file has a row for each person who labelled it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes
from openloop.auditing.row_arrays import RowArrays


def first_rows(key: NDArray[np.uint64]) -> Codes:
    """Shape [N]: for each row, the first row of the same content (``key``)."""
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    return np.asarray(first[of.ravel()], dtype=np.int64)


def one_row_each(arrays: RowArrays, first: Codes) -> RowArrays:
    """The first row of each completion, with its verdict; ``first`` as :func:`first_rows` gives it."""
    kept = np.unique(first)
    scored = ~np.isnan(arrays.score) & ~np.isnan(arrays.score[first])
    unlike = int((scored & (arrays.score != arrays.score[first])).sum())
    said = f"{len(arrays):,} rows are labels of {len(kept):,} completions: one row each is audited, and kept"
    if unlike:
        said += f"; {unlike:,} rows have another verdict than the first one of their completion, which counts"
    return replace(arrays.take(kept), said=(*arrays.said, said))
