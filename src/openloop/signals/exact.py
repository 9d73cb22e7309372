"""Exact: the completion equals the gold answer of its row."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.contracts import Kind, Scope
from openloop.records import Candidate, Content, Outcome, Probe, Verdict

_RIGHT, _WRONG = Verdict(1.0), Verdict(0.0)


@dataclass(frozen=True)
class Exact:
    """See :func:`exact`."""

    column: str
    normalise: bool
    version: ClassVar[str] = "1"
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
        row = {self.column: "12"}
        return (Probe("7 + 5 =", "12", True, row), Probe("7 + 5 =", "13", False, row),
                Probe("7 + 5 =", "", False, row))  # fmt: skip

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [self._one(candidate) for candidate in candidates]

    def _one(self, candidate: Candidate) -> Verdict:
        gold = candidate.row.get(self.column)
        if gold is None:
            return Verdict(None, Outcome.ERROR, "no_gold", detail=f"the row has no {self.column!r}")
        answer = last_text(candidate.completion)
        if not answer.strip():
            return Verdict(0.0, reason="no_answer")
        if answer == gold:
            return _RIGHT
        return _RIGHT if self.normalise and normal(answer) == normal(str(gold)) else _WRONG


def exact(column: str = "answer", *, normalise: bool = True) -> Exact:
    """1 when the completion equals ``row[column]``, 0 when not.

    Normalisation (both sides): Unicode NFKC, case folded, runs of white space as one space, none at the ends,
    one full stop at the end dropped. An empty completion is wrong (``no_answer``); a missing gold is an ERROR.
    """
    return Exact(column, normalise)


def normal(text: str) -> str:
    """The normal form of an answer; see :func:`exact`."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).removesuffix(".").rstrip()


def last_text(content: Content) -> str:
    """The text of a completion: itself, or what its last message says."""
    if isinstance(content, str):
        return content
    return content[-1]["content"] if content else ""
