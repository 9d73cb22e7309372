"""Consensus: the answer that most of a prompt's candidates give (self-consistency). Nothing from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Kind, Scope
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Probe, Verdict
from openloop.signals.checking import in_groups, places
from openloop.signals.exact import after_mark, last_text, normal


@dataclass(frozen=True)
class Consensus:
    """See :func:`consensus`."""

    after: str
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "consensus"
    kind: ClassVar[Kind] = "likelihood"
    depends_on: ClassVar[frozenset[str]] = frozenset({"generator"})
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)
    accept_at: ClassVar[float] = 0.5
    scope: ClassVar[Scope] = "prompt"
    probes: ClassVar[tuple[Probe, ...]] = ()

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return in_groups(places(self, candidates), candidates, self._group)

    def _group(self, candidates: list[Candidate]) -> list[Verdict]:
        answers = [self._answer(candidate) for candidate in candidates]
        votes = Counter(answer for answer in answers if answer)
        if votes.total() < 2:
            return [Verdict(None, Outcome.ABSTAINED, "too_few_answers") for _ in candidates]
        return [
            Verdict(votes[answer] / votes.total()) if answer else Verdict(0.0, reason="no_answer") for answer in answers
        ]

    def _answer(self, candidate: Candidate) -> str:
        said = last_text(candidate.completion)
        return normal(after_mark(said, self.after) if self.after else said)


def consensus(*, after: str = "") -> Consensus:
    """The share of a prompt's candidates that give the same answer, as ``exact`` compares it.

    Only what follows ``after``, if given. At least half accepts. A prompt with fewer than two answers abstains; a
    candidate without an answer is 0. What most samples say comes from the model itself: the majority can be wrong, and
    the model cannot learn that from it.
    """
    if not isinstance(after, str):
        raise InputError(f"consensus: after must be a text, got {after!r:.60}.")
    return Consensus(after)
