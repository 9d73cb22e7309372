"""Rows that hold a text of an evaluation set.

    known = KnownTexts.of(evaluation_rows)    # pairs of prompt and completion
    leaks = search(known, rows)               # one Leak or None a row

What is looked for are the evaluation set's prompts, and its completions of thirteen words or more: a shorter answer
("B", "42") equals others by chance. They are looked for in the prompts and in the completions of the rows.

    exact     the prompt equals an evaluation prompt
    inside    every run of three words of an evaluation text is there
    near      at least 80 % of them are
    13-gram   thirteen words in a row are
    short     the prompt equals an evaluation prompt, but with few words of its own: perhaps by chance

What many texts share (an instruction, a list of options, "How many ... does ... have") is a template and no leak. A run
of three words, numbers masked, is one where more than five different texts and more than 1 % have it, among the prompts
or the completions of either file. Words that no template covers are a text's own: a leak shares at least eight.
So are a completion that answers two different prompts of the evaluation set, or as many of the rows. Only an evaluation
prompt that is there as a whole counts however many rows repeat it.

Time and memory grow with the words: of the evaluation set about 50 bytes a word, of the rows what they share with it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.measures.duplicates import NEAR, RUN, SHORTEST, hash_of, words_of
from openloop.measures.known_texts import COMPLETION, NGRAM, PROMPT, KnownTexts
from openloop.measures.word_runs import Hashes, most_texts, word_runs

ALIKE = 4
"""A whole prompt of fewer words is short even where none of them belongs to a template."""
SHARED = 5
"""Runs that a text must share with one of the evaluation set to be compared: 80 % of those of eight words."""
COMPARED = 8
"""A text is compared with so many evaluation texts, those that it shares most runs with."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A row that holds a text of the evaluation set."""

    how: str
    """``exact``, ``inside``, ``near``, ``13-gram`` or ``short``."""
    row: int
    """The row of the evaluation set, from 0."""
    side: int = 0
    """0: the row's prompt is held, 1: its completion."""

    @property
    def certain(self) -> bool:
        """Whether it is more than an equal short prompt."""
        return self.how != "short"


_WAYS = ("exact", "inside", "near", f"{NGRAM}-gram", "short")
"""The surest first."""


def search(known: KnownTexts, rows: Iterable[tuple[str, str]]) -> list[Leak | None]:
    """How each of N rows, prompt and completion, holds a text of the evaluation set: shape [N]."""
    searched = _Searched(known)
    for prompt, completion in rows:
        searched.add(prompt, completion)
    return searched.leaks()


