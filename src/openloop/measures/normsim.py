"""How near each row comes to the rows of a reference: the largest cosine, NormSim (Wang et al. 2024; nomad, §4.3).

1 repeats a row of the reference, 0 has nothing to do with any. Where it lies in between says little by itself: with
other vectors, or a larger reference, the same rows lie elsewhere. So the reference measures itself the same way, each
of its rows against the others (``normsim(x, x, mine, mine)``), and a row is compared with that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures.blocks import BLOCK, Array, Workspace, as_numpy, directions, is_tensor, like, spans, two_widths

WIDE = 4 * BLOCK
"""Rows of the reference at a time."""


@dataclass(frozen=True)
class Nearest:
    """The nearest row of a reference, for each row."""

    value: Values
    """Shape [n]: its cosine; NaN for rows that say nothing, or that have nothing left to be compared with."""
    row: Codes
    """Shape [n]: which row of the reference it is; −1 for none."""


def normsim(
    x: Any,
    reference: Any,
    own: Codes | None = None,
    reference_own: Codes | None = None,
    *,
    where: bool = True,
) -> Nearest:
    """NormSim of rows x [n, D] against a reference [m, D], vectors of any lengths (they are scaled to 1).

    ``own`` [n] and ``reference_own`` [m] are codes of what must not be compared: a row with itself (numbers of rows,
    where the sets overlap), with equal texts, or with rows of its prompt. ``where=False`` leaves out which row is the
    nearest, a pass less. n m D multiplications, on blocks; numpy's arrays or torch's. Raises DataError.
    """
    a, says = directions(x, "normsim")
    b, reference_says = directions(reference, "normsim, reference")
    if a.shape[1] != b.shape[1]:
        raise DataError(two_widths("normsim", int(a.shape[1]), int(b.shape[1])))
    if (own is None) != (reference_own is None):
        raise DataError("normsim: own and reference_own are codes of one kind; give both, or neither.")
    n, m = len(says), len(reference_says)
    best, row = np.full(n, -np.inf), np.full(n, -1)
    if own is None or reference_own is None:
        order, codes, theirs = np.flatnonzero(reference_says), None, None
    else:
        codes, theirs = np.asarray(own), np.asarray(reference_own)
        if codes.shape != (n,) or theirs.shape != (m,):
            raise DataError(
                f"normsim: needs a code for each row, got {len(codes):,} for {n:,} and {len(theirs):,} for {m:,}."
            )
        order = np.flatnonzero(reference_says)
        order = order[np.argsort(theirs[order], kind="stable")]  # what a row must not meet stands together
        theirs = theirs[order]
    held = b[like(order, b)] if len(order) < m or codes is not None else b
    memory = Workspace()
    for columns in spans(len(order), WIDE):
        block = held[columns]
        for mine in spans(n):
            products = memory.product(a[mine], block)
            if codes is not None and theirs is not None:
                _leave_out(products, codes[mine], theirs[columns])
            if where:
                at = products.argmax(1)
                values = as_numpy(products[like(np.arange(len(at)), a), at])
                better = values > best[mine]
                row[mine] = np.where(better, order[columns][as_numpy(at).astype(np.int64)], row[mine])
            else:
                values = as_numpy(products.amax(1) if is_tensor(products) else products.max(1))
            best[mine] = np.maximum(best[mine], values)
    nothing: Mask = ~says | ~np.isfinite(best)
    return Nearest(np.where(nothing, np.nan, np.clip(best, -1.0, 1.0)), np.where(nothing, -1, row))


def _leave_out(products: Array, mine: Codes, theirs: Codes) -> None:
    """Set products of equal codes to −∞; ``theirs`` ascending."""
    start, stop = np.searchsorted(theirs, mine, side="left"), np.searchsorted(theirs, mine, side="right")
    for place in np.flatnonzero(stop > start):
        products[place, start[place] : stop[place]] = -np.inf
