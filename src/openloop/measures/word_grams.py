"""Runs of words in the completions of each prompt, counted once for every measure of repetition.

    words = coded_words(completions, prompt)
    grams = words.grams(2)    # which runs of two words each prompt's completions hold, and how often

Words are case folded and stripped of punctuation; where a script writes no blanks between words, characters stand for
them, so that numbers of such texts compare with texts of the same script only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.duplicates import words_of

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Grams:
    """Runs of n words: E entries, one for each run that the completions of a prompt hold."""

    n: int
    run: Codes
    """Shape [E]: codes from 0."""
    prompt: Codes
    """Shape [E]: codes from 0, below ``prompts``."""
    count: Codes
    """Shape [E]: how often this prompt's completions hold the run."""
    prompts: int
    """P: those without a run included."""

    @property
    def total(self) -> int:
        """Runs in all, repeats included."""
        return int(self.count.sum())

    @property
    def in_prompts(self) -> Codes:
        """Shape [number of different runs]: prompts that hold each."""
        return np.bincount(self.run).astype(np.int64)

    def per_prompt(self, value: Values) -> Values:
        """Shape [P]: sums of values [E] over each prompt's runs."""
        return np.bincount(self.prompt, weights=value, minlength=self.prompts).astype(np.float64)


@dataclass(frozen=True, slots=True)
class CodedWords:
    """The W words of N completions, in order, as numbers."""

    word: NDArray[np.uint64]
    """Shape [W]."""
    row: Codes
    """Shape [W]: the completion that each stands in."""
    prompt: Codes
    """Shape [N]: codes from 0."""

    def grams(self, n: int) -> Grams:
        """Runs of ``n`` words that stand in one completion."""
        prompts = int(self.prompt.max()) + 1 if len(self.prompt) else 0
        places = len(self.word) - n + 1
        if places <= 0:
            none = np.zeros(0, dtype=np.int64)
            return Grams(n, none, none, none, prompts)
        hashes = np.full(places, np.uint64(n))
        for offset in range(n):
            hashes = (hashes ^ self.word[offset : offset + places]) * _MULTIPLIER
            hashes ^= hashes >> np.uint64(29)
        inside = self.row[:places] == self.row[n - 1 :]
        run = np.unique(hashes[inside], return_inverse=True)[1].astype(np.int64)
        both, count = np.unique(run * prompts + self.prompt[self.row[:places][inside]], return_counts=True)
        return Grams(n, both // prompts, both % prompts, count.astype(np.int64), prompts)


def plain_words(text: str) -> list[str]:
    """Words without the punctuation around them, case folded; characters, where a text has no blanks."""
    words = words_of(unicodedata.normalize("NFKC", text))
    stripped = (word if word.isalnum() else _stripped(word) for word in words)
    return [word for word in stripped if word]


def coded_words(completions: Sequence[str], prompt: Codes) -> CodedWords:
    """Of completions [N] with their prompts [N], codes from 0. Raises DataError for lengths that differ."""
    if len(completions) != len(prompt):
        raise DataError(f"coded_words: needs a prompt for each completion, got {len(prompt)} for {len(completions)}.")
    known: dict[str, int] = {}
    words: list[int] = []
    held = np.zeros(len(completions), dtype=np.int64)
    for place, text in enumerate(completions):
        mine = plain_words(text)
        words += [known.setdefault(word, len(known)) for word in mine]
        held[place] = len(mine)
    return CodedWords(np.array(words, dtype=np.uint64), np.repeat(np.arange(len(held)), held), prompt)


def _stripped(word: str) -> str:
    start, end = 0, len(word)
    while start < end and not word[start].isalnum():
        start += 1
    while end > start and not word[end - 1].isalnum():
        end -= 1
    return word[start:end]