@dataclass
class _Searched:
    """Rows that are searched: which evaluation texts they share runs with, and which runs are templates of theirs."""

    known: KnownTexts
    numbers: tuple[array[int], array[int]] = field(default_factory=lambda: (array("q"), array("q")))
    """Shape [N] each: the row's prompt and completion among the different texts of its side, −1 for an empty one."""
    seen: tuple[dict[int, int], dict[int, int]] = field(default_factory=lambda: ({}, {}))
    shared: tuple[list[list[tuple[int, bytes]]], list[list[tuple[int, bytes]]]] = field(
        default_factory=lambda: ([], [])
    )
    """Of every different text: evaluation texts it may hold, and which of their runs it does (packed)."""
    equal: list[int] = field(default_factory=list)
    """Of every different prompt: the evaluation prompt it equals, or −1."""
    asked: dict[int, set[int]] = field(default_factory=dict)
    """Completion that may hold something → the different prompts that it answers."""

    def __post_init__(self) -> None:
        self.texts_with = np.zeros((2, len(self.known.masked)), dtype=np.int64)
        """Shape [2, V]: different prompts and completions that have each run."""
        self.is_held = np.zeros(len(self.known.exact), dtype=bool)
        """Shape [U]: runs of the text that is compared; none between two texts."""

    def add(self, prompt: str, completion: str) -> None:
        """Take in a row."""
        for side, text in ((PROMPT, prompt), (COMPLETION, completion)):
            words = words_of(text)
            key = hash_of(words)
            number = -1 if not words else self.seen[side].setdefault(key, len(self.seen[side]))
            self.numbers[side].append(number)
            if number == len(self.shared[side]):
                self.shared[side].append(self._compare(words, side))
                if side == PROMPT:
                    self.equal.append(self.known.whole.get(key, -1))
        asked, answer = (numbers[-1] for numbers in self.numbers)
        if answer >= 0 and self.shared[COMPLETION][answer]:
            self.asked.setdefault(answer, set()).add(asked if asked >= 0 else -len(self.numbers[PROMPT]))

    def _compare(self, words: list[str], side: int) -> list[tuple[int, bytes]]:
        known = self.known
        runs = word_runs(words)
        self.texts_with[side, _found(known.masked, runs.masked)] += 1
        held = _found(known.exact, runs.exact)
        if len(held) < SHARED:
            return []
        holders = np.sort(known.holders_of(held))
        first = np.flatnonzero(np.r_[True, holders[1:] != holders[:-1]][: len(holders)])
        counts = np.diff(np.r_[first, len(holders)])
        order = np.argsort(-counts, kind="stable")[:COMPARED]
        compared = holders[first[order[counts[order] >= SHARED]]].tolist()
        self.is_held[held] = True
        found = [(text, np.packbits(self.is_held[known.exact_at[known.runs_of(text)]]).tobytes()) for text in compared]
        self.is_held[held] = False
        return found

    def leaks(self) -> list[Leak | None]:
        """How each row holds a text, once all rows are known."""
        common = self.known.common.copy()
        for side in (PROMPT, COMPLETION):
            common |= self.texts_with[side] > most_texts(len(self.seen[side]))
        texts = _Texts(self.known, common)
        most = most_texts(len(self.seen[PROMPT]) or len(self.numbers[PROMPT]))
        for answer, asked in self.asked.items():
            if len(asked) > most:  # an answer to many questions holds none of their answers, but perhaps a question
                held = self.shared[COMPLETION][answer]
                self.shared[COMPLETION][answer] = [pair for pair in held if self.known.side[pair[0]] == PROMPT]
        best = [[_surest(*texts.held(shared)) for shared in side] for side in self.shared]
        for number, text in enumerate(self.equal):
            if text >= 0:
                best[PROMPT][number] = _surest(best[PROMPT][number], texts.equal(text))
        return [
            _surest(*(best[side][number] for side, number in enumerate(numbers) if number >= 0))
            for numbers in zip(*self.numbers, strict=True)
        ]


@dataclass(frozen=True)
class _Texts:
    """The evaluation texts, compared once the templates of both files are known."""

    known: KnownTexts
    common: Mask
    """Shape [V]."""

    def held(self, shared: Iterable[tuple[int, bytes]]) -> Iterator[Leak]:
        """Leaks among the evaluation texts that a text shares runs with."""
        for text, packed in shared:
            how = self._how(text, packed)
            if how:
                yield self._leak(how, text)

    def equal(self, text: int) -> Leak:
        """How a prompt that equals this one holds it."""
        words = int(self.known.words[text])
        own, here = (
            int(own.sum()) for own in (self.known.own(text, self.common), self.known.own(text, self.known.common))
        )
        return self._leak("exact" if max(own, here) >= SHORTEST or own == words >= ALIKE else "short", text)

    def _how(self, text: int, packed: bytes) -> str:
        at = self.known.masked_at[self.known.runs_of(text)]
        held = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=len(at)).astype(bool)
        own = self.known.own(text, self.common)
        told = held[~self.common[at]]
        # A prompt that is there as a whole is no template, however many rows repeat it.
        only_here = ~self.known.common[at]
        if (
            self.known.side[text] == PROMPT
            and self.known.own(text, self.known.common).sum() >= SHORTEST
            and held[only_here].all()
        ):
            return "inside"
        if own.sum() >= SHORTEST and told.mean() >= NEAR:
            return "inside" if told.all() else "near"
        width = NGRAM - RUN + 1
        if len(held) >= width:
            whole = np.convolve(held, np.ones(width, dtype=np.int64), "valid") == width
            if (whole & (np.convolve(own, np.ones(NGRAM, dtype=np.int64), "valid") >= SHORTEST)).any():
                return f"{NGRAM}-gram"
        return ""

    def _leak(self, how: str, text: int) -> Leak:
        return Leak(how, int(self.known.row[text]), int(self.known.side[text]))


def _found(known: Hashes, hashes: Hashes) -> Codes:
    """Places among the known hashes of those that are there, each once."""
    if not len(known):
        return np.zeros(0, dtype=np.int64)
    wanted = np.sort(hashes)  # neighbours are looked up one after the other
    places = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    places = places[known[places] == wanted]
    return np.asarray(places[np.r_[True, places[1:] != places[:-1]][: len(places)]])


def _surest(*leaks: Leak | None) -> Leak | None:
    return min((leak for leak in leaks if leak is not None), key=lambda leak: _WAYS.index(leak.how), default=None)
