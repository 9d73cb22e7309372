"""Texts of other people's rows as a terminal may show them: without control characters, on one line, cut."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Text of a file without control characters, which could steer a terminal, and without halves of characters."""
    return _CONTROL.sub("�", text)


def flat(text: str, longest: int = 10_000) -> str:
    """The same on one line: blanks and line breaks collapsed, and no longer than it can be shown."""
    return plain(" ".join(text[:longest].split()))


def one_line(text: str, most: int) -> str:
    """At most so many characters; what is left out is an ellipsis, line breaks are ⏎."""
    line = text.strip().replace("\r\n", "\n").replace("\n", " ⏎ ").replace("\t", " ")
    line = plain(re.sub(" {2,}", " ", line))
    return line if len(line) <= most else f"{line[: most - 1]}…"
