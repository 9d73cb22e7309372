"""Texts that repeat, exactly or nearly.

    keys.append(key(text)), sketches.append(signature(text))    # one text at a time: 8 and 256 bytes a row
    exact(keys), near(sketches)                                 # clusters of copies, and of near ones

Near-duplicates are told by MinHash (the ``rensa`` library) over runs of three words: two texts count as near when the
estimated Jaccard similarity of these runs is at least 0.8. A text of fewer than eight words has too few runs to tell,
and is compared as a whole only; a row without text is a copy of none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask
from openloop.errors import DataError

PERMUTATIONS = 64
"""Numbers in a signature: the similarity is known to about ±.05 at .8."""
BANDS = 16
"""Signatures are compared where one of so many bands is equal: a pair at .8 is missed once in 5,000, at .5 one in
three."""
NEAR = 0.8
NEIGHBOURS = 8
PAIRS = 100_000
RUN = 3
SHORTEST = 8
LONGEST = 20
"""Words longer than this on average are no words: the script has no blanks, and characters are taken for words."""

Signatures = NDArray[np.uint32]


def words_of(text: str) -> list[str]:
    """Words, case folded; characters, where a text is written without blanks between words."""
    words = text.casefold().split()
    return list("".join(words)) if len(text) > LONGEST * (len(words) or 1) * 1.5 and _unbroken(words) else words


def _unbroken(words: Sequence[str]) -> bool:
    return sum(map(len, words)) > LONGEST * len(words)


def key(text: str) -> int:
    """64 bits that tell exact copies, blanks and case aside; 0 for an empty text."""
    words = text.casefold().split()
    return hash_of(words) | 1 if words else 0


def exact(keys: NDArray[np.uint64]) -> Codes:
    """Clusters [N] of equal keys; rows without text (key 0) are clusters by themselves."""
    codes = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    empty = np.flatnonzero(keys == 0)
    codes[empty] = len(keys) + np.arange(len(empty))
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def signature(text: str) -> list[int]:
    """64 numbers; all 0 for a text of fewer than eight words."""
    import rensa

    words = words_of(text)
    if len(words) < SHORTEST:
        return [0] * PERMUTATIONS
    sketch = rensa.RMinHash(PERMUTATIONS, 0)
    runs = [" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1)]
    try:
        sketch.update(runs)
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON may hold as an escape
        sketch.update([run.encode("utf-8", "replace").decode("utf-8") for run in runs])
    return list(sketch.digest())


def near(signatures: Signatures, threshold: float = NEAR) -> Codes:
    """Clusters [N] of near-duplicates: equal codes are texts joined by a chain of near ones.

    Whatever the order of the rows, the clusters are the same. Rows of zeros (short texts) are clusters by themselves.
    Each pair found is checked on the whole signature; where more than eight texts share a band, each is checked
    against eight others and the first, in an order of their own. Raises DataError for anything but signatures of 64
    numbers and a threshold in (0, 1].
    """
    if signatures.ndim != 2 or signatures.shape[1] != PERMUTATIONS:
        raise DataError(f"near: needs signatures [N, {PERMUTATIONS}], got {signatures.shape}.")
    if not 0 < threshold <= 1:
        raise DataError(f"near: the threshold must be above 0 and at most 1, got {threshold}.")
    usable = np.flatnonzero(signatures.any(1))
    mark = np.zeros(len(signatures), dtype=np.uint64)
    mark[usable] = _mixed(signatures, usable, range(PERMUTATIONS))
    # One of each signature, in the order of their hashes: nothing depends on where a row stands.
    _, first, which = np.unique(mark[usable], return_index=True, return_inverse=True)
    row = usable[first]
    joined = np.arange(len(row))
    width = PERMUTATIONS // BANDS
    for band in range(BANDS):
        key = _mixed(signatures, row, range(band * width, (band + 1) * width))
        order = np.argsort(key, kind="stable")
        joined = _join(joined, signatures, row, order, key[order], threshold)
    codes = np.empty(len(signatures), dtype=np.int64)
    codes[usable] = joined[which.ravel()]
    short = np.flatnonzero(mark == 0)
    codes[short] = len(row) + np.arange(len(short))
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.int64)


def _join(
    joined: Codes,
    signatures: Signatures,
    row: Codes,
    order: Codes,
    key: NDArray[np.uint64],
    threshold: float,
) -> Codes:
    """Clusters with those joined that hold two near texts of one band; ``key`` is sorted, by ``order``."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = len(order)
    place = np.arange(n)
    head = np.maximum.accumulate(np.where(np.r_[True, key[1:] != key[:-1]], place, 0)) if n else place
    near_a, near_b = [], []
    for lag in range(NEIGHBOURS + 1):
        a = head if lag == 0 else head + np.maximum(place - head - lag, 0)
        fresh = np.flatnonzero((place - head >= max(1, lag)) & (joined[order[a]] != joined[order]))
        for start in range(0, len(fresh), PAIRS):  # not all at once: a pair is 512 bytes
            some = fresh[start : start + PAIRS]
            left, right = order[a[some]], order[some]
            same = (signatures[row[left]] == signatures[row[right]]).mean(1) >= threshold
            near_a.append(left[same])
            near_b.append(right[same])
    left, right = np.concatenate(near_a or [place]), np.concatenate(near_b or [place])
    if not len(left):
        return joined
    graph = coo_matrix((np.ones(len(left)), (joined[left], joined[right])), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)[joined]


def _mixed(signatures: Signatures, rows: Codes, columns: Iterable[int]) -> NDArray[np.uint64]:
    """One number for some columns of each row; never 0. Two that differ are equal once in 2⁶⁴."""
    mixed = np.full(len(rows), 0x9E3779B97F4A7C15, dtype=np.uint64)
    for column in columns:
        mixed ^= signatures[rows, column].astype(np.uint64)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    return mixed | np.uint64(1)


def repeats(codes: Codes) -> Mask:
    """Whether each row [N] repeats one before it."""
    first = np.unique(codes, return_index=True)[1]
    repeated = np.ones(len(codes), dtype=bool)
    repeated[first] = False
    return repeated


def hash_of(words: Sequence[str]) -> int:
    """64 bits that tell one list of words from another."""
    return int.from_bytes(blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
