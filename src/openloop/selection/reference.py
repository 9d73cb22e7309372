"""Other rows that selectors compare the vectors of a pool with, such as the real ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import PoolView, Selector
from openloop.data import Source
from openloop.data.prompt_sources import RowSource, as_rows
from openloop.errors import InputError
from openloop.selection.chain import Chain


@dataclass(frozen=True, eq=False)
class GivenVectors:
    """Vectors that were handed in as they are, shape [M, D]; named by their content."""

    vectors: NDArray[np.float32]

    @cached_property
    def fingerprint(self) -> str:
        digest = hashlib.sha256(repr(self.vectors.shape).encode())
        digest.update(np.ascontiguousarray(self.vectors).data)
        return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Reference:
    """Rows whose vectors are made the way those of a pool's column were made: by the same model, of the same side."""

    rows: RowSource | GivenVectors
    column: str
    """Of the pool's vectors."""

    @property
    def name(self) -> str:
        """By which a pool knows their vectors."""
        return f"{self.column} of {self.rows.fingerprint}"

    def vectors(self, pool: PoolView) -> NDArray[Any]:
        """Shape [M, D]. Raises InputError where nobody made them."""
        return self.rows.vectors if isinstance(self.rows, GivenVectors) else pool.reference(self.name)


@runtime_checkable
class HasReference(Protocol):
    """A selector that needs the vectors of other rows; a run makes them before it selects."""

    @property
    def reference(self) -> Reference: ...


def references_of(selector: Selector) -> Iterator[Reference]:
    """Those of a selector, or of the ones that it is a chain of."""
    if isinstance(selector, Chain):
        for one in selector.selectors:
            yield from references_of(one)
    elif isinstance(selector, HasReference):
        yield selector.reference


def rows_or_vectors(value: Any, selector: str, option: str, base: Path | None) -> RowSource | GivenVectors:
    """What a user names rows by: a path (relative to ``base``), rows, a source of rows, or their vectors [M, D]."""
    if isinstance(value, np.ndarray):
        if value.ndim != 2 or value.dtype.kind != "f":
            raise InputError(
                f"{selector}: {option} as an array holds a vector of floats for each row, shape [M, D]; got "
                f"{value.dtype} of shape {list(value.shape)}."
            )
        return GivenVectors(np.asarray(value, dtype=np.float32))
    if isinstance(value, str | Path):
        return Source((base or Path()) / value)
    if isinstance(value, Sequence) and not len(value):
        raise InputError(f"{selector}: {option} has no rows, so nothing can be compared with it.")
    try:
        return as_rows(value)
    except InputError:
        raise InputError(
            f"{selector}: {option} must be a file of rows, rows with a `completion`, or their vectors [M, D]; got "
            f"{value!r:.80}."
        ) from None


def vectors_of(pool: PoolView, column: str, selector: str) -> NDArray[Any]:
    """The vectors of a pool, shape [N, D]. Raises InputError that says how to get them."""
    if column not in pool.columns:
        raise InputError(
            f"{selector}: needs vectors, and there is no column {column!r}. In a recipe add `embed: {{{column}: "
            f"hashed}}`; in Python pass columns={{{column!r}: run.embed(pool)}} to run.select."
        )
    values = pool.column(column)
    if len(pool) and values.ndim != 2:
        raise InputError(
            f"{selector}: column {column!r} holds one value a row ({values.dtype}), not a vector of numbers, shape "
            f"[N, D]. Make a column of vectors with `embed: {{vector: hashed}}` or run.embed(pool)."
        )
    return values
