"""How long a step of a training takes: three steps on the first rows, thrown away."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from openloop.contracts import Model, SamplesItself, Trainer
from openloop.contracts.signals import asking
from openloop.errors import InputError
from openloop.training.settings import Checkpoints
from openloop.training.through_trl import ThroughTrl

STEPS = 3
"""The first of them warms up."""


def probe(trainer: Trainer, model: Model, rows: Sequence[Any], seed: int = 0) -> float:
    """Seconds of one step of this training, on this machine. Raises InputError for a trainer without steps."""
    if not isinstance(trainer, ThroughTrl):
        raise InputError(f"{trainer.name}: cannot be tried out for a few steps.")
    if isinstance(trainer, SamplesItself) and any(part.model for s in trainer.signals.values() for part in asking(s)):
        raise InputError(f"{trainer.name}: a few steps would ask the model that judges, which may cost money.")
    short = _with_steps(trainer, STEPS)
    told: list[float] = []

    def report(said: Mapping[str, float]) -> None:
        if "step" in said:
            told.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as held:
        folder, checkpoints = Path(held, "weights"), Path(held, "checkpoints")
        folder.mkdir()
        checkpoints.mkdir()
        short.train(model, rows, seed=seed, folder=folder, checkpoints=checkpoints, report=report)
    return (told[-1] - told[0]) / (len(told) - 1)


def _with_steps(trainer: Any, steps: int) -> Any:
    never = Checkpoints(minutes=float("inf"))
    short = replace(trainer.settings, steps=steps, epochs=None, tokens=None, checkpoints=never)
    # What a policy is asked now and then is no part of a step.
    return replace(trainer, settings=short, **({"held_out": 0} if isinstance(trainer, SamplesItself) else {}))
