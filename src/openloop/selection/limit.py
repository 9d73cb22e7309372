"""Limit: keep the first rows of the pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.records import Selection
from openloop.selection.base import from_mask, require_rate_or_n


@dataclass(frozen=True)
class Limit:
    """See :func:`limit`."""

    n: int
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        return from_mask(pool, np.arange(len(pool)) < self.n, "surplus")


def limit(n: int) -> Limit:
    """Keep the first ``n`` rows in pool order; the others are surplus. Use it last: ``chain(..., limit(n))``."""
    require_rate_or_n(None, n, "limit")
    return Limit(n)
