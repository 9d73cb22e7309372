"""Where the arrays of the measures on vectors live: numpy, or torch's own device when the vectors are its tensors.

The measures multiply matrices block by block, so that n rows never need n x n numbers at once. Everything that numpy
and torch call alike is written once in the measures; what they call differently is here. torch is not imported: who
gives a tensor has imported it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError

Array = Any
"""A float32 matrix or vector of numpy, or of torch on any device."""
BLOCK = 1024
"""Rows and columns of a block: 4 MiB, about what a core's cache holds."""


def is_tensor(x: object) -> bool:
    """Whether it is a torch tensor; does not import torch."""
    return "torch" in sys.modules and isinstance(x, sys.modules["torch"].Tensor)


def matrix(vectors: Any, name: str) -> Array:
    """Vectors [n, D] as float32, on the device on which they are. Raises DataError for what is no finite matrix."""
    if is_tensor(vectors):
        found = vectors.detach().to(sys.modules["torch"].float32)
    else:
        try:
            found = np.ascontiguousarray(vectors, dtype=np.float32)
        except (TypeError, ValueError):
            raise DataError(
                f"{name}: needs one vector of numbers for each row, all of one width; some are not."
            ) from None
    if found.ndim != 2:
        shape = tuple(int(size) for size in found.shape)
        raise DataError(f"{name}: needs a matrix, one vector for each row, got an array of shape {shape}.")
    bad = ~np.isfinite(as_numpy(found.sum(1)))
    if bad.any():
        raise DataError(
            f"{name}: {int(bad.sum()):,} of {len(bad):,} vectors hold numbers that are not finite (the first is row "
            f"{int(np.argmax(bad))}, from 0). Embed these rows again, or leave them out."
        )
    return found


def directions(vectors: Any, name: str) -> tuple[Array, Mask]:
    """Vectors scaled to length 1 [n, D], and which rows [n] have a direction: texts that say nothing have none."""
    x = matrix(vectors, name)
    length = (x * x).sum(1) ** 0.5
    says = as_numpy(length) > 0
    length[length == 0] = 1
    return x / length[:, None], says


def two_widths(name: str, one: int, other: int) -> str:
    """What to say where vectors of two models meet."""
    return f"{name}: vectors of one model are compared, got widths {one} and {other}. Embed both sides with one model."


def as_numpy(x: Array) -> Values:
    """In float64, on this machine's memory."""
    return np.asarray(x.cpu() if is_tensor(x) else x, dtype=np.float64)


def like(values: NDArray[Any], x: Array) -> Array:
    """Numbers as float32 (or whole numbers and flags as they are) where ``x`` lives."""
    array = values.astype(np.float32) if values.dtype == np.float64 else values
    return sys.modules["torch"].as_tensor(array, device=x.device) if is_tensor(x) else array


def clusters(prompt: Codes | None, n: int, name: str) -> Codes:
    """Codes [n] from 0 without gaps; every row by itself where there are none. Raises DataError."""
    if prompt is None:
        return np.arange(n)
    codes = np.asarray(prompt)
    if codes.shape != (n,):
        raise DataError(f"{name}: needs one prompt code for each of {n:,} rows, got an array of shape {codes.shape}.")
    return np.unique(codes, return_inverse=True)[1].ravel().astype(np.int64)


def spans(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices that cover n rows in equal parts of at most ``size``."""
    edges = np.linspace(0, n, math.ceil(n / size) + 1).astype(int)
    for start, stop in pairwise(edges):
        yield slice(int(start), int(stop))


def joined(parts: Sequence[Array], axis: int) -> Array:
    """Arrays one after the other, along rows (0) or columns (1)."""
    return sys.modules["torch"].cat(parts, axis) if is_tensor(parts[0]) else np.concatenate(parts, axis)


def cluster_spans(sizes: Codes, size: int = BLOCK) -> list[tuple[slice, slice]]:
    """Slices of rows, and of the clusters that they are, at most ``size`` rows together unless a cluster has more."""
    ends, found, start = np.cumsum(sizes), [], 0
    while start < len(sizes):
        before = int(ends[start] - sizes[start])
        stop = max(start + 1, int(np.searchsorted(ends, before + size, side="right")))
        found.append((slice(before, int(ends[stop - 1])), slice(start, stop)))
        start = stop
    return found


class Workspace:
    """Memory that one product of blocks after the other is written into: asking for new memory each time costs more
    than reading it."""

    def __init__(self) -> None:
        self._memory = np.empty(0, dtype=np.float32)

    def product(self, a: Array, b: Array) -> Array:
        """a bᵀ; what the last call gave is overwritten."""
        if is_tensor(a):
            return a @ b.T
        rows, columns = len(a), len(b)
        if len(self._memory) < rows * columns:
            self._memory = np.empty(rows * columns, dtype=np.float32)
        return np.matmul(a, b.T, out=self._memory[: rows * columns].reshape(rows, columns))

    def exponential(self, a: Array, b: Array) -> Array:
        """exp(a bᵀ); what the last call gave is overwritten."""
        products = self.product(a, b)
        return products.exp_() if is_tensor(products) else np.exp(products, out=products)


def dot(a: Array, b: Array) -> Any:
    """Σ a b over all entries, as a number or as a float64 tensor of no dimension (which waits for nothing)."""
    return (a.reshape(-1) @ b.reshape(-1)).double() if is_tensor(a) else float(np.vdot(a, b))


def summed(block: Array, sizes: Codes, axis: int) -> Array:
    """Sums over runs of ``sizes`` neighbouring rows (axis 0) or columns (axis 1)."""
    if is_tensor(block):
        torch = sys.modules["torch"]
        codes = torch.repeat_interleave(torch.as_tensor(sizes, device=block.device))
        shape = (len(sizes), block.shape[1]) if axis == 0 else (block.shape[0], len(sizes))
        return torch.zeros(shape, dtype=block.dtype, device=block.device).index_add_(axis, codes, block)
    return np.add.reduceat(block, np.r_[0, np.cumsum(sizes)[:-1]], axis=axis)


def zeros(n: int, x: Array) -> Array:
    """n zeros of float64 where ``x`` lives."""
    if is_tensor(x):
        return sys.modules["torch"].zeros(n, dtype=sys.modules["torch"].float64, device=x.device)
    return np.zeros(n)
