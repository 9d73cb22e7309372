"""The pool that a selector sees: candidates, their verdicts, and arrays, all as named columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import PoolVerdicts
from openloop.data.tables import ROW, CandidateRows
from openloop.errors import InputError, nearest
from openloop.records import Candidate
from openloop.selection.fields import FIELDS, field_column, row_column, row_names

VERDICT = "verdict."


@dataclass(frozen=True, eq=False)
class CandidatePool:
    """N candidates as a :class:`openloop.contracts.PoolView`; a column is read when it is first asked for.

    ``extra`` holds further columns by name: arrays of shape [N], or [N, D] for one vector a candidate. Raises
    InputError where verdicts or arrays do not fit the candidates, or an array takes the name of another column.
    """

    candidates: Sequence[Candidate]
    """In memory, or :class:`openloop.data.tables.CandidateRows`, of which no candidate is made for a column."""
    verdicts: Mapping[str, PoolVerdicts] = field(default_factory=dict)
    """By the name that the selection knows a signal by."""
    extra: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    stored: Mapping[str, Callable[[], NDArray[Any]]] = field(default_factory=dict)
    """Like ``extra``, of arrays that may be large: each is read when it is first asked for."""
    _read: dict[str, NDArray[Any]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        for name, verdicts in self.verdicts.items():
            if len(verdicts) != len(self):
                raise InputError(f"pool: {len(verdicts)} verdicts of {name!r} for {len(self)} candidates.")
        for name in (*self.extra, *self.stored):
            if name in FIELDS or name.startswith((VERDICT, ROW)):
                raise InputError(f"pool: column {name!r} exists already; give the array another name.")
        for name, values in self.extra.items():
            self._require_shape(name, values)

    @cached_property
    def ids(self) -> list[str]:
        """Shape [N]; no candidate is made where the pool can name them."""
        if isinstance(self.candidates, CandidateRows):
            return self.candidates.ids
        return [candidate.id for candidate in self.candidates]

    def __len__(self) -> int:
        return len(self.candidates)

    def __iter__(self) -> Iterator[Candidate]:
        return iter(self.candidates)

    def __getitem__(self, index: int, /) -> Candidate:
        return self.candidates[index]

    @property
    def columns(self) -> list[str]:
        """Names that :meth:`column` knows."""
        verdicts = [VERDICT + name for name in self.verdicts]
        rows = [ROW + name for name in row_names(self.candidates)]
        return [*FIELDS, *verdicts, *rows, *self.extra, *self.stored]

    def column(self, name: str) -> NDArray[Any]:
        """See :meth:`openloop.contracts.PoolView.column`. The array is read-only."""
        if name not in self._read:
            values = self._column(name).view()
            values.flags.writeable = False
            self._read[name] = values
        return self._read[name]

    def _column(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] | None = None
        if name in self.extra:
            values = self.extra[name]
        elif name in self.stored:
            values = self._require_shape(name, self.stored[name]())
        elif name in FIELDS:
            values = field_column(self.candidates, name)
        elif name.startswith(VERDICT) and name.removeprefix(VERDICT) in self.verdicts:
            values = self.verdicts[name.removeprefix(VERDICT)].values
        elif name.startswith(ROW):
            values = row_column(self.candidates, name.removeprefix(ROW))
        if values is None:
            raise InputError(f"no column {name!r} in this pool; {nearest(name, self.columns)}")
        return np.asarray(values)

    def _require_shape(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        if values.ndim not in (1, 2) or len(values) != len(self):
            raise InputError(
                f"pool: column {name!r} has shape {list(values.shape)}; allowed: [{len(self)}] or [{len(self)}, D]."
            )
        return values
