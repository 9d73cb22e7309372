"""What makes a model of a model and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from openloop.contracts.models import Model
from openloop.records import Artifact, Example

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
        self, model: Model, rows: Sequence[Example], *, seed: int, folder: Path, checkpoints: Path, report: Report
    ) -> Artifact:
        """Train, write the new weights into ``folder`` (empty), and say what was made.

        ``checkpoints`` survives kills: what was written there by an earlier try of the same training is there again.
        Raises InputError for a model that it cannot train.
        """
        ...

    def load(self, model: Model, folder: Path) -> Model:
        """A model like ``model`` (its device, precision and options) with the weights in ``folder``."""
        ...
