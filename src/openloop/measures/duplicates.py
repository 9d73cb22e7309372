"""Texts that repeat: exactly, nearly, or in a run of words.

Near-duplicates are told by MinHash (the ``rensa`` library) over runs of three words: two texts count as near when the
estimated Jaccard similarity of these runs is at least 0.8. A text of fewer than eight words has too few runs to tell,
and is compared as a whole only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from openloop.errors import DataError

PERMUTATIONS = 64
"""Numbers in a signature: the similarity is known to about ±.05 at .8."""
BANDS = 16
"""Signatures are compared where one of so many bands is equal: a pair at .8 is missed once in 5,000, at .5 one in
three."""
NEAR = 0.8
RUN = 3
SHORTEST = 8
NGRAM = 13
"""Words of a run that tells contamination."""

Signatures = NDArray[np.uint32]
Codes = NDArray[np.int64]


def words_of(text: str) -> list[str]:
    """Words, case folded."""
    return text.casefold().split()


def signature(text: str) -> list[int]:
    """64 numbers; all 0 for a text of fewer than eight words."""
    import rensa

    words = words_of(text)
    if len(words) < SHORTEST:
        return [0] * PERMUTATIONS
    sketch = rensa.RMinHash(PERMUTATIONS, 0)
    sketch.update([" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1)])
    return list(sketch.digest())


def near(signatures: Signatures, threshold: float = NEAR) -> Codes:
    """Clusters [N] of near-duplicates: equal codes are chains of texts each near to the first of a band.

    Rows of zeros (short texts) are clusters by themselves. Each pair found is checked on the whole signature. Raises
    DataError for anything but signatures of 64 numbers.
    """
    if signatures.ndim != 2 or signatures.shape[1] != PERMUTATIONS:
        raise DataError(f"near: needs signatures [N, {PERMUTATIONS}], got {signatures.shape}.")
    n, width = len(signatures), PERMUTATIONS // BANDS
    usable = np.flatnonzero(signatures.any(1))
    pairs = []
    for band in range(BANDS):
        part = np.ascontiguousarray(signatures[usable, band * width : (band + 1) * width])
        keys = part.view([("", part.dtype)] * width).ravel()
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
        head = first[group.ravel()]
        other = np.flatnonzero(head != np.arange(len(usable)))
        pairs.append(np.column_stack([usable[head[other]], usable[other]]))
    joined = np.unique(np.concatenate(pairs), axis=0) if pairs else np.empty((0, 2), dtype=np.int64)
    same = np.zeros(len(joined), dtype=bool)
    for start in range(0, len(joined), 100_000):  # not all at once: a pair is 512 bytes
        a, b = joined[start : start + 100_000].T
        same[start : start + 100_000] = (signatures[a] == signatures[b]).mean(1) >= threshold
    joined = joined[same]
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(joined), dtype=np.int8), (joined[:, 0], joined[:, 1])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def repeats(codes: Codes) -> NDArray[np.bool_]:
    """Whether each row [N] repeats one before it."""
    first = np.unique(codes, return_index=True)[1]
    repeated = np.ones(len(codes), dtype=bool)
    repeated[first] = False
    return repeated


@dataclass
class Index:
    """Texts to look for in others: an evaluation set, or real data."""

    whole: set[int] = field(default_factory=set)
    runs: set[int] = field(default_factory=set)
    signatures: list[list[int]] = field(default_factory=list)
    bands: dict[tuple[int, ...], list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Index:
        """An index of some texts; empty ones are passed over."""
        index = cls()
        for text in texts:
            index.add(text)
        return index

    def add(self, text: str) -> None:
        """Put a text in."""
        words = words_of(text)
        if not words:
            return
        self.whole.add(_hash(words))
        self.runs.update(_ngrams(words))
        if len(words) >= SHORTEST:
            sketch = signature(text)
            for key in _bands(sketch):
                self.bands.setdefault(key, []).append(len(self.signatures))
            self.signatures.append(sketch)

    def found(self, text: str) -> str:
        """``exact``, ``near`` or ``13-gram`` where the text is in the index so, else empty."""
        words = words_of(text)
        if not words:
            return ""
        if _hash(words) in self.whole:
            return "exact"
        if len(words) >= SHORTEST:
            sketch = signature(text)
            for key in _bands(sketch):
                for i in self.bands.get(key, ())[:50]:
                    if (
                        sum(a == b for a, b in zip(sketch, self.signatures[i], strict=True))
                        >= NEAR * PERMUTATIONS
                    ):
                        return "near"
        return f"{NGRAM}-gram" if any(run in self.runs for run in _ngrams(words)) else ""


def _bands(sketch: Sequence[int]) -> Iterable[tuple[int, ...]]:
    width = PERMUTATIONS // BANDS
    return ((band, *sketch[band * width : (band + 1) * width]) for band in range(BANDS))


def _ngrams(words: Sequence[str]) -> Iterable[int]:
    return (_hash(words[i : i + NGRAM]) for i in range(len(words) - NGRAM + 1))


def _hash(words: Sequence[str]) -> int:
    return int.from_bytes(
        blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
    )
