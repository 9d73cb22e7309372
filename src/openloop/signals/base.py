"""What a signal declares of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from openloop.contracts import INSIDE, Kind, Scope
from openloop.errors import InputError
from openloop.records import Probe


@dataclass(frozen=True)
class Declaration:
    """What :class:`openloop.contracts.Signal` asks every signal for. Raises InputError."""

    name: str
    depends_on: frozenset[str]
    """What its verdicts are computed from; see :data:`openloop.contracts.INSIDE`."""
    kind: Kind = "hard"
    range: tuple[float, float] = (0.0, 1.0)
    accept_at: float | None = 1.0
    """Values at or above it accept; None: the signal accepts nothing."""
    scope: Scope = "candidate"
    probes: tuple[Probe, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for option, value, allowed in (("kind", self.kind, get_args(Kind)), ("scope", self.scope, get_args(Scope))):
            if value not in allowed:
                raise InputError(f"{option}: must be one of {', '.join(allowed)}; got {value!r}.")
        if not self.range[0] < self.range[1]:
            raise InputError(f"range: the smallest and the largest value, in this order; got {self.range}.")


class Declared(ABC):
    """A signal that declares itself in one place: it adds ``declared`` and ``score``, and overrides nothing."""

    @property
    @abstractmethod
    def declared(self) -> Declaration:
        """Computed from the signal's fields."""

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def kind(self) -> Kind:
        return self.declared.kind

    @property
    def depends_on(self) -> frozenset[str]:
        return self.declared.depends_on

    @property
    def range(self) -> tuple[float, float]:
        return self.declared.range

    @property
    def accept_at(self) -> float | None:
        return self.declared.accept_at

    @property
    def scope(self) -> Scope:
        return self.declared.scope

    @property
    def probes(self) -> Sequence[Probe]:
        return self.declared.probes


def row_columns(*columns: str) -> frozenset[str]:
    """What a signal depends on that reads these columns of its rows; empty names are left out."""
    return frozenset(f"row.{column}" for column in columns if column)


def program_sources(read: frozenset[str] | None) -> frozenset[str]:
    """What a program depends on that does not declare it, from the fields that it reads (None: that cannot be seen).

    One that reads the completion alone says the same of it whatever was asked; one that reads the prompt, or cannot be
    seen through, counts as a program that works out what is right.
    """
    if read is None or "prompt" in read:
        return frozenset({"program"})
    return frozenset(name for name in read if name.startswith("row.")) or frozenset({"completion"})


def judge_sources(judge: str, trained_on: Sequence[str] | str) -> frozenset[str]:
    """What a judge's model knows: itself, or the rows that it was trained on where all of these are declared.

    ``real`` and ``generator`` stand for themselves, any other name is a file (or function) of rows. Raises InputError.
    """
    if isinstance(trained_on, str) or not all(isinstance(name, str) and name.strip() for name in trained_on):
        raise InputError(f"trained_on: a list of files, `real` or `generator`; got {trained_on!r:.80}.")
    return frozenset(name if name in INSIDE else f"rows:{name}" for name in trained_on) or frozenset({judge})


def require_accept_at(accept_at: float, range: tuple[float, float], who: str) -> float:
    """Check that a threshold lies within the range. Raises InputError."""
    low, high = range
    if not low <= accept_at <= high:
        raise InputError(f"{who}: accept_at must be in [{low:g}, {high:g}], got {accept_at}.")
    return accept_at
