"""Math: the completion's answer is mathematically the gold answer of its row, by math-verify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.data.answers import last_text
from openloop.errors import require_installed
from openloop.records import Candidate, Probe, Verdict
from openloop.scoring import score_rows
from openloop.signals.base import Declaration, Declared, row_columns
from openloop.signals.gold import gold_of
from openloop.time_limits import CallFailed, OwnProcess, TimeLimitExceeded, require_seconds
from openloop.verdicts import error, timed_out

LONGEST = 20_000
"""Characters of a completion that are looked at, from its end: an answer stands there."""
_VERDICTS = {
    "equal": Verdict(1.0),
    "different": Verdict(0.0),
    "no_answer": Verdict(0.0, reason="no_answer"),
    "no_gold": error("gold_unparsable"),
}


@dataclass(frozen=True)
class Math(Declared):
    """See :func:`math`."""

    column: str
    after: str
    seconds: float | None
    version: ClassVar[str] = "1"

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
        with OwnProcess("openloop.signals.math_equality:compare", self.seconds) as process:
            return score_rows(candidates, lambda candidate: self._row(candidate, process))

    def _row(self, candidate: Candidate, process: OwnProcess) -> Verdict:
        gold = gold_of(candidate.row, self.column)
        if isinstance(gold, Verdict):
            return gold
        gold = gold.rpartition(self.after)[2] if self.after else gold
        try:
            return _VERDICTS[process.call(gold, last_text(candidate.completion)[-LONGEST:])]
        except TimeLimitExceeded:
            return timed_out(self.seconds)
        except CallFailed as failure:
            return error("failed", str(failure))


def math(column: str = "answer", *, after: str = "", seconds: float | None = 5.0) -> Math:
    """1 when the last mathematical expression of the completion equals ``row[column]``, 0 when not (math-verify).

    ``$1/2$``, ``0.5`` and a boxed ``\\frac12`` are equal; 0.333333 equals 1/3, 0.333 does not. ``after``: of the gold,
    only what follows it (``####``). A gold that is not mathematics is an ERROR (``gold_unparsable``), never a pass; a
    row that takes longer than ``seconds`` is a TIMEOUT. Raises InputError where math-verify is not installed.
    """
    require_installed("math:", "math-verify", "verify")
    return Math(column, after, require_seconds(seconds, "math"))
