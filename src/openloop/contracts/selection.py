"""What decides which candidates are kept, and what it sees of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from openloop.records import Candidate, Selection, Verdict


class Verdicts(Protocol):
    """The verdicts of one signal over a pool, in pool order, with what the signal said of itself."""

    @property
    def signal(self) -> str: ...

    @property
    def accept_at(self) -> float | None: ...

    @property
    def values(self) -> NDArray[Any]:
        """Shape [N], float; NaN where unscored."""
        ...

    @property
    def outcomes(self) -> Sequence[str]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Verdict: ...


class PoolView(Protocol):
    """N candidates with named columns, as a selector sees them. Nothing is read before it is asked for."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Candidate]: ...

    def __getitem__(self, index: int, /) -> Candidate: ...

    @property
    def ids(self) -> Sequence[str]:
        """Shape [N]."""
        ...

    @property
    def verdicts(self) -> Mapping[str, Verdicts]:
        """By the name that the selection knows a signal by."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """Names that :meth:`column` knows."""
        ...

    def column(self, name: str) -> NDArray[Any]:
        """One value a candidate, shape [N], or one vector, shape [N, D], in pool order.

        ``verdict.NAME`` (NaN where unscored), ``length`` (characters of the completion), ``prompt`` (codes from 0),
        ``index``, ``round``, ``seed``, ``logprob``, ``n_tokens`` (NaN where unknown), ``row.NAME`` (objects), and the
        arrays that were handed in with the pool. Raises InputError for a name that is none of these.
        """
        ...


@runtime_checkable
class Selector(Protocol):
    """Decides what is kept, over the whole pool at once.

    Optional attribute: ``uses_verdicts = False`` when no verdict can change the selection.
    """

    def select(self, pool: PoolView, /) -> Selection:
        """Keep or drop every candidate."""
        ...
