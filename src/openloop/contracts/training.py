"""What makes a model of a model and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

from openloop.contracts.models import Model
from openloop.contracts.signals import Signal
from openloop.records import Artifact

Report = Callable[[Mapping[str, float]], None]
"""What a trainer tells while it works: ``step``, ``of`` (steps in all), and whatever it measures, such as ``loss``."""


@runtime_checkable
class Trainer(Protocol):
    """Makes a new model of a model and rows: its own ``fit``, a training library, an external command.

    A frozen dataclass: its fields are its identity.
    """

    @property
    def name(self) -> str: ...

    def train(
        self, model: Model, rows: Sequence[Any], *, seed: int, folder: Path, checkpoints: Path, report: Report
    ) -> Artifact:
        """Train, write the new weights into ``folder`` (empty), and say what was made.

        ``rows`` are :class:`openloop.records.Example`, unless the trainer :class:`LearnsFrom` something else.
        ``checkpoints`` survives kills: what was written there by an earlier try of the same training is there again.
        Raises InputError for a model that it cannot train, TrainingEnded for a training that came to nothing.
        """
        ...

    def load(self, model: Model, folder: Path) -> Model:
        """A model like ``model`` (its device, precision and options) with the weights in ``folder``."""
        ...


Learns = Literal["examples", "pairs", "prompts"]
"""What a trainer is given: rows to imitate, pairs of better and worse, or prompts that it answers by itself."""


@runtime_checkable
class LearnsFrom(Protocol):
    """A trainer that says what it learns from; another one learns from examples."""

    @property
    def learns_from(self) -> Learns: ...


@runtime_checkable
class OwnProcess(Protocol):
    """A trainer that works in a process of its own, whose end is not the end of the run."""

    @property
    def own_process(self) -> bool: ...


@runtime_checkable
class Checks(Protocol):
    """A trainer that says beforehand what would go wrong."""

    def check(self, model: Model, rows: Sequence[Any] = ()) -> Sequence[str]:
        """Sentences on what will be done to the model with (some of) the rows. Raises InputError for what cannot be."""
        ...


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """What a training will take, before it begins."""

    parameters: int
    trained_parameters: int
    tokens: int
    """Of the rows that it is given, prompts included."""
    steps: int
    """Optimiser steps; 0 while that depends on rows that are not there yet."""
    memory_bytes: int
    """At its peak, on the device where it runs."""


@runtime_checkable
class Estimates(Protocol):
    """A trainer that says beforehand what it will take."""

    def estimate(self, model: Model, rows: Sequence[Any] = ()) -> TrainingEstimate:
        """For a model and (some of) the rows. Raises InputError for what cannot be."""
        ...


@runtime_checkable
class AdapterOnly(Protocol):
    """A trainer that may write an adapter over the network of the model that a chain of trainings began with."""

    @property
    def adapter_only(self) -> bool: ...


@runtime_checkable
class SamplesItself(Protocol):
    """A trainer that answers prompts by itself, and records each answer with what its signals said.

    It writes them below the folder of the new weights, in the form of :mod:`openloop.training.rollouts`.
    """

    @property
    def signals(self) -> Mapping[str, Signal]:
        """By name: the signals that each answer is judged by."""
        ...

    @property
    def gold(self) -> Signal | None:
        """What also judges the answers to prompts that are held out; training never hears it."""
        ...

    @property
    def held_out(self) -> int:
        """Prompts that are never trained on, and answered now and then."""
        ...

    def completed(self, signals: Mapping[str, Signal], gold: Signal | None = None) -> Trainer:
        """With these signals, and this gold, where it has none of its own. Raises InputError."""
        ...

    def most_answers(self, part: Literal["train", "held_out"], prompts: int) -> int:
        """Rows that a training on so many prompts records at most."""
        ...


def learns_from(trainer: Trainer) -> Learns:
    """What a trainer is to be given."""
    return trainer.learns_from if isinstance(trainer, LearnsFrom) else "examples"


def writes_adapter(trainer: Trainer) -> bool:
    """Whether what a trainer writes is an adapter alone."""
    return isinstance(trainer, AdapterOnly) and trainer.adapter_only


def in_own_process(trainer: Trainer) -> bool:
    """Whether a training is to run in a process of its own."""
    return isinstance(trainer, OwnProcess) and trainer.own_process
