"""Which words texts have, begin with and end with, as features that a sentence can name.

    words = WordFeatures.of(texts)
    words.name(0)            # starts with "Sure"
    words.matrix([0])        # [N, 1] of 0 and 1

Case and punctuation around a word are left aside. Words with digits in them are not looked at, nor, inside a text,
words of up to three letters and single signs. Where a script has no blanks between words, pairs of neighbouring
characters are taken for words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values

STARTS, CONTAINS, ENDS = "starts with", "contains", "ends with"
OPENING, ENDING = (1, 2, 3), (2, 3)
"""How many words an opening or an ending has."""
GRAMMAR = 3
"""Small Latin letters of words such as "or" and "the", which are not looked for inside texts."""
_EDGES = "\"'“”‘’«»()[]{}<>.,;:!?*_`…。，、！？：；（）「」"
_UNBROKEN = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]{2,}")
_TAG = re.compile(r"<[^<>\s]{1,30}>")


@dataclass(frozen=True, eq=False)
class WordFeatures:
    """U features of N texts, as the features that each text has."""

    kind: tuple[str, ...]
    """Shape [U]."""
    word: tuple[str, ...]
    """Shape [U]: as it is most often written."""
    start: Codes
    """Shape [N + 1]: where the features of a text begin."""
    held: Codes
    """The features of each text, each once, one text after the other."""

    @classmethod
    def of(cls, texts: Sequence[str]) -> WordFeatures:
        """Those of some texts."""
        forms: dict[tuple[str, str], int] = {}
        seen = [[forms.setdefault(form, len(forms)) for form in _forms(text)] for text in texts]
        row = np.repeat(np.arange(len(texts)), [len(found) for found in seen])
        form = np.array([number for found in seen for number in found], dtype=np.int64)
        worded = np.array([_tells(kind, word) for kind, word in forms], dtype=bool)
        row, form = row[worded[form]], form[worded[form]]
        # Forms that differ in case and punctuation only are one feature, named by the commonest of them.
        folded: dict[tuple[str, str], int] = {}
        feature = np.array(
            [folded.setdefault(_fold(*f), len(folded)) if w else -1 for f, w in zip(forms, worded, strict=True)],
            dtype=np.int64,
        )
        often: dict[tuple[int, str], int] = {}
        for (_, word), of, count in zip(forms, feature.tolist(), np.bincount(form, minlength=len(forms)), strict=True):
            often[of, _bare(word)] = often.get((of, _bare(word)), 0) + int(count)
        name: dict[int, tuple[int, str, str]] = {}
        for (of, bare), count in often.items():
            name[of] = min(name.get(of, (1, "", "")), (-count, bare.swapcase(), bare))
        pairs = np.unique(row * max(1, len(folded)) + feature[form]) if len(form) else form
        row, held = pairs // max(1, len(folded)), pairs % max(1, len(folded))
        return cls(
            tuple(kind for kind, _ in folded),
            tuple(name[of][2] for of in range(len(folded))),
            np.searchsorted(row, np.arange(len(texts) + 1)),
            held,
        )

    def name(self, feature: int) -> str:
        """``starts with "Sure"``."""
        return f'{self.kind[feature]} "{self.word[feature]}"'

    def counts(self, rows: Mask) -> Values:
        """Shape [U]: how many of some rows have each feature."""
        chosen = np.repeat(rows, np.diff(self.start))
        return np.bincount(self.held[chosen], minlength=len(self.kind)).astype(np.float64)

    def matrix(self, features: Sequence[int] | Codes) -> NDArray[np.float32]:
        """Shape [N, M]: 1 where a text has the feature."""
        column = np.full(len(self.kind), -1, dtype=np.int64)
        column[np.asarray(features, dtype=np.int64)] = np.arange(len(features))
        at = column[self.held]
        row = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        found = np.zeros((len(self.start) - 1, len(features)), dtype=np.float32)
        found[row[at >= 0], at[at >= 0]] = 1
        return found

    def ordered(self, value: Values, most: int) -> Codes:
        """The features [≤ most] of the highest positive value [U]; ties by name."""
        some = np.flatnonzero(value > 0)
        if len(some) > 4 * most:  # not all of a million names are compared
            some = some[value[some] >= np.partition(value[some], -2 * most)[-2 * most]]
        return np.array(sorted(some.tolist(), key=lambda u: (-value[u], self.name(u)))[:most], dtype=np.int64)


def _forms(text: str) -> set[tuple[str, str]]:
    """Openings, endings and words of a text as they are written."""
    words = text.split()
    openings = [" ".join(words[:size]) for size in OPENING if len(words) >= size]
    endings = [" ".join(words[-size:]) for size in ENDING if len(words) > size]
    if not text.isascii():
        first, last = words[:1], words[-1:]
        openings = [first[0][:2], first[0][:4]] if first and _UNBROKEN.match(first[0]) else openings
        endings = [_bare(last[0])[-4:]] if last and _UNBROKEN.match(_bare(last[0])[-4:]) else endings
        words = [part for word in words for part in _parted(word)]
    found = {(CONTAINS, word) for word in words} | {(STARTS, words) for words in openings}
    found |= {(ENDS, words) for words in endings}
    if "<" in text:
        found |= {(CONTAINS, tag) for tag in _TAG.findall(text)}
    return found


def _tells(kind: str, word: str) -> bool:
    """Whether a word would tell a reader anything."""
    if any(map(str.isdigit, word)):
        return False
    bare = _bare(word)
    if kind != CONTAINS:
        return True
    sign = len(bare) == 1 and not bare.isalpha()
    return not sign and (len(bare) > GRAMMAR or not (bare.isascii() and bare.isalpha() and bare.islower()))


def _parted(word: str) -> Iterator[str]:
    """A word; of one in a script without blanks, its pairs of characters."""
    at = 0
    for run in _UNBROKEN.finditer(word):
        if run.start() > at:
            yield word[at : run.start()]
        yield from (word[i : i + 2] for i in range(run.start(), run.end() - 1))
        at = run.end()
    if at < len(word):
        yield word[at:]


def _bare(word: str) -> str:
    return word if _TAG.fullmatch(word) else word.strip(_EDGES) or word


def _fold(kind: str, word: str) -> tuple[str, str]:
    return kind, " ".join(map(_bare, word.split(" "))).casefold()
