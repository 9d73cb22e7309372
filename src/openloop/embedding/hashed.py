"""Vectors of texts by their words and parts of words: nothing to download, nothing to train."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.errors import InputError
from openloop.measures.surface import skeleton

BATCH = 256
"""Texts that are counted at a time; their numbers have 8 bits."""
SIZES = (3, 4, 5)
"""Lengths of the runs of characters that are counted."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_HASH = np.uint64((1 << 56) - 1)


@dataclass(frozen=True)
class Hashed:
    """See :func:`hashed`."""

    dims: int

    @property
    def name(self) -> str:
        return f"hashed-{self.dims}"

    @property
    def revision(self) -> str:
        return f"hashed-1-{self.dims}"

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        batches = [self._embed(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        return np.concatenate(batches) if batches else np.zeros((0, self.dims), dtype=np.float32)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        folded = [skeleton(unicodedata.normalize("NFKC", text)) for text in texts]
        points = [np.frombuffer(f" {text} ".encode("utf-32-le", "replace"), np.uint32) for text in folded]
        row = np.repeat(np.arange(len(texts)), [len(p) for p in points])
        point = np.concatenate(points).astype(np.uint64) if points else np.zeros(0, np.uint64)
        total = np.zeros(len(texts) * self.dims)
        for size in SIZES:
            total += self._counted(point, row, size, len(total))
        vectors = total.reshape(len(texts), self.dims)
        vectors[[not text for text in folded]] = 0.0
        length = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
        return np.asarray(unit, dtype=np.float32)

    def _counted(self, point: NDArray[np.uint64], row: NDArray[np.int64], size: int, cells: int) -> NDArray[np.float64]:
        """Runs of ``size`` characters, shape [texts * D]: each adds the square root of how often the text has it."""
        places = len(point) - size + 1
        if places <= 0:
            return np.zeros(cells)
        hashes = np.full(places, np.uint64(size))
        for offset in range(size):
            hashes = (hashes ^ point[offset : offset + places]) * _MULTIPLIER
            hashes ^= hashes >> np.uint64(29)
        inside = row[:places] == row[size - 1 :]
        of, hashes = row[:places][inside], hashes[inside]
        if not len(of):
            return np.zeros(cells)
        # One entry for each run that a text has, however often it has it: text and hash are sorted as one number, which
        # is several times faster than as two. The low bits that make room for the text (BATCH) are used for nothing.
        keys = np.sort(of.astype(np.uint64) << np.uint64(56) | hashes >> np.uint64(8))
        first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        often = np.diff(np.r_[first, len(keys)])
        keys = keys[first]
        sign = np.where(keys >> np.uint64(55) & np.uint64(1), 1.0, -1.0)
        cell = (keys >> np.uint64(56)).astype(np.int64) * self.dims
        cell += ((keys & _HASH) >> np.uint64(12)).astype(np.int64) % self.dims
        return np.bincount(cell, weights=sign * np.sqrt(often), minlength=cells).astype(np.float64)


def hashed(dims: int = 512) -> Hashed:
    """Count runs of 3 to 5 characters, folded, into ``dims`` cells with random signs (the hashing trick).

    Texts are near when they share words and parts of words, in any language, written with spaces or without. What they
    mean is not known: a paraphrase in other words is far away. Raises InputError.
    """
    if not isinstance(dims, int) or isinstance(dims, bool) or not 16 <= dims <= 65536:
        raise InputError(f"hashed: dims must be a whole number from 16 to 65,536, got {dims!r}.")
    return Hashed(dims)
