"""What decides which candidates are kept, and what it sees of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from openloop.records import Candidate, Selection, Verdict


class PoolVerdicts(Protocol):
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
    def verdicts(self) -> Mapping[str, PoolVerdicts]:
        """By the name that the selection knows a signal by."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """Names that :meth:`column` knows."""
        ...

    def column(self, name: str) -> NDArray[Any]:
        """One value a candidate, shape [N], or one vector, shape [N, D], in pool order.

        ``verdict.NAME`` (NaN where unscored), ``length`` (characters of the completion), ``prompt`` (codes from 0),
        ``index``, ``round``, ``seed``, ``logprob``, ``n_tokens`` (NaN where unknown), ``prompt_id``, ``model``,
        ``revision``, ``finish``, ``text.prompt`` and ``text.completion`` (objects; the turns of a chat on lines of
        their own), ``row.NAME`` (objects; None where a row has no value), and the arrays that were handed in with the
        pool. An empty pool has every ``row.NAME``. Raises InputError for a name that is none of these.
        """
        ...

    def reference(self, name: str) -> NDArray[Any]:
        """Vectors of rows outside the pool, shape [M, D], that a selector asked for. Raises InputError."""
        ...


@runtime_checkable
class Selector(Protocol):
    """Decides what is kept, over the whole pool at once."""

    def select(self, pool: PoolView, /) -> Selection:
        """Keep or drop every candidate. Called with an empty pool before anything is spent."""
        ...


@runtime_checkable
class DeclaresVerdictUse(Protocol):
    """A selector that says whether any verdict can change its selection; openness is derived from it."""

    @property
    def uses_verdicts(self) -> bool: ...


def uses_verdicts(selector: object) -> bool:
    """Whether verdicts can change a selection: yes, unless the selector says that they cannot."""
    return not isinstance(selector, DeclaresVerdictUse) or selector.uses_verdicts


@runtime_checkable
class NamesSignals(Protocol):
    """A selector that says which signals it reads; what others say of the rows cannot change its selection."""

    @property
    def signals_read(self) -> Collection[str] | None:
        """Names of signals; None for whichever there are."""


def signals_read(selector: object, scored: Collection[str]) -> frozenset[str]:
    """Which of the signals that scored a pool a selection reads: all of them, unless the selector says otherwise."""
    if not uses_verdicts(selector):
        return frozenset()
    named = selector.signals_read if isinstance(selector, NamesSignals) else None
    return frozenset(scored) if named is None else frozenset(scored).intersection(named)
