"""Reasoning apart from the answer."""

from __future__ import annotations

import re

_THINK = re.compile(r"^\s*<think>(.*?)</think>\s*", re.DOTALL)


def split_reasoning(text: str) -> tuple[str, str | None]:
    """The answer, and the reasoning of a leading ``<think>`` block (None without one)."""
    found = _THINK.match(text)
    return (text[found.end() :], found[1].strip()) if found else (text, None)
