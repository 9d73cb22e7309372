"""What an ``/embeddings`` endpoint returned, as an array in the order of the texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.errors import ContractError
from openloop.records import Usage
from openloop.remote.sender import Malformed


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that gave no vectors."""

    reason: str


def read(reply: Any) -> tuple[NDArray[np.float32], Usage]:
    """Vectors, shape [n, D], by their ``index``, and what they used.

    Raises Malformed for a reply of another shape, which may be a proxy's, ContractError for vectors that are none.
    """
    if not isinstance(reply, Mapping):
        raise Malformed(f"a {type(reply).__name__} instead of an object")
    if reply.get("error"):
        raise Malformed(f"an error inside a reply: {str(reply['error'])[:120]}")
    data = reply.get("data")
    if not isinstance(data, list) or not data or not all(isinstance(one, Mapping) for one in data):
        raise Malformed("no list of vectors (`data`)")
    places = [one.get("index", place) for place, one in enumerate(data)]
    if not all(isinstance(place, int) for place in places) or sorted(places) != list(range(len(data))):
        raise ContractError(f"the endpoint numbered {len(data):,} vectors {places!r:.80}, not 0 to {len(data) - 1:,}.")
    held: list[Any] = [None] * len(data)
    for place, one in zip(places, data, strict=True):
        held[place] = one.get("embedding")
    if not all(isinstance(vector, list) and vector for vector in held):
        raise ContractError(f"the endpoint returned {held[0]!r:.40} where a list of numbers was asked for.")
    widths = sorted({len(vector) for vector in held})
    if len(widths) > 1:
        raise ContractError(f"the endpoint returned vectors of {widths[0]:,} and of {widths[-1]:,} numbers.")
    vectors = np.array(held)
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu":
        raise ContractError("the endpoint returned a vector that holds something else than numbers.")
    return vectors.astype(np.float32), _usage(reply.get("usage"))


def _usage(held: Any) -> Usage:
    """As the server counts it; 0 where it does not say."""
    tokens = held.get("prompt_tokens", held.get("total_tokens")) if isinstance(held, Mapping) else 0
    return Usage(tokens if isinstance(tokens, int) and tokens >= 0 else 0)
