"""How a text is written, in features that a sentence can name: "has a list", "longer", "hedges".

    style("Sure! Here are 2 ideas:\\n- one\\n- two")    # one number for each of MARKS and SIZES

A mark is there or not (1 or 0); a size is a number. Words of English stand behind three of the marks, which are 0 for
texts in other languages; the others need no language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from openloop.measures.surface import FEATURES, surface


@dataclass(frozen=True, slots=True)
class Mark:
    """What a text has or has not."""

    there: str
    """What to say where more of ours have it."""
    absent: str
    """What to say where fewer have."""


@dataclass(frozen=True, slots=True)
class Size:
    """A number of a text."""

    more: str
    less: str
    unit: str
    """What it counts; ``%`` for a share."""


MARKS = (
    Mark("has a list", "no list"),
    Mark("has headings or bold text", "no headings or bold text"),
    Mark("has code in backticks", "no code in backticks"),
    Mark("has digits", "no digits"),
    Mark("asks a question", "no question mark"),
    Mark("has an exclamation mark", "no exclamation mark"),
    Mark("has more than one line", "one line only"),
    Mark("has blank lines", "no blank lines"),
    Mark("has quotation marks", "no quotation marks"),
    Mark("has parentheses", "no parentheses"),
    Mark("has an em dash", "no em dash"),
    Mark("has a colon", "no colon"),
    Mark("has an emoji", "no emoji"),
    Mark("has a link", "no link"),
    Mark("has LaTeX", "no LaTeX"),
    Mark("starts with { or [", "does not start with { or ["),
    Mark("starts with a lower-case letter", "does not start with a lower-case letter"),
    Mark("ends in punctuation", "ends without punctuation"),
    Mark("repeats itself (a fifth of its runs of three words)", "does not repeat itself"),
    Mark("first person (I, my, we)", "no first person (I, my, we)"),
    Mark("addresses the reader (you, your)", "does not address the reader (you, your)"),
    Mark("hedges (may, perhaps, however)", "does not hedge (may, perhaps, however)"),
    Mark("mostly in Latin letters", "not mostly in Latin letters"),
    Mark("mostly in Cyrillic letters", "not mostly in Cyrillic letters"),
    Mark("mostly in Chinese or Japanese characters", "not mostly in Chinese or Japanese characters"),
    Mark("mostly in Korean letters", "not mostly in Korean letters"),
    Mark("mostly in Arabic letters", "not mostly in Arabic letters"),
    Mark("mostly in Devanagari letters", "not mostly in Devanagari letters"),
    Mark("mostly in another script", "not mostly in another script"),
    Mark("empty", "not empty"),
)
SIZES = (
    Size("longer", "shorter", "characters"),
    Size("longer sentences", "shorter sentences", "words"),
    Size("longer words", "shorter words", "characters"),
    Size("more digits", "fewer digits", "% of the characters"),
    Size("more capital letters", "fewer capital letters", "% of the characters"),
    Size("more punctuation", "less punctuation", "% of the characters"),
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
_LETTER = re.compile(r"[^\W\d_]")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_MATHS = re.compile(r"\\[(\[]|\\[a-zA-Z]{2,}\{|\$[^$\n]{1,200}\$")
_HEADING = re.compile(r"^#{1,6} |\*\*[^*\n]+\*\*", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`|```")
_FIRST_PERSON = re.compile(r"\b(?:I|I['’](?:m|ve|d|ll)|[Mm]e|[Mm]y|[Ww]e|[Oo]ur|[Uu]s)\b")
_READER = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:may|might|perhaps|possibly|probably|likely|however|although|generally|typically|it seems|appears to|"
    r"it is important to note|it['’]s important to note)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?。！？…]+(?:\s|$)|[。！？]|\n+")
_PUNCTUATION = re.compile(r"[^\w\s]")


def style(text: str) -> tuple[float, ...]:
    """One number for each of :data:`MARKS`, then each of :data:`SIZES`; for a text of blanks all 0 but ``empty``."""
    text = text.strip()
    if not text:
        return tuple(float(mark.there == "empty") for mark in MARKS) + (0.0,) * len(SIZES)
    of = dict(zip(FEATURES, surface(text), strict=True))
    words = text.split()
    sentences = sum(1 for part in _SENTENCE.split(text) if part and part.strip()) or 1
    marks = (
        of["list items"] > 0,
        _HEADING.search(text) is not None,
        "`" in text and _CODE.search(text) is not None,
        of["digits"] > 0,
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
        _FIRST_PERSON.search(text) is not None,
        _READER.search(text) is not None,
        _HEDGE.search(text) is not None,
        *_script(text),
        False,
    )
    sizes = (
        float(len(text)),
        len(words) / sentences,
        sum(map(len, words)) / len(words),
        100 * of["digits"],
        100 * of["capitals"],
        100 * len(_PUNCTUATION.findall(text)) / len(text),
    )
    return (*map(float, marks), *sizes)


def _repeats(words: list[str]) -> bool:
    runs = list(zip(words, words[1:], words[2:], strict=False))
    return len(runs) >= 10 and len(set(runs)) <= (1 - REPEATS) * len(runs)


def _script(text: str) -> list[bool]:
    """Which script most of the letters are of, the last one being any other; none where there are no letters."""
    letters = len(_LETTER.findall(text[:2000]))
    if not letters:
        return [False] * (len(_SCRIPTS) + 1)
    if text.isascii():
        return [True, *[False] * len(_SCRIPTS)]
    share = [2 * len(script.findall(text[:2000])) > letters for script in _SCRIPTS]
    return [*share, not any(share)]
