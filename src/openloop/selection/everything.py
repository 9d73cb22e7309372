"""Everything: the arm that selects nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Verdicts
from openloop.records import Candidate, Selection
from openloop.selection.base import ids_of


@dataclass(frozen=True)
class Everything:
    """See :func:`everything`."""

    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:  # noqa: ARG002
        return Selection(tuple(ids_of(candidates)), {})


def everything() -> Everything:
    """Keep every candidate as it comes."""
    return Everything()
