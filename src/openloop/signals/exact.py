"""Exact: the completion equals the gold answer of its row."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.contracts import Kind, Scope
from openloop.records import Candidate, Content, Outcome, Probe, Row, Verdict

_RIGHT, _WRONG = Verdict(1.0), Verdict(0.0)


@dataclass(frozen=True)
class Exact:
    """See :func:`exact`."""

    column: str
    normalise: bool
    after: str
    version: ClassVar[str] = "2"
    name: ClassVar[str] = "exact"
    kind: ClassVar[Kind] = "hard"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    accept_at: ClassVar[float] = 1.0
    scope: ClassVar[Scope] = "candidate"

    @cached_property
    def depends_on(self) -> frozenset[str]:
        return frozenset({f"row.{self.column}"})

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        row, said = {self.column: "12"}, f"7 and 5.\n{self.after} " if self.after else ""
        return (
            Probe("7 + 5 =", f"{said}12", True, row),
            Probe("7 + 5 =", f"{said}13", False, row),
            Probe("7 + 5 =", "", False, row),
        )

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [self._one(candidate) for candidate in candidates]

    def _one(self, candidate: Candidate) -> Verdict:
        gold = gold_of(candidate.row, self.column)
        if isinstance(gold, Verdict):
            return gold
        answer = last_text(candidate.completion)
        if self.after:
            answer = after_mark(answer, self.after)
            gold = gold.rpartition(self.after)[2]
        if not answer.strip():
            return Verdict(0.0, reason="no_answer")
        if answer == gold:
            return _RIGHT
        return _RIGHT if self.normalise and normal(answer) == normal(gold) else _WRONG


def exact(column: str = "answer", *, normalise: bool = True, after: str = "") -> Exact:
    """1 when the completion equals ``row[column]``, 0 when not.

    With ``after`` only what follows the last ``after`` counts (``####``, ``Answer:``), in the gold too where it holds
    one; a completion without it has no answer.

    Normalisation (both sides): Unicode NFKC, case folded, runs of white space as one space, none at the ends,
    one full stop at the end dropped. Signs, units and thousands separators stay; a gold that is a number is
    compared as Python writes it: 4 as ``4``, 4.0 as ``4.0``. Of chat messages, what the assistant says last
    counts. An empty completion is wrong (``no_answer``). A gold that is missing, blank or NaN is an ERROR
    (``no_gold``), and so is one that is no single value (``gold_not_text``).
    """
    return Exact(column, normalise, after)


def gold_of(row: Row, column: str) -> str | Verdict:
    """The gold of a row as text, or the ERROR of a row that has none to compare with."""
    gold: Any = row.get(column)
    if isinstance(gold, str):
        if gold and not gold.isspace():
            return gold
    elif isinstance(gold, Mapping | list | tuple | set | bytes):
        return Verdict(None, Outcome.ERROR, "gold_not_text", detail=f"{column!r} is a {type(gold).__name__}")
    elif gold is not None and not (isinstance(gold, float) and math.isnan(gold)):
        return str(gold)
    return Verdict(None, Outcome.ERROR, "no_gold", detail=f"the row has no {column!r}")


def after_mark(text: str, mark: str) -> str:
    """What follows the last ``mark``; empty where there is none."""
    _, found, rest = text.rpartition(mark)
    return rest if found else ""


def normal(text: str) -> str:
    """The normal form of an answer; see :func:`exact`."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).removesuffix(".").rstrip()


def last_text(content: Content) -> str:
    """The text of a completion: itself, or what the assistant says last."""
    if isinstance(content, str):
        return content
    return next((turn["content"] or "" for turn in reversed(content) if turn["role"] == "assistant"), "")
