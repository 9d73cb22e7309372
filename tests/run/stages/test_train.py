"""Train: trainers that return something else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection
from openloop.errors import ContractError
from tests.support.rows import doubles


@dataclass(frozen=True)
class Direct:
    """Returns the model itself."""

    name: str = "direct"

    def train(self, model: Any, rows: Any, **given: Any) -> Any:
        return model

    def load(self, model: Any, folder: Path) -> Any:
        return model


def test_a_trainer_that_returns_no_artifact_is_named(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    kept = run.select(run.sample(models.simulated(), doubles(4)), None, selection.everything())
    trainer: Any = Direct()
    with pytest.raises(ContractError, match=r"'direct' must return openloop\.records\.Artifact\(revision\)"):
        run.train(models.simulated(), kept, using=trainer)
