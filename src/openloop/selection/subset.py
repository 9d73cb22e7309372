"""Some rows of a pool, and their verdicts, without making any that nobody looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import Verdicts
from openloop.records import Candidate, Verdict
from openloop.selection.base import ids_of


@dataclass(frozen=True, eq=False)
class CandidateSubset(Sequence[Candidate]):
    """The candidates at some places of a pool."""

    pool: Sequence[Candidate]
    places: Sequence[int]

    @cached_property
    def ids(self) -> list[str]:
        """Ids, without making any candidate where the pool can name them."""
        every = ids_of(self.pool)
        return [every[place] for place in self.places]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> list[Candidate]: ...
    def __getitem__(self, index: int | slice) -> Candidate | list[Candidate]:
        if isinstance(index, slice):
            return [self.pool[place] for place in self.places[index]]
        return self.pool[self.places[index]]


@dataclass(frozen=True, eq=False)
class VerdictSubset:
    """The verdicts at some places of a pool."""

    every: Verdicts
    places: Sequence[int]

    @property
    def signal(self) -> str:
        return self.every.signal

    @property
    def accept_at(self) -> float | None:
        return self.every.accept_at

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Shape [N]; NaN where unscored."""
        return self.every.values[np.asarray(self.places, dtype=np.int64)]

    @cached_property
    def outcomes(self) -> list[str]:
        """Shape [N]."""
        every = self.every.outcomes
        return [every[place] for place in self.places]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int, /) -> Verdict:
        return self.every[self.places[index]]
