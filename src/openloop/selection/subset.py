"""Some rows of a pool, and their verdicts, without reading any that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import PoolVerdicts, PoolView
from openloop.records import Candidate, Verdict


@dataclass(frozen=True, eq=False)
class PoolSubset:
    """The candidates at some places of a pool, as a :class:`openloop.contracts.PoolView`."""

    pool: PoolView
    places: NDArray[np.int64]
    """Shape [M], in pool order."""

    @cached_property
    def ids(self) -> list[str]:
        """Shape [M]."""
        every = self.pool.ids
        return [every[place] for place in self.places]

    @cached_property
    def verdicts(self) -> dict[str, PoolVerdicts]:
        """By the name that the selection knows a signal by."""
        return {name: VerdictSubset(mine, self.places) for name, mine in self.pool.verdicts.items()}

    @property
    def columns(self) -> Sequence[str]:
        """Names that :meth:`column` knows."""
        return self.pool.columns

    def column(self, name: str) -> NDArray[Any]:
        """See :meth:`openloop.contracts.PoolView.column`: shape [M] or [M, D]."""
        values: NDArray[Any] = self.pool.column(name)[self.places]
        if name == "prompt":  # codes count from 0 here as well
            values = np.unique(values, return_inverse=True)[1].astype(np.int64)
        return values

    def reference(self, name: str) -> NDArray[Any]:
        """See :meth:`openloop.contracts.PoolView.reference`."""
        return self.pool.reference(name)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Candidate]:
        return (self.pool[int(place)] for place in self.places)

    def __getitem__(self, index: int, /) -> Candidate:
        return self.pool[int(self.places[index])]


@dataclass(frozen=True, eq=False)
class VerdictSubset:
    """The verdicts at some places of a pool."""

    every: PoolVerdicts
    places: NDArray[np.int64]

    @property
    def signal(self) -> str:
        return self.every.signal

    @property
    def accept_at(self) -> float | None:
        return self.every.accept_at

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """Shape [M]; NaN where unscored."""
        return np.asarray(self.every.values[self.places], dtype=np.float64)

    @cached_property
    def outcomes(self) -> list[str]:
        """Shape [M]."""
        every = self.every.outcomes
        return [every[place] for place in self.places]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int, /) -> Verdict:
        return self.every[int(self.places[index])]
