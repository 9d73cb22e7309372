"""The surface of a text as numbers: what a verifier might look at instead of what is said.

    surface("- one\\n- two")    # one number for each of FEATURES
    opening(text), skeleton(text)

Linear in the length of the text; nothing of it is kept.
"""

from __future__ import annotations

import re

FEATURES = (
    "characters",
    "words",
    "lines",
    "list items",
    "markdown",
    "digits",
    "capitals",
    "distinct words",
    "ends in punctuation",
)
"""Counts, except digits and capitals (share of the characters), distinct words (share of the words) and the last
(0 or 1). ``markdown`` counts headings, bold spans, code spans and code fences."""
COUNTS = 5
"""The first so many features are counts, best compared on a logarithmic scale."""
_ITEM = re.compile(r"^[ \t]*(?:[-*•+]|\d{1,3}[.)])[ \t]", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_DIGITS = re.compile(r"\d+")
_ASCII_DIGITS, _ASCII_CAPITALS = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OPENING_WORDS = 4


def surface(text: str) -> tuple[float, ...]:
    """One number for each of :data:`FEATURES`; all 0 for an empty text."""
    n = len(text)
    if not n:
        return (0.0,) * len(FEATURES)
    words = text.split()
    ticks = text.count("`")
    marks = len(_HEADING.findall(text)) if "#" in text else 0
    digits, capitals = _digits_and_capitals(text)
    return (
        float(n),
        float(len(words)),
        text.count("\n") + 1.0,
        float(len(_ITEM.findall(text))),
        marks + text.count("**") // 2 + ticks // 2,
        digits / n,
        capitals / n,
        len(set(words)) / len(words) if words else 0.0,
        float(text.rstrip()[-1:] in (".", "!", "?", "…", "。")),
    )


def opening(text: str) -> str:
    """The first four words, case folded, numbers masked: equal for texts that begin alike."""
    return _masked(" ".join(text.lstrip()[:400].split()[:_OPENING_WORDS]))


def skeleton(text: str) -> str:
    """The whole text, case folded, blanks collapsed: equal for texts that say the same.

    Numbers stay: "The answer is 7." and "The answer is 12." are two answers, not one text.
    """
    return " ".join(text.casefold().split())


def _masked(text: str) -> str:
    return _DIGITS.sub("0", text.casefold())


def _digits_and_capitals(text: str) -> tuple[int, int]:
    """How many characters are digits, and how many are capital letters of any script."""
    if not text.isascii():
        return sum(map(str.isdecimal, text)), sum(map(str.isupper, text))
    raw, n = text.encode("ascii"), len(text)
    return n - len(raw.translate(None, _ASCII_DIGITS)), n - len(raw.translate(None, _ASCII_CAPITALS))
