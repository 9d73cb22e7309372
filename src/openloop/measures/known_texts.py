"""The texts of an evaluation set, as runs of three words to look for in others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.measures.duplicates import hash_of, words_of
from openloop.measures.word_runs import Hashes, WordRuns, most_texts, own_words, word_runs

PROMPT, COMPLETION = 0, 1
NGRAM = 13
"""Words of a run that tells contamination; a completion of fewer equals others by chance and is not looked for."""
RAREST = 50
"""Runs of more texts than this find none of them."""


@dataclass(frozen=True, eq=False)
class KnownTexts:
    """The texts of an evaluation set, T of them with R runs in all; the texts themselves are not kept."""

    row: Codes
    """Shape [T]."""
    side: Codes
    """Shape [T]: 0 a prompt, 1 a completion."""
    words: Codes
    """Shape [T]: how many."""
    start: Codes
    """Shape [T + 1]: where the runs of a text begin."""
    exact: Hashes
    """Shape [U]: the runs, each once, sorted."""
    exact_at: Codes
    """Shape [R]: which of them each run is."""
    masked: Hashes
    """Shape [V]: the same with numbers masked."""
    masked_at: Codes
    common: Mask
    """Shape [V]: runs of a template of the evaluation set."""
    holders: Codes
    """The texts of every run that is rare, one run after the other."""
    holders_start: Codes
    """Shape [U + 1]: where those of a run begin."""
    whole: dict[int, int]
    """Hash of a whole prompt → text."""

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str]]) -> KnownTexts:
        """The texts of prompts and completions, of which either may be empty; one that repeats is taken once.

        Passed over are a prompt of more than a tenth of the rows (and of twenty), which is an instruction, a completion
        of fewer than thirteen words, and one that answers two different prompts: it tells nothing of either.
        """
        texts: dict[tuple[int, int], tuple[int, WordRuns]] = {}  # by side and hash, with the first row that has it
        repeats: Counter[int] = Counter()
        asked: dict[int, int] = {}
        general: set[int] = set()
        n = 0
        for n, pair in enumerate(rows, 1):
            words = prompt, completion = words_of(pair[PROMPT]), words_of(pair[COMPLETION])
            keys = hash_of(prompt), hash_of(completion)
            repeats[keys[PROMPT]] += 1
            if asked.setdefault(keys[COMPLETION], keys[PROMPT]) != keys[PROMPT]:
                general.add(keys[COMPLETION])
            for side, least in ((PROMPT, 1), (COMPLETION, NGRAM)):
                if len(words[side]) >= least and (side, keys[side]) not in texts:
                    texts[side, keys[side]] = n - 1, word_runs(words[side])
        constant = max(20, 0.1 * n)
        given = {
            (side, key): text
            for (side, key), text in texts.items()
            if (repeats[key] <= constant if side == PROMPT else key not in general)
        }
        runs = [found for _, found in given.values()]
        start = np.cumsum([0, *(len(found.exact) for found in runs)])
        exact, exact_at = _coded([found.exact for found in runs])
        masked, masked_at = _coded([found.masked for found in runs])
        sides = np.array([side for side, _ in given], dtype=np.int64)
        of_run = np.repeat(np.arange(len(runs)), np.diff(start))
        common = np.zeros(len(masked), dtype=bool)
        for side in (PROMPT, COMPLETION):
            mine = sides[of_run] == side
            n_texts = np.bincount(_pairs(masked_at[mine], of_run[mine])[0], minlength=len(masked))
            common |= n_texts > most_texts(int((sides == side).sum()))
        held, holders = _pairs(exact_at, of_run)
        n_texts = np.bincount(held, minlength=len(exact))
        rare = n_texts <= min(RAREST, most_texts(len(runs)))
        return cls(
            row=np.array([row for row, _ in given.values()], dtype=np.int64),
            side=sides,
            words=np.array([found.words for found in runs], dtype=np.int64),
            start=start,
            exact=exact,
            exact_at=exact_at,
            masked=masked,
            masked_at=masked_at,
            common=common,
            holders=holders[rare[held]],
            holders_start=np.cumsum(np.r_[0, np.where(rare, n_texts, 0)]),
            whole={key: text for text, (side, key) in enumerate(given) if side == PROMPT},
        )

    def runs_of(self, text: int) -> slice:
        """Which of the runs are those of a text."""
        return slice(self.start[text], self.start[text + 1])

    def holders_of(self, runs: Codes) -> Codes:
        """The texts of the runs [k] that are rare, one run after the other."""
        begin, end = self.holders_start[runs], self.holders_start[runs + 1]
        length = end - begin
        at = np.repeat(begin - np.cumsum(length) + length, length) + np.arange(length.sum())
        return np.asarray(self.holders[at])

    def own(self, text: int, common: Mask) -> Mask:
        """Words of a text that no template covers; ``common`` [V] says which runs are of one."""
        return own_words(common[self.masked_at[self.runs_of(text)]], int(self.words[text]))


def _coded(parts: list[Hashes]) -> tuple[Hashes, Codes]:
    values, at = np.unique(np.concatenate([*parts, np.zeros(0, dtype=np.uint64)]), return_inverse=True)
    return values, at.ravel().astype(np.int64)


def _pairs(runs: Codes, texts: Codes) -> tuple[Codes, Codes]:
    """Runs with the texts that have them, each pair once, sorted."""
    width = int(texts.max(initial=0)) + 1
    pairs = np.sort(runs * width + texts)  # np.unique would hash them first: slower, where most are different
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]][: len(pairs)]]
    return pairs // width, pairs % width
