"""Pools that the tests of selectors share."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.records import Candidate, Outcome, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool

POOL = [Candidate(f"c{i}", f"p{i}", "q", "a") for i in range(6)]
MIXED = [
    Verdict(1.0),
    Verdict(0.2),
    Verdict(None, Outcome.TIMEOUT),
    Verdict(0.9),
    Verdict(None, Outcome.ERROR),
    Verdict(0.5),
]
CHECK = {"check": VerdictList("check", 0.9, MIXED)}
CHECKED = CandidatePool(POOL, CHECK)
"""Six candidates of six prompts, and what one signal says of them."""


def pool_of(
    *texts: str, prompts: Sequence[str] = (), finish: str = "stop", values: Sequence[float | None] | None = None
) -> CandidatePool:
    """Candidates with these completions; each of a prompt of its own unless ``prompts`` names them.

    ``values`` are the verdicts of a signal ``check`` that accepts at 1.
    """
    named = prompts or [f"p{i}" for i in range(len(texts))]
    rows = [Candidate(f"c{i}", named[i], named[i], text, finish=finish) for i, text in enumerate(texts)]
    verdicts = {} if values is None else {"check": VerdictList("check", 1.0, [Verdict(value) for value in values])}
    return CandidatePool(rows, verdicts)
