"""The contract of a trainer."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openloop.contracts import Model, Trainer
from openloop.records import Artifact
from openloop.testing.base import Suite

KEPT = ("name", "device", "dtype", "batch", "threads", "system", "chat", "beams", "metered", "one_process")
"""What a loaded model must have as the model that it was trained from, where that one has it."""


def check_trainer(
    trainer: Trainer, model: Model, rows: Sequence[Any], *, seed: int = 3, keeps: Sequence[str] = KEPT
) -> None:
    """``rows``: what the trainer learns from (examples, pairs or prompts). The model and the rows are left as they are;
    the same seed → the same revision, also over the checkpoints of an earlier training, whether that ended or was
    interrupted after its first reports; the artifact names what ``load`` gives, wherever the folder is moved; ``load``
    keeps what the model had (the attributes ``keeps``); checkpoints survive; reports are finite numbers; identity.
    """
    suite = Suite.of("trainer", trainer)
    suite.require(isinstance(trainer, Trainer), "lacks something of openloop.contracts.Trainer")
    suite.check_identity(trainer)
    before = model.revision
    with tempfile.TemporaryDirectory() as held:
        base = Path(held)
        first = _Training(suite, trainer, model, seed, base / "first", base / "first checkpoints")
        artifact = suite.unchanged(rows, lambda: first.run(rows))
        suite.require(model.revision == before, "changed the model that it was given")
        again = _Training(suite, trainer, model, seed, base / "again", base / "other checkpoints").run(rows)
        suite.require(again.revision == artifact.revision, "makes other weights with the same seed")
        resumed = _Training(suite, trainer, model, seed, base / "resumed", base / "first checkpoints").run(rows)
        suite.require(resumed.revision == artifact.revision, "makes other weights over checkpoints of its own")
        broken = _Training(suite, trainer, model, seed, base / "broken", base / "broken checkpoints", reports=2)
        with suppress(_Interrupted):
            broken.run(rows)
        mended = _Training(suite, trainer, model, seed, base / "mended", base / "broken checkpoints").run(rows)
        suite.require(mended.revision == artifact.revision, "makes other weights after it was interrupted")
        moved = Path(shutil.move(base / "first", base / "moved"))
        loaded = trainer.load(model, moved)
        _check_loaded(suite, model, loaded, artifact, keeps)
        suite.require(model.revision == before, "changed the model that it was given")


def _check_loaded(suite: Suite, model: Model, loaded: Model, artifact: Artifact, keeps: Sequence[str]) -> None:
    suite.require(isinstance(loaded, Model), f"loads {type(loaded).__name__}, which is not a model")
    suite.require(
        loaded.revision == artifact.revision,
        f"names revision {artifact.revision} in its artifact, and loads {loaded.revision}",
    )
    for name in keeps:
        if hasattr(model, name):
            had, has = getattr(model, name), getattr(loaded, name, None)
            suite.require(had == has, f"loads a model whose `{name}` is {has!r}; the model it trained had {had!r}")


class _Interrupted(Exception):
    """Raised by a report, in the middle of a training."""


@dataclass
class _Training:
    """One call of ``train``, watched."""

    suite: Suite
    trainer: Trainer
    model: Model
    seed: int
    folder: Path
    checkpoints: Path
    reports: int = 0
    """After so many it is interrupted; 0 is never."""
    step: float = field(default=-math.inf, init=False)

    def run(self, rows: Sequence[Any]) -> Artifact:
        self.folder.mkdir()
        self.checkpoints.mkdir(exist_ok=True)
        artifact = self.trainer.train(
            self.model, rows, seed=self.seed, folder=self.folder, checkpoints=self.checkpoints, report=self._report
        )
        self.suite.require(isinstance(artifact, Artifact), f"returned {type(artifact).__name__}, not an Artifact")
        self.suite.require(any(self.folder.iterdir()), "wrote nothing into the folder for the new weights")
        self.suite.require(self.checkpoints.is_dir(), "deleted the folder of checkpoints, which must survive kills")
        self._check_numbers("metrics", artifact.metrics)
        return artifact

    def _report(self, measured: Mapping[str, float]) -> None:
        self._check_numbers("reports", measured)
        step = measured.get("step", self.step)
        self.suite.require(step >= self.step, f"reports step {step} after step {self.step}")
        self.suite.require(step <= measured.get("of", math.inf), f"reports step {step} of {measured.get('of')}")
        self.step = step
        self.reports -= 1
        if self.reports == 0:
            raise _Interrupted

    def _check_numbers(self, what: str, measured: Mapping[str, float]) -> None:
        for name, value in measured.items():
            number = isinstance(value, int | float) and math.isfinite(value)
            self.suite.require(number, f"{what} {name}={value!r}, which is not a finite number")
