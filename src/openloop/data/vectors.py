"""Vectors as an Arrow column: a list of fixed size in each row, of half or single precision."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Precision = Literal["float16", "float32"]
PRECISIONS = ("float16", "float32")
VECTOR = "vector"
"""Name of the column."""


def vector_column(vectors: NDArray[np.float32], precision: Precision) -> pa.Array:
    """N vectors, shape [N, D], as a column of N fixed-size lists.

    In half precision a number of a unit vector is off by at most 2⁻¹¹ of itself, a cosine by less than .001.
    """
    flat = np.ascontiguousarray(vectors, dtype=precision).reshape(-1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), vectors.shape[1])


def width(table: pa.Table) -> int:
    """D."""
    return int(table.schema.field(VECTOR).type.list_size)


def column_vectors(table: pa.Table) -> NDArray[np.float32]:
    """The vectors of a table, shape [N, D]: of length 1 again where they were rounded to half precision, or zeros."""
    kind: Any = table.schema.field(VECTOR).type
    chunks = table.column(VECTOR).chunks
    flat = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in chunks]
    vectors = np.concatenate(flat).astype(np.float32) if flat else np.zeros(0, np.float32)
    vectors = vectors.reshape(table.num_rows, kind.list_size)
    return unit(vectors) if kind.value_type == pa.float16() else vectors


def unit(vectors: NDArray[Any]) -> NDArray[np.float32]:
    """Vectors [N, D] divided by their lengths; zeros stay zeros."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    whole = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
    return np.asarray(whole, dtype=np.float32)
