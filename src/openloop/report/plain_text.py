"""Texts of other people's rows as a terminal may show them: on one line, cut, and without control characters."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def one_line(text: str, most: int) -> str:
    """At most so many characters; what is left out is an ellipsis, line breaks are ⏎."""
    line = " ".join(text.strip().replace("\r\n", "\n").replace("\n", " ⏎ ").replace("\t", " ").split(" "))
    line = _CONTROL.sub("�", re.sub(" {2,}", " ", line))
    return line if len(line) <= most else f"{line[: most - 1]}…"
