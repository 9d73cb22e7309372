"""Reference: how much of a reference text the completion shares (ROUGE)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.data.answers import last_text
from openloop.errors import InputError, nearest, require_installed
from openloop.records import Candidate, Probe, Verdict
from openloop.scoring import score_rows
from openloop.signals.base import Declaration, Declared, require_accept_at, row_columns
from openloop.signals.gold import golds_of, matched
from openloop.time_limits import require_seconds

METRICS = {
    "rouge1": "shared words",
    "rouge2": "shared pairs of words",
    "rougeL": "longest common subsequence of words",
}


@dataclass(frozen=True)
class Reference(Declared):
    """See :func:`reference`."""

    column: str
    metric: str
    threshold: float | None
    seconds: float | None
    version: ClassVar[str] = "2"

    @cached_property
    def declared(self) -> Declaration:
        row = {self.column: "the old bridge was closed on monday"}
        probes = (
            Probe("q", "the old bridge was closed on monday", True, row),
            Probe("q", "nothing else", False, row),
        )
        columns = row_columns(self.column)
        return Declaration("reference", columns, "reference", accept_at=self.threshold, probes=probes)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        from rouge_score.rouge_scorer import RougeScorer

        scorer = RougeScorer([self.metric], use_stemmer=True)
        # Its longest common subsequence takes as many steps as one text has words times those of the other.
        return score_rows(candidates, lambda candidate: self._row(candidate, scorer), self.seconds)

    def _row(self, candidate: Candidate, scorer: Any) -> Verdict:
        golds = golds_of(candidate.row, self.column)
        if isinstance(golds, Verdict):
            return golds
        said = last_text(candidate.completion)
        scores = [scorer.score(gold, said)[self.metric] for gold in golds]
        best = max(range(len(golds)), key=lambda i: scores[i].fmeasure)
        found, reason = scores[best], matched(golds, best + 1, "reference") if len(golds) > 1 else ""
        parts = {"precision": float(found.precision), "recall": float(found.recall)}
        return Verdict(float(found.fmeasure), reason=reason, parts=parts)


def reference(
    column: str = "reference",
    *,
    metric: str = "rougeL",
    accept_at: float | None = 0.3,
    seconds: float | None = 30.0,
) -> Reference:
    """ROUGE F-measure of the completion against ``row[column]`` (rouge-score, with stemming); of a list, the highest.

    Precision and recall are parts; of several references the reason says which one it was. It rewards saying what the
    reference says in its words, and nothing else. A row that takes longer than ``seconds`` is a TIMEOUT. Raises
    InputError where rouge-score is not installed.
    """
    require_installed("reference:", "rouge-score", "verify")
    if metric not in METRICS:
        raise InputError(f"reference: no metric {metric!r}; {nearest(metric, METRICS)}")
    if accept_at is not None:
        require_accept_at(accept_at, (0.0, 1.0), "reference")
    return Reference(column, metric, accept_at, require_seconds(seconds, "reference"))
