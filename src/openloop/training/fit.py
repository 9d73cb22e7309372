"""Fit: a model that learns by itself."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from openloop.contracts import Model, Report, Trains
from openloop.errors import InputError, nearest
from openloop.records import Artifact, Example


@dataclass(frozen=True)
class Fit:
    """See :func:`fit`."""

    options: Mapping[str, Any] = field(default_factory=dict)
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "fit"

    def train(
        self,
        model: Model,
        rows: Sequence[Example],
        *,
        seed: int,
        folder: Path,
        checkpoints: Path,  # noqa: ARG002  # a fit starts anew
        report: Report,  # noqa: ARG002
    ) -> Artifact:
        """See :class:`openloop.contracts.Trainer`."""
        trained = learner(model).fit(rows, seed=seed, **self.options)
        trained.save(folder)
        return Artifact(trained.revision)

    def load(self, model: Model, folder: Path) -> Model:
        """See :class:`openloop.contracts.Trainer`."""
        return learner(model).load(folder)

    def check_options(self, model: Model, what: str = "fit") -> None:
        """Compare the options with the signature of the model's ``fit``. Raises InputError."""
        parameters = inspect.signature(learner(model).fit).parameters
        if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return
        allowed = [name for name in parameters if name not in ("examples", "seed")]
        for option in self.options:
            if option not in allowed:
                raise InputError(f"{what}.{option}: not an option of this model's fit; {nearest(option, allowed)}")
        for name in allowed:
            if parameters[name].default is inspect.Parameter.empty and name not in self.options:
                raise InputError(f"{what}: {name!r} is missing, which this model's fit needs.")


def fit(**options: Any) -> Fit:
    """Train a model by its own ``fit``, which is given ``options``."""
    return Fit(options)


def learner(model: Model) -> Trains:
    """A model that learns by itself. Raises InputError for any other."""
    if not isinstance(model, Trains):
        raise InputError(
            f"model {model.name!r} cannot be trained: it has no fit, save and load. Train one that can, name a "
            "trainer, or export the rows and train elsewhere."
        )
    return model
