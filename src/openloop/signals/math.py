"""Math: the completion's answer is mathematically the gold answer of its row, by math-verify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.data.answers import last_text
from openloop.errors import require_installed
from openloop.records import Candidate, Probe, Verdict
from openloop.signals.base import Declaration, Declared, row_columns
from openloop.signals.gold import golds_of, matched
from openloop.time_limits import CallFailed, OwnProcess, TimeLimitExceeded, require_seconds
from openloop.verdicts import error, timed_out

LONGEST = 20_000
"""Characters of a completion that are looked at, from its end: an answer stands there."""
_VERDICTS = {
    "different": Verdict(0.0),
    "no_answer": Verdict(0.0, reason="no_answer"),
}


@dataclass(frozen=True)
class Math(Declared):
    """See :func:`math`."""

    column: str
    after: str
    seconds: float | None
    version: ClassVar[str] = "2"

    @cached_property
    def declared(self) -> Declaration:
        row = {self.column: "1/2"}
        probes = (
            Probe("1 - 1/2 =", "It is $\\boxed{0.5}$.", True, row),
            Probe("1 - 1/2 =", "It is 2.", False, row),
            Probe("1 - 1/2 =", "I do not know.", False, row),
        )
        return Declaration("math", row_columns(self.column), probes=probes)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        """In a process of its own, row by row: math-verify may hang where no alarm is heard."""
        golds = [self._golds(candidate) for candidate in candidates]
        asked = (
            (accepted, last_text(candidate.completion)[-LONGEST:])
            for candidate, accepted in zip(candidates, golds, strict=True)
            if not isinstance(accepted, Verdict)
        )
        with OwnProcess("openloop.signals.math_equality:compare", self.seconds) as process:
            found = process.calls(asked)
            return [
                accepted if isinstance(accepted, Verdict) else self._verdict(accepted, next(found))
                for accepted in golds
            ]

    def _golds(self, candidate: Candidate) -> list[str] | Verdict:
        golds = golds_of(candidate.row, self.column)
        if isinstance(golds, Verdict):
            return golds
        return [gold.rpartition(self.after)[2] if self.after else gold for gold in golds]

    def _verdict(self, golds: list[str], found: Any) -> Verdict:
        if isinstance(found, TimeLimitExceeded):
            return timed_out(self.seconds)
        if isinstance(found, CallFailed):
            return error("failed", str(found))
        outcome, number = found
        if outcome == "equal":
            return Verdict(1.0, reason=matched(golds, number) if len(golds) > 1 else "")
        if outcome == "no_gold":
            return error("gold_unparsable", f"no mathematics in {golds[number - 1]!r:.60}")
        return _VERDICTS[outcome]


def math(column: str = "answer", *, after: str = "", seconds: float | None = 5.0) -> Math:
    """1 when the last mathematical expression of the completion equals ``row[column]``, 0 when not (math-verify).

    Of a list of accepted answers any may match, and the reason says which.

    ``$1/2$``, ``0.5`` and a boxed ``\\frac12`` are equal; 0.333333 equals 1/3, 0.333 does not. ``after``: of the gold,
    only what follows it (``####``). A gold that is not mathematics is an ERROR (``gold_unparsable``), never a pass, and
    so is a list with such an entry that no other one matches; a row that takes longer than ``seconds`` is a TIMEOUT.
    Raises InputError where math-verify is not installed.
    """
    require_installed("math:", "math-verify", "verify")
    return Math(column, after, require_seconds(seconds, "math"))
