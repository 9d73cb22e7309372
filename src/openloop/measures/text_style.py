"""How a text is written, in features that a sentence can name: "has a list", "longer", "hedges".

    style("Sure! Here are 2 ideas:\\n- one\\n- two")    # one number for each of MARKS and SIZES

A mark is there or not (1 or 0); a size is a number. A text repeats itself where a fifth of its runs of three words were
there before. Words of English stand behind three of the marks, which are 0 for
texts in other languages; the others need no language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from openloop.measures.surface import FEATURES, surface


@dataclass(frozen=True, slots=True)
class Size:
    """A number of a text."""

    name: str
    more: str
    less: str
    unit: str
    """What it is counted in; ``%`` for a share."""


MARKS = (
    "has a list",
    "has headings or bold text",
    "has code in backticks",
    "has digits",
    "has decimal numbers",
    "asks a question",
    "has an exclamation mark",
    "has more than one line",
    "has blank lines",
    "has quotation marks",
    "has parentheses",
    "has an em dash",
    "has a colon",
    "has an emoji",
    "has a link",
    "has LaTeX",
    "starts with { or [",
    "starts with a lower-case letter",
    "ends in punctuation",
    "repeats itself",
    "first person (I, my, we)",
    "addresses the reader (you, your)",
    "hedges (may, perhaps, however)",
    "mostly in Latin letters",
    "mostly in Cyrillic letters",
    "mostly in Chinese or Japanese characters",
    "mostly in Korean letters",
    "mostly in Arabic letters",
    "mostly in Devanagari letters",
    "mostly in another script",
    "empty",
)
SIZES = (
    Size("length", "longer", "shorter", "characters"),
    Size("length of sentences", "longer sentences", "shorter sentences", "words"),
    Size("length of words", "longer words", "shorter words", "characters"),
    Size("digits", "more digits", "fewer digits", "% of the characters"),
    Size("capital letters", "more capital letters", "fewer capital letters", "% of the characters"),
    Size("punctuation", "more punctuation", "less punctuation", "% of the characters"),
)
LONGEST_LOOK = 400
"""Words of a text that are looked at for repetition."""
REPEATS = 0.2
_SCRIPTS = (
    re.compile("[A-Za-z\u00aa-\u024f\u1e00-\u1eff]"),
    re.compile("[\u0400-\u052f]"),
    re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"),
    re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    re.compile("[\u0900-\u097f]"),
)
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_MATHS = re.compile(r"\\[(\[]|\\[a-zA-Z]{2,}\{|\$[^$\n]{1,200}\$")
_DECIMAL = re.compile(r"\d[.,]\d{1,2}(?!\d)")
_HEADING = re.compile(r"^#{1,6} +[^\W\d]|\*\*[^*\n]+\*\*", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`|```")
_I = frozenset(["i", "i'm", "i've", "i'd", "i'll", "me", "my", "we", "our", "us"])
_YOU = frozenset(["you", "your", "yours", "yourself", "you're", "you'll", "you'd", "you've"])
_HEDGES = frozenset(
    {"may", "might", "perhaps", "possibly", "probably", "likely", "however", "although", "generally", "typically"}
    | {"seems", "appears"}
)
_EDGES = "\"'“”‘’«»()[]{}<>.,;:!?*_`…"
_SENTENCE = re.compile(r"[.!?…]+(?=\s|$)|[。！？]+|(?<![.!?…。！？\n])\n+")
_NOT_ALNUM = bytes(sorted(set(range(128)) - set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")))
_HEAD = 2000
"""Characters by which the script is told."""


def style(text: str) -> tuple[float, ...]:
    """One number for each of :data:`MARKS`, then each of :data:`SIZES`; for a text of blanks all 0 but ``empty``."""
    text = text.strip()
    if not text:
        return tuple(float(mark == "empty") for mark in MARKS) + (0.0,) * len(SIZES)
    of = dict(zip(FEATURES, surface(text), strict=True))
    words = text.split()
    said = {word.strip(_EDGES).replace("’", "'").casefold() for word in set(words)}
    spelled = sum(map(len, words))
    sentences = len(_SENTENCE.findall(text)) + (of["ends in punctuation"] == 0)
    marks = (
        of["list items"] > 0,
        _HEADING.search(text) is not None,
        "`" in text and _CODE.search(text) is not None,
        of["digits"] > 0,
        of["digits"] > 0 and _DECIMAL.search(text) is not None,
        "?" in text or "？" in text,
        "!" in text or "！" in text,
        "\n" in text,
        "\n\n" in text,
        any(mark in text for mark in '"“«„「'),
        "(" in text or "（" in text,
        "—" in text,
        ":" in text or "：" in text,
        not text.isascii() and _EMOJI.search(text) is not None,
        "://" in text or "www." in text,
        ("\\" in text or "$" in text) and _MATHS.search(text) is not None,
        text[0] in "{[",
        text[0].islower(),
        of["ends in punctuation"] > 0,
        _repeats(words[:LONGEST_LOOK]),
        not said.isdisjoint(_I),
        not said.isdisjoint(_YOU),
        not said.isdisjoint(_HEDGES),
        *_script(text),
        False,
    )
    sizes = (
        float(len(text)),
        len(words) / sentences,
        spelled / len(words),
        100 * of["digits"],
        100 * of["capitals"],
        100 * (spelled - _letters_and_digits(text)) / len(text),
    )
    return (*map(float, marks), *sizes)


def _repeats(words: list[str]) -> bool:
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return len(runs) >= 10 and len(set(runs)) <= (1 - REPEATS) * len(runs)


def _letters_and_digits(text: str) -> int:
    return len(text.encode().translate(None, _NOT_ALNUM)) if text.isascii() else sum(map(str.isalnum, text))


def _script(text: str) -> list[bool]:
    """Which script most of the letters are of, the last one being any other; none where there are no letters."""
    head = text[:_HEAD]
    if head.isascii():
        return [any(map(str.isalpha, head)), *[False] * len(_SCRIPTS)]
    letters = sum(map(str.isalpha, head))
    share = [2 * len(script.findall(head)) > letters > 0 for script in _SCRIPTS]
    return [*share, letters > 0 and not any(share)]
