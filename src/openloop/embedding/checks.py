"""What an embedder returned, checked before anything rests on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import Embedder
from openloop.errors import ContractError

LENGTH = 0.01
"""By how much a length may differ from 1: so much is lost in eight bits of mantissa."""


def spread(texts: Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vectors of N texts, from those of the different ones among them in the order of their first appearance."""
    place = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return vectors[[place[text] for text in texts]]


def checked(embedder: Embedder, texts: Sequence[str], vectors: object) -> NDArray[np.float32]:
    """The vectors themselves where they keep the contract. Raises ContractError that says what is wrong."""

    def wrong(what: str) -> ContractError:
        return ContractError(f"embedder {embedder.name!r} {what}")

    if not isinstance(vectors, np.ndarray) or vectors.dtype.kind != "f":
        got = f"{vectors.dtype} array" if isinstance(vectors, np.ndarray) else type(vectors).__name__
        raise wrong(f"must return a numpy array of floats, shape [N, D], got a {got}.")
    if vectors.ndim != 2 or len(vectors) != len(texts) or (len(texts) and not vectors.shape[1]):
        raise wrong(f"was given {len(texts):,} texts and returned shape {list(vectors.shape)}; one row a text, [N, D].")
    found = np.asarray(vectors, dtype=np.float32)
    length = np.linalg.norm(found, axis=1)
    if len(broken := np.flatnonzero(~np.isfinite(length))):
        raise wrong(
            f"gave a vector with NaN or infinity for {texts[broken[0]]!r:.60} ({len(broken):,} of {len(texts):,} texts)"
            ". Repair the model, or run it in single precision."
        )
    if len(off := np.flatnonzero((abs(length - 1) > LENGTH) & (length > 0))):
        raise wrong(
            f"gave a vector of length {length[off[0]]:.4g} for {texts[off[0]]!r:.60}; vectors must have length 1, or "
            "be all zeros for a text that says nothing. Divide each by its length."
        )
    says = np.array([bool(text.strip()) for text in texts], dtype=bool)
    if says.any() and not length[says].any():
        raise wrong(f"gave zeros for each of {says.sum():,} texts that say something. Check the model.")
    return found
