"""Chain: one selector after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Selector, Verdicts
from openloop.errors import InputError
from openloop.records import Candidate, Estimate, Selection
from openloop.selection.base import ids_of
from openloop.selection.subset import CandidateSubset, VerdictSubset


@dataclass(frozen=True)
class Chain:
    """See :func:`chain`."""

    selectors: tuple[Selector, ...]
    version: ClassVar[str] = "1"

    @property
    def uses_verdicts(self) -> bool:
        return any(getattr(selector, "uses_verdicts", True) for selector in self.selectors)

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:
        kept, dropped, measured = tuple(ids_of(candidates)), dict[str, str](), dict[str, Estimate]()
        for selector in self.selectors:
            selection = selector.select(candidates, verdicts)
            dropped |= selection.dropped
            measured |= selection.measured
            kept = selection.kept
            keep = set(kept)
            places = [place for place, i in enumerate(ids_of(candidates)) if i in keep]
            candidates = CandidateSubset(candidates, places)
            verdicts = {name: VerdictSubset(mine, places) for name, mine in verdicts.items()}
        return Selection(kept, dropped, measured)


def chain(*selectors: Selector) -> Chain:
    """Each selector sees what the ones before it kept."""
    for selector in selectors:
        if not isinstance(selector, Selector):
            raise InputError(f"chain: {selector!r:.60} is no selector; see openloop.selection.")
    return Chain(selectors)
