"""Runs of three words, as numbers: what texts share, and which of their words belong to a template.

A run is counted with its numbers masked ("12 + 7 =" and "3 + 41 =" share all of their runs), so that what is left over
once the runs of many texts are taken away, a text's *own* words, is what tells it from the others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Mask
from openloop.measures.duplicates import RUN

FEW = 5
"""A run in so many texts, or fewer, is never a template."""
COMMON = 0.01
"""Share of the texts above which a run is one."""

Hashes = NDArray[np.uint64]
_EDGES = "\"'“”‘’«»()[]{}<>.,;:!?*_`#"
_HALF, _LOW = np.uint64(32), np.uint64((1 << 32) - 1)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class WordRuns:
    """The runs of one text of n words, shape [n − 2] each (none where n < 3)."""

    words: int
    exact: Hashes
    """Equal for equal runs: case, blanks and punctuation around words aside."""
    masked: Hashes
    """Equal for runs that differ in their numbers only."""


def word_runs(words: Sequence[str]) -> WordRuns:
    """The runs of a text whose words (case folded) are given in order."""
    both = np.array([_numbers(word) for word in words], dtype=np.uint64)
    return WordRuns(len(words), _hashes(both >> _HALF), _hashes(both & _LOW))


def most_texts(texts: int) -> float:
    """In more than so many of ``texts`` different ones, a run belongs to a template."""
    return max(FEW, COMMON * texts)


def own_words(common: Mask, words: int) -> Mask:
    """Words [n] that no common run covers; ``common`` [n − 2] says which runs are."""
    own = np.ones(words, dtype=bool)
    for shift in range(RUN):
        own[shift : shift + len(common)] &= ~common
    return own


@lru_cache(maxsize=1 << 17)
def _numbers(word: str) -> int:
    """Two numbers of 32 bits in one: of the word, and of the word with its digits masked."""
    # Not hash(): it differs from process to process, and an index may be sent to another.
    bare = word.strip(_EDGES) or word
    masked = bare if any(map(str.isalpha, bare)) else re.sub(r"\d+", "0", bare)  # "w12" is a name, "12%" a number
    number = crc32(bare.encode("utf-8", "surrogatepass"))
    return number << 32 | (number if masked == bare else crc32(masked.encode("utf-8", "surrogatepass")))


def _hashes(numbers: Hashes) -> Hashes:
    hashes = np.zeros(max(0, len(numbers) - RUN + 1), dtype=np.uint64)
    for shift in range(RUN):
        hashes = hashes * _FACTOR + numbers[shift : shift + len(hashes)]
    return hashes
