"""Whether a text loops: says the same thing again and again without a pause, as a model that is stuck does.

A loop is one piece of text several times in a row: a word, a phrase, a line, or a phrase that only counts on ("1. the
cat 2. the cat 3. the cat"). It may stand anywhere, and its last turn may be cut. What a text repeats with something
else between (a refrain, a term of the law) is no loop, nor are numbers (a table, a sum), nor laughter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

WORDS = 4
"""Turns from which on one word in a row is a loop."""
TURNS = 3
"""Turns from which on a longer phrase in a row is one."""
MORE = 3
"""So many times as many turns are a loop where others repeat too: laughter, letters (the notes of a tune)."""
SHORT = 4
"""Characters, where words are not set apart by blanks, below which a phrase counts as a short one."""
LONGEST = 400
"""Words of the longest phrase that is looked for."""
RUN_ON = 40
"""Letters from which on a word that is one piece over and over ("hahaha...") is a loop."""
_OFTEN = re.compile(r"(?:ha|he|ho|la|na)+h?|hey|oh|no|yes|yeah|go|blah|beep|tick|tock|boom|bang|woof|meow|knock")
"""Words that people say again and again."""
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|[^\W_]+(?:['’.,:-][^\W_]+)*|[|\t]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_NUMBER = re.compile(r"#?\d+(?:[.,:]\d+)*\.?")
_RUN_ON = re.compile(rf"\b(?=\w{{{RUN_ON}}})([^\W\d_]{{1,12}}?)\1{{7,}}")


def loop(text: str, words: int = WORDS, turns: int = TURNS) -> str:
    """What loops: ``word``, ``phrase`` or ``counting phrase``; empty where nothing does.

    ``words``: how often one word stands in a row; ``turns``: how often a phrase of three words or more does (one of two
    words has to come once more).
    """
    if _RUN_ON.search(text):
        return "word"
    tokens = [f"|{i}" if token in "|\t" else token for i, token in enumerate(_TOKEN.findall(text.casefold()))]
    if _repeats_a_word(tokens, words):
        return "word"
    masked = ["#" if _NUMBER.fullmatch(token) else token for token in tokens]
    for period in _periods(masked):
        if any(_is_phrase(tokens[start : start + period], n, turns) for start, n in _turns(tokens, period)):
            return "phrase"
        for start, n in _turns(masked, period):
            if _counts_on(tokens[start : start + n * period], masked[start : start + period], n, turns):
                return "counting phrase"
    return ""


def _repeats_a_word(tokens: Sequence[str], words: int) -> bool:
    return any(
        n >= words * (MORE if _OFTEN.fullmatch(tokens[start]) or len(tokens[start]) < 2 else 1)
        and not _NUMBER.fullmatch(tokens[start])
        for start, n in _turns(tokens, 1)
    )


def _periods(tokens: Sequence[str]) -> list[int]:
    """Lengths of phrases that may loop: how far apart the same two words stand."""
    last: dict[tuple[str, str], int] = {}
    found = set()
    for place, pair in enumerate(pairwise(tokens)):
        if pair in last:
            found.add(place - last[pair])
        last[pair] = place
    return sorted(period for period in found if 2 <= period <= LONGEST)


def _turns(tokens: Sequence[str], period: int) -> Iterator[tuple[int, int]]:
    """Where a phrase of ``period`` tokens comes in a row, and how often: whole turns, two or more."""
    same = 0
    for place in range(period, len(tokens) + 1):
        if place < len(tokens) and tokens[place] == tokens[place - period]:
            same += 1
            continue
        if same >= period:
            yield place - same - period, same // period + 1
        same = 0


def _is_phrase(phrase: Sequence[str], n: int, turns: int) -> bool:
    """Whether a phrase that comes ``n`` times in a row is a loop."""
    said = [token for token in phrase if not _NUMBER.fullmatch(token)]
    if not said:
        return False
    if all(map(_WIDE.match, said)):
        return n >= (turns if len(said) >= SHORT else MORE * turns)
    often = all(map(_OFTEN.fullmatch, said))
    return n >= turns * (MORE if often else 1) + (len(phrase) < 3)


def _counts_on(tokens: Sequence[str], masked: Sequence[str], n: int, turns: int) -> bool:
    """Whether ``n`` turns of a phrase differ in one number only, which counts: the words say nothing new."""
    period = len(masked)
    said = sum(token != "#" for token in masked)
    if said < 2 or n < turns + (said < 3):
        return False
    columns = [tokens[place::period] for place in range(period)]
    moving = [column for column in columns if len(set(column)) > 1]
    if len(moving) != 1:
        return False
    counted = [float(re.sub(r"[#,:]", "", number).rstrip(".") or 0) for number in moving[0]]
    return {b - a for a, b in pairwise(counted)} in ({1.0}, {-1.0})
