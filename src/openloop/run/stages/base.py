"""What every stage has: a kind, an identity, a record of itself, and a way to be carried out once."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol, runtime_checkable

from openloop.contracts import Embedder, Model, Signal, Trainer
from openloop.data.prompt_sources import PromptSource
from openloop.errors import ContractError
from openloop.identity import fingerprint
from openloop.run.engine import Executor
from openloop.run.store import StageKind, Storage, Store

PART = 1024
"""Candidates per part. It is identity: the shape of a batch is part of a model's arithmetic."""


class Stage(Protocol):
    """One durable step: a pure function of what its fingerprint names."""

    kind: ClassVar[StageKind]

    @property
    def fingerprint(self) -> str: ...

    @property
    def inputs(self) -> tuple[Stage, ...]:
        """The stages whose results it reads."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """The literal configuration that the fingerprint is made of."""
        ...

    def record(self) -> dict[str, Any]:
        """What readers need to know of what makes it: see ``run/record.py``."""
        ...

    def execute(self, store: Store, executor: Executor) -> Mapping[str, Any]:
        """Do the work, commit its parts, and return the result of the whole stage (``kind.result``)."""
        ...


class Named(ABC):
    """A stage is named by its kind and its identity."""

    kind: ClassVar[StageKind]

    @abstractmethod
    def identity(self) -> Mapping[str, Any]:
        """See :class:`Stage`."""

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint([self.kind.name, self.identity()])


class PoolStage(Stage, Protocol):
    """A stage that makes candidates."""

    @property
    def most(self) -> int:
        """Rows that it holds at most, as far as can be known before it is carried out."""
        ...


class VerdictStage(Stage, Protocol):
    """A stage that holds the verdicts of one signal on the candidates of a pool."""

    @property
    def signal(self) -> Signal: ...

    @property
    def pool(self) -> Stage: ...


class ModelStage(Stage, Protocol):
    """A stage that makes a model."""

    @property
    def origin(self) -> Model:
        """The model that the chain of trainings began with."""
        ...

    @property
    def source(self) -> Trained:
        """Where the model is, once it was made."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """Requests that a stage makes of a model, at most: what a plan prices."""

    model: Model | Embedder
    requests: int
    max_tokens: int
    prompts: PromptSource | None = None
    """What is asked, where it can be looked at before a run."""


@runtime_checkable
class AsksModels(Protocol):
    """A stage that makes requests."""

    def asks(self) -> Iterable[Ask]:
        """What it asks of each model."""
        ...


@runtime_checkable
class OnDevice(Protocol):
    """A stage that holds a network in memory while it works."""

    @property
    def device(self) -> str | None:
        """Such as ``cuda:0``; None where it holds none."""
        ...


@dataclass(frozen=True)
class Trained:
    """Where the weights of a trained model are: what is handed to a worker in their place."""

    origin: Model
    trainer: Trainer
    folder: str
    """Relative to the run directory."""

    def load(self, storage: Storage) -> Model:
        """The model; the last ones are kept in memory."""
        key = (str(storage.root), self.folder)
        with _loading:
            found = _loaded.get(key)
            if found is None:
                while len(_loaded) >= KEPT_IN_MEMORY:
                    _loaded.pop(next(iter(_loaded)))
                found = _loaded[key] = self.trainer.load(self.origin, storage.path(self.folder))
        return found


KEPT_IN_MEMORY = 2
_loaded: dict[tuple[str, str], Model] = {}
_loading = threading.Lock()
ModelSource = Model | Trained


def load_model(source: ModelSource, storage: Storage) -> Model:
    """A model, wherever it is."""
    return source.load(storage) if isinstance(source, Trained) else source


def add_up(parts: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of a stage from the counts of its parts, those by reason included."""
    total: dict[str, Any] = {}
    for counts in parts.values():
        for key, count in counts.items():
            if isinstance(count, Mapping):
                total[key] = add_up({0: total.get(key, {}), 1: count})
            else:
                total[key] = total.get(key, 0) + count
    return total


def require_sum(stage: str, counts: Mapping[str, Any], whole: str, *parts: str) -> None:
    """Check the accounting: nothing may leave silently. A count by reason counts as their sum."""
    held = [counts[part] for part in parts]
    if counts[whole] != sum(sum(count.values()) if isinstance(count, Mapping) else count for count in held):
        raise ContractError(f"{stage}: {whole} is not {' + '.join(parts)} in {dict(counts)}. Please report this.")
