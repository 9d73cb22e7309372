"""Whether two texts are equal as mathematics, by math-verify. Runs in a process of its own, which imports this file."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from math_verify import parse, verify
from sympy import Integer

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
_MATHEMATICAL = re.compile(r"[0-9\\^_+*/=<>(){}\[\]-]")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,99}")
_WORD = re.compile(r"(?<!\\)\b[A-Za-z]{4,}\b")


def compare(golds: Sequence[str], said: str) -> tuple[str, int]:
    """``equal``, ``different``, ``no_answer`` or ``no_gold``, and which gold it was (from 1). The caller has the clock.

    Where no gold matches and one of them is not mathematics, nothing is known: ``no_gold``.
    """
    truths = [_truth(gold) for gold in golds]
    if not any(truths):
        return "no_gold", 1
    answer = parse(said, parsing_timeout=None)
    if not answer:
        return "no_answer", 0
    for number, truth in enumerate(truths, 1):
        if truth and verify(truth, answer, timeout_seconds=None):
            return "equal", number
    return ("different", 0) if all(truths) else ("no_gold", next(n for n, truth in enumerate(truths, 1) if not truth))


@lru_cache(maxsize=256)  # the samples of one prompt stand together and have one gold
def _truth(gold: str) -> list[Any]:
    """A gold as math-verify reads it, with dollar signs around it where it needs them; empty where it cannot.

    An integer is made as it makes them, without the text that sympy would look up all its names for: half the time of
    a row.
    """
    if _INTEGER.fullmatch(gold):
        return [Integer(int(gold)), gold]
    found = parse(gold, parsing_timeout=None)
    if not found and _MATHEMATICAL.search(gold) and not _WORD.search(gold):
        found = parse(f"${gold}$", parsing_timeout=None)
    return list(found)
