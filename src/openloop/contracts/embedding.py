"""What makes vectors of texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from openloop.records import Usage

ExchangeRequests = Callable[[Sequence[tuple[int, Usage]], Sequence[int]], None]
"""``exchange(done, sending)``: stores what requests used that were answered, and notes those that are about to leave.
Requests go by numbers from 0."""


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


@runtime_checkable
class StreamsVectors(Embedder, Protocol):
    """An embedder whose vectors are paid for: it is asked for many parts at a time, and each is stored as it is whole.

    Such a one is :class:`openloop.contracts.Metered` and :class:`openloop.contracts.Priced` as well.
    """

    def requests(self, texts: int) -> int:
        """At most so many requests for so many texts: for a plan."""
        ...

    def stream(
        self, parts: Iterable[tuple[int, Sequence[str]]], exchange: ExchangeRequests, ledger: Any = None
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The vectors of each part, [N, D], by its number, in the order in which parts are whole.

        ``parts`` is drawn from as there is room. ``exchange`` is called before requests leave and as they are answered,
        from any thread. Raises SpendingEnded when a budget or a deadline is reached.
        """
        ...

    def ledger(self, before: Usage) -> Any:
        """Where spending is added up, after what was spent ``before``; shared by all stages of a run."""
        ...


@runtime_checkable
class ReadsInPart(Protocol):
    """An embedder that reads only the beginning of a long text."""

    def read_in_part(self, texts: Sequence[str]) -> int:
        """How many of some texts are longer than what is read of them."""
        ...
