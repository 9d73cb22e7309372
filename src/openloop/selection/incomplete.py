"""Incomplete: drop completions that were cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Verdicts
from openloop.data.tables import text_of
from openloop.records import Candidate, Selection
from openloop.selection.base import from_reasons

ENDS = ".!?…。！？)]}\"'”’`:;*"


@dataclass(frozen=True)
class Incomplete:
    """See :func:`incomplete`."""

    punctuation: bool
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:  # noqa: ARG002
        return from_reasons(candidates, [self._why(c) for c in candidates])

    def _why(self, candidate: Candidate) -> str:
        if candidate.finish == "length":
            return "cut_by_length"
        text = text_of(candidate.completion).rstrip()
        if not text:
            return "empty"
        open_fence = text.count("```") % 2 == 1
        if open_fence or (self.punctuation and text[-1] not in ENDS):
            return "no_end"
        return ""


def incomplete(*, punctuation: bool = False) -> Incomplete:
    """Drop completions that are empty, cut by their length, or leave a code fence open; with ``punctuation`` also those
    that do not end in a sentence's end, a closing bracket or a quote."""
    return Incomplete(punctuation)
