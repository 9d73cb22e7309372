"""Math: the completion's answer is mathematically the gold answer of its row, by math-verify."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.contracts import Kind, Scope
from openloop.errors import InputError, require_installed
from openloop.records import Candidate, Outcome, Probe, Verdict
from openloop.signals.exact import gold_of, last_text
from openloop.signals.killable import Killable

LONGEST = 20_000
"""Characters of a completion that are looked at, from its end: an answer stands there."""
_MATHEMATICAL = re.compile(r"[0-9\\^_+*/=<>(){}\[\]-]")
_WORD = re.compile(r"(?<!\\)\b[A-Za-z]{4,}\b")


@dataclass(frozen=True)
class Math:
    """See :func:`math`."""

    column: str
    after: str
    seconds: float
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "math"
    kind: ClassVar[Kind] = "hard"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    accept_at: ClassVar[float] = 1.0
    scope: ClassVar[Scope] = "candidate"

    @cached_property
    def depends_on(self) -> frozenset[str]:
        return frozenset({f"row.{self.column}"})

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        row = {self.column: "1/2"}
        return (
            Probe("1 - 1/2 =", "It is $\\boxed{0.5}$.", True, row),
            Probe("1 - 1/2 =", "It is 2.", False, row),
            Probe("1 - 1/2 =", "I do not know.", False, row),
        )

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """In a process of its own, row by row."""
        golds = [gold_of(candidate.row, self.column) for candidate in candidates]
        asked = [
            (
                gold.rpartition(self.after)[2] if self.after else gold,
                last_text(candidate.completion)[-LONGEST:],
            )
            for gold, candidate in zip(golds, candidates, strict=True)
            if isinstance(gold, str)
        ]
        work = Killable("openloop.signals.math:compare", self.seconds)
        try:
            found = iter([self._verdict(*answer) for answer in work.run(asked)])
        finally:
            work.close()
        return [next(found) if isinstance(gold, str) else gold for gold in golds]

    def _verdict(self, what: str, result: object) -> Verdict:
        if what == "late":
            return Verdict(None, Outcome.TIMEOUT, "time", detail=f"more than {self.seconds:g} s")
        if what == "failed":
            return Verdict(None, Outcome.ERROR, "failed", detail=str(result))
        if result == "no_gold":
            return Verdict(None, Outcome.ERROR, "gold_unparsable")
        return Verdict(1.0 if result == "equal" else 0.0, reason="no_answer" if result == "no_answer" else "")


def compare(gold: str, said: str) -> str:
    """``equal``, ``different``, ``no_answer`` or ``no_gold``. Runs where a clock may stop it."""
    from math_verify import parse, verify

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    truth = parse(gold, parsing_timeout=None)
    if not truth and _MATHEMATICAL.search(gold) and not _WORD.search(gold):
        truth = parse(f"${gold}$", parsing_timeout=None)
    if not truth:
        return "no_gold"
    answer = parse(said, parsing_timeout=None)
    if not answer:
        return "no_answer"
    return "equal" if verify(truth, answer, timeout_seconds=None) else "different"


def math(column: str = "answer", *, after: str = "", seconds: float = 5.0) -> Math:
    """1 when the last mathematical expression of the completion equals ``row[column]``, 0 when not (math-verify).

    ``$1/2$``, ``0.5`` and a boxed ``\\frac12`` are equal; 0.333333 equals 1/3, 0.333 does not. ``after``: of the gold,
    only what follows it (``####``). A gold that is no mathematics is an ERROR (``gold_unparsable``), never a pass; what
    takes longer than ``seconds`` a TIMEOUT. Raises InputError where math-verify is not installed.
    """
    require_installed("math:", "math-verify", "verify")
    if seconds <= 0:
        raise InputError(f"math: seconds must be above 0, got {seconds}.")
    return Math(column, after, seconds)
