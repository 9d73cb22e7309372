"""Reference: how much of a reference text the completion shares (ROUGE)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.contracts import Kind, Scope
from openloop.errors import InputError, nearest, require_installed
from openloop.records import Candidate, Probe, Verdict
from openloop.signals.checking import within
from openloop.signals.exact import gold_of, last_text

SECONDS = 30.0
"""What one row may take."""
METRICS = {
    "rouge1": "shared words",
    "rouge2": "shared pairs of words",
    "rougeL": "longest common subsequence of words",
}


@dataclass(frozen=True)
class Reference:
    """See :func:`reference`."""

    column: str
    metric: str
    accept_at: float | None
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "reference"
    kind: ClassVar[Kind] = "reference"
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    scope: ClassVar[Scope] = "candidate"

    @cached_property
    def depends_on(self) -> frozenset[str]:
        return frozenset({f"row.{self.column}"})

    @cached_property
    def probes(self) -> tuple[Probe, ...]:
        row = {self.column: "the old bridge was closed on monday"}
        return (
            Probe("q", "the old bridge was closed on monday", True, row),
            Probe("q", "nothing else", False, row),
        )

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        scorer = self._scorer()
        # Its longest common subsequence takes as many steps as one text has words times those of the other.
        return [within(SECONDS, lambda c=candidate: self._one(c, scorer)) for candidate in candidates]  # type: ignore[misc]

    def _one(self, candidate: Candidate, scorer: Any) -> Verdict:
        gold = gold_of(candidate.row, self.column)
        if isinstance(gold, Verdict):
            return gold
        found = scorer.score(gold, last_text(candidate.completion))[self.metric]
        parts = {"precision": float(found.precision), "recall": float(found.recall)}
        return Verdict(float(found.fmeasure), parts=parts)

    def _scorer(self) -> Any:
        from rouge_score.rouge_scorer import RougeScorer

        return RougeScorer([self.metric], use_stemmer=True)


def reference(column: str = "reference", *, metric: str = "rougeL", accept_at: float | None = 0.3) -> Reference:
    """ROUGE F-measure of the completion against ``row[column]`` (rouge-score, with stemming).

    Precision and recall are parts. It rewards saying what the reference says in its words, and nothing else. Raises
    InputError where rouge-score is not installed.
    """
    require_installed("reference:", "rouge-score", "verify")
    if metric not in METRICS:
        raise InputError(f"reference: no metric {metric!r}; {nearest(metric, METRICS)}")
    if accept_at is not None and not 0 <= accept_at <= 1:
        raise InputError(f"reference: accept_at must be in [0, 1], got {accept_at}.")
    return Reference(column, metric, accept_at)
