"""Texts that hold those of an evaluation set: whole, nearly, or in a run of thirteen words.

    index = Index.of(evaluation_texts)
    index.found(text)    # "exact", "near", "13-gram" or ""

A text of fewer than thirteen words has no run: it is looked for as a whole, and from eight words on nearly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import eq
from zlib import crc32

from openloop.measures.duplicates import BANDS, NEAR, PERMUTATIONS, SHORTEST, hash_of, signature, words_of

NGRAM = 13
"""Words of a run that tells contamination."""


@dataclass
class Index:
    """Texts to look for in others: an evaluation set, or real data.

    Of the texts themselves nothing is kept: about 100 bytes a word (its run), and 4 kB a text (its signature).
    """

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
        self.whole.add(hash_of(words))
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
        if hash_of(words) in self.whole:
            return "exact"
        if len(words) >= SHORTEST:
            sketch = signature(text)
            for key in _bands(sketch):
                for i in self.bands.get(key, ())[:50]:
                    if sum(map(eq, sketch, self.signatures[i])) >= NEAR * PERMUTATIONS:
                        return "near"
        return f"{NGRAM}-gram" if any(run in self.runs for run in _ngrams(words)) else ""


def _bands(sketch: Sequence[int]) -> Iterable[tuple[int, ...]]:
    width = PERMUTATIONS // BANDS
    return ((band, *sketch[band * width : (band + 1) * width]) for band in range(BANDS))


def _ngrams(words: Sequence[str]) -> Iterable[int]:
    # Of numbers, as the hash of a text differs from process to process, and an index may be sent to another.
    numbers = tuple(crc32(word.encode("utf-8", "surrogatepass")) for word in words)
    return (hash(numbers[i : i + NGRAM]) for i in range(len(numbers) - NGRAM + 1))
