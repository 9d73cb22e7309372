"""Chain: one selector after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView, Selector
from openloop.contracts.selection import NamesSignals, uses_verdicts
from openloop.errors import InputError
from openloop.records import Estimate, Selection
from openloop.selection.subset import PoolSubset


@dataclass(frozen=True)
class Chain:
    """See :func:`chain`."""

    selectors: tuple[Selector, ...]
    version: ClassVar[str] = "1"

    @property
    def uses_verdicts(self) -> bool:
        return any(uses_verdicts(selector) for selector in self.selectors)

    @property
    def signals_read(self) -> frozenset[str] | None:
        read: set[str] = set()
        for selector in filter(uses_verdicts, self.selectors):
            named = selector.signals_read if isinstance(selector, NamesSignals) else None
            if named is None:
                return None
            read.update(named)
        return frozenset(read)

    def select(self, pool: PoolView, /) -> Selection:
        kept, dropped, measured = tuple(pool.ids), dict[str, str](), dict[str, Estimate]()
        for selector in self.selectors:
            selection = selector.select(pool)
            dropped |= selection.dropped
            measured |= selection.measured
            kept = selection.kept
            keep = set(kept)
            pool = PoolSubset(pool, np.flatnonzero([i in keep for i in pool.ids]))
        return Selection(kept, dropped, measured)


def chain(*selectors: Selector) -> Chain:
    """Each selector sees what the ones before it kept."""
    for selector in selectors:
        if not isinstance(selector, Selector):
            raise InputError(
                f"chain: {selector!r:.60} is not a selector; choose one of openloop.selection, or give it a `select`."
            )
    return Chain(selectors)
