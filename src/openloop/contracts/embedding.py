"""What makes vectors of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Embedder(Protocol):
    """Makes a vector of each text, so that texts can be compared by their directions."""

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str:
        """Content hash of the weights, or what names them. Equal revisions make equal vectors."""
        ...

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Shape [N, D]: vectors of length 1, or all zeros for a text that says nothing.

        The vector of a text depends on that text alone, not on what stands beside it.
        """
        ...
