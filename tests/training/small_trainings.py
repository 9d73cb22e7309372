"""Trainings of a random model that take a moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openloop import models
from openloop.records import Artifact, Example

SUMS = [Example(f"{i}+{i}=", str(2 * i)) for i in range(20)]


def small(folder: Path, **options: Any) -> Any:
    """The model of a folder, on one thread of a CPU."""
    return models.transformers(str(folder), device="cpu", threads=1, **options)


def trained(
    trainer: Any,
    model: Any,
    rows: Sequence[Any],
    base: Path,
    *,
    seed: int = 0,
    report: Any = lambda _: None,
    checkpoints: Path | None = None,
) -> Artifact:
    """What a trainer makes, in ``base / "weights"``."""
    folder, held = base / "weights", checkpoints or base / "checkpoints"
    folder.mkdir(parents=True)
    held.mkdir(exist_ok=True)
    made: Artifact = trainer.train(model, rows, seed=seed, folder=folder, checkpoints=held, report=report)
    return made


def losses(artifact: Artifact) -> list[float]:
    """Of every step."""
    return [entry["loss"] for entry in artifact.curve if "loss" in entry]


def steps_told(told: Sequence[Mapping[str, float]]) -> list[float]:
    """Of what a training reported."""
    return [said["step"] for said in told]
