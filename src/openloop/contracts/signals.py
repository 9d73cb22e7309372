"""A verifier, judge or reward: what judges candidates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol, runtime_checkable

from openloop.contracts.models import Model
from openloop.records import Candidate, Probe, Sampling, Verdict

Kind = Literal["hard", "reference", "judge", "likelihood", "human"]
Scope = Literal["candidate", "prompt", "pair"]

INSIDE = frozenset({"generator", "completion", "real"})
"""Sources that never bring outside information (information-open, §3.3): the loop's own model, the text of a completion
by itself, and the real data that the model was trained on. Of others (``row.answer``, ``rows:FILE``, ``judge:NAME``)
it depends on the arm: see :mod:`openloop.recipe.openness`."""


@runtime_checkable
class Signal(Protocol):
    """A verifier, judge or reward: what judges candidates."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def depends_on(self) -> frozenset[str]:
        """What its verdicts are computed from; openness is derived from it (see :data:`INSIDE`).

        ``row.COLUMN``, ``judge:NAME`` or ``model:NAME``, ``rows:FILE`` (what a judge was trained on), ``program``,
        ``people``, or any words for something outside.
        """
        ...

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value; a verdict outside it is an ERROR, never a score."""
        ...

    @property
    def accept_at(self) -> float | None:
        """Values at or above it accept. φ and ψ are undefined without it."""
        ...

    @property
    def scope(self) -> Scope:
        """What must be scored together: a scope is never split between batches."""
        ...

    @property
    def probes(self) -> Sequence[Probe]: ...

    def score(self, candidates: Sequence[Candidate]) -> Sequence[Verdict]:
        """One verdict per candidate, in the same order."""
        ...


@runtime_checkable
class Asking(Signal, Protocol):
    """A signal (a dataclass) that asks a model. Where replies are paid for, it is given another model in place of
    this one, which commits each reply before the signal sees it."""

    @property
    def model(self) -> Model | None: ...

    @property
    def requests(self) -> int:
        """Requests for each candidate."""
        ...

    @property
    def sampling(self) -> Sampling:
        """How the model is asked, for a plan."""
        ...


@runtime_checkable
class Combined(Signal, Protocol):
    """A signal (a dataclass) that is made of others."""

    @property
    def signals(self) -> tuple[Signal, ...]: ...


def asking(signal: Signal) -> Iterator[Asking]:
    """Every signal that asks a model: itself, or parts of it."""
    if isinstance(signal, Asking) and signal.model is not None:
        yield signal
    if isinstance(signal, Combined):
        for part in signal.signals:
            yield from asking(part)
