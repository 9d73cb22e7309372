"""Consensus: the answer that most of a prompt's candidates give (self-consistency). Nothing from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.data.answers import after_mark, last_text, normal_form
from openloop.errors import InputError
from openloop.records import Candidate, Verdict
from openloop.scoring import grouped_places, score_groups
from openloop.signals.base import Declaration, Declared
from openloop.verdicts import abstained


@dataclass(frozen=True)
class Consensus(Declared):
    """See :func:`consensus`."""

    after: str
    version: ClassVar[str] = "1"

    @cached_property
    def declared(self) -> Declaration:
        return Declaration("consensus", frozenset({"generator"}), "likelihood", accept_at=0.5, scope="prompt")

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return score_groups(grouped_places(self, candidates), candidates, self._group)

    def _group(self, candidates: list[Candidate]) -> list[Verdict]:
        answers = [self._answer(candidate) for candidate in candidates]
        votes = Counter(answer for answer in answers if answer)
        if votes.total() < 2:
            return [abstained("too_few_answers") for _ in candidates]
        return [
            Verdict(votes[answer] / votes.total()) if answer else Verdict(0.0, reason="no_answer") for answer in answers
        ]

    def _answer(self, candidate: Candidate) -> str:
        said = last_text(candidate.completion)
        return normal_form(after_mark(said, self.after) if self.after else said)


def consensus(*, after: str = "") -> Consensus:
    """The share of a prompt's candidates that give the same answer, as ``exact`` compares it.

    Only what follows ``after``, if given. At least half accepts. A prompt with fewer than two answers abstains; a
    candidate without an answer is 0. What most samples say comes from the model itself: the majority can be wrong, and
    the model cannot learn that from it.
    """
    if not isinstance(after, str):
        raise InputError(f"consensus: after must be text, got {after!r:.60}.")
    return Consensus(after)
