"""Limit: keep the first rows of the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import Verdicts
from openloop.records import Candidate, Selection
from openloop.selection.base import from_mask, ids_of, require_rate_or_n


@dataclass(frozen=True)
class Limit:
    """See :func:`limit`."""

    n: int
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:  # noqa: ARG002
        return from_mask(candidates, np.arange(len(ids_of(candidates))) < self.n, "surplus")


def limit(n: int) -> Limit:
    """Keep the first ``n`` rows in pool order; the others are surplus. After a selector: ``chain(..., limit(n))``."""
    require_rate_or_n(None, n, "limit")
    return Limit(n)
