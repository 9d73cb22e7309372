"""Everything: the arm that selects nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import PoolView
from openloop.records import Selection


@dataclass(frozen=True)
class Everything:
    """See :func:`everything`."""

    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        return Selection(tuple(pool.ids), {})


def everything() -> Everything:
    """Keep every candidate as it comes."""
    return Everything()
