"""Whether two texts are equal as mathematics, by math-verify. Runs in a process of its own, which imports this file."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any

from math_verify import parse, verify

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
_MATHEMATICAL = re.compile(r"[0-9\\^_+*/=<>(){}\[\]-]")
_WORD = re.compile(r"(?<!\\)\b[A-Za-z]{4,}\b")


def compare(gold: str, said: str) -> str:
    """``equal``, ``different``, ``no_answer`` or ``no_gold``. The caller has the clock."""
    truth = _truth(gold)
    if not truth:
        return "no_gold"
    answer = parse(said, parsing_timeout=None)
    if not answer:
        return "no_answer"
    return "equal" if verify(truth, answer, timeout_seconds=None) else "different"


@lru_cache(maxsize=256)  # the samples of one prompt stand together and have one gold
def _truth(gold: str) -> list[Any]:
    """A gold as math-verify reads it, with dollar signs around it where it needs them; empty where it cannot."""
    truth = parse(gold, parsing_timeout=None)
    if not truth and _MATHEMATICAL.search(gold) and not _WORD.search(gold):
        truth = parse(f"${gold}$", parsing_timeout=None)
    return list(truth)
