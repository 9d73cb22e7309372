"""Columns of candidates as arrays: from candidates in memory, or from an Arrow table without making any."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.data.content import text_of
from openloop.data.tables import ROW, CandidateRows, generated
from openloop.records import Candidate

Convert = Callable[[Sequence[Any]], NDArray[Any]]


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


def _texts(values: Sequence[Any]) -> NDArray[Any]:
    return _objects([text_of(value) for value in values])


def _lengths(values: Sequence[Any]) -> NDArray[Any]:
    return np.array([len(text_of(value)) for value in values], dtype=np.int64)


def _whole(values: Sequence[Any]) -> NDArray[Any]:
    return np.array(values, dtype=np.int64)


def _numbers(values: Sequence[Any]) -> NDArray[Any]:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def codes(values: Sequence[str]) -> NDArray[np.int64]:
    """Equal values have equal codes: 0, 1, ... in the order of the sorted values. Shape [N]."""
    return np.unique(np.asarray(values, dtype=str), return_inverse=True)[1].astype(np.int64)


def _flags(values: Sequence[Any]) -> NDArray[Any]:
    return np.array([bool(value) for value in values], dtype=np.bool_)


FIELDS: Mapping[str, tuple[str, Convert]] = {
    "length": ("completion", _lengths),
    "prompt": ("prompt_id", codes),
    "index": ("index", _whole),
    "round": ("round", _whole),
    "seed": ("seed", _whole),
    "logprob": ("logprob", _numbers),
    "n_tokens": ("n_tokens", _numbers),
    "prompt_id": ("prompt_id", _objects),
    "model": ("model", _objects),
    "revision": ("revision", _objects),
    "finish": ("finish", _objects),
    "prompt_written": ("prompt_written", _flags),
    "text.prompt": ("prompt", _texts),
    "text.completion": ("completion", _texts),
}
"""Columns of every pool: the field of :class:`openloop.records.Candidate` that each is made of, and how."""


def field_column(candidates: Sequence[Candidate], name: str) -> NDArray[Any]:
    """One of :data:`FIELDS`, shape [N]."""
    field, convert = FIELDS[name]
    if isinstance(candidates, CandidateRows):
        values = _stored(candidates, field)
        return convert([None] * len(candidates) if values is None else values)
    return convert([getattr(candidate, field) for candidate in candidates])


def row_column(candidates: Sequence[Candidate], name: str) -> NDArray[Any] | None:
    """A column of the real data, shape [N], objects; None where no row has it (a pool without rows has every one)."""
    if isinstance(candidates, CandidateRows):
        values = _stored(candidates, ROW + name)
        return None if values is None and len(candidates) else _objects(values or [])
    if len(candidates) and not any(name in candidate.row for candidate in candidates):
        return None
    return _objects([candidate.row.get(name) for candidate in candidates])


def row_names(candidates: Sequence[Candidate]) -> list[str]:
    """Columns of the real data."""
    if isinstance(candidates, CandidateRows):
        stored = candidates.table.column_names
        return [name.removeprefix(ROW) for name in stored if name.startswith(ROW)]
    return list(dict.fromkeys(name for candidate in candidates for name in candidate.row))


def _stored(candidates: CandidateRows, column: str) -> list[Any] | None:
    """A column of the table, None where there is none."""
    table = generated(candidates.read([column, "finish"] if column != "finish" else ["finish"]))
    return table.column(column).to_pylist() if column in table.column_names else None
