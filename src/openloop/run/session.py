"""Stages carried out once, or found done, or only planned."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from openloop.identity import identity
from openloop.run.engine import Engine
from openloop.run.plan import Plan, planned
from openloop.run.stages.base import Stage
from openloop.run.stages.train import TrainStage
from openloop.run.store import Step, Store


@dataclass(frozen=True)
class Session:
    """What the views of one run share."""

    store: Store
    engine: Engine
    plan: Plan | None = None
    """When set, nothing is computed: each stage is only noted."""
    _turns: dict[str, threading.Lock] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def do(self, stage: Stage, step: Step, ordinal: int) -> None:
        """Carry a stage out, or find it done, as the ``ordinal``-th of its kind at a step; or plan it."""
        if self.plan is not None:
            self._note(stage, step, ordinal, self.plan)
            return
        with self._turn(stage.fingerprint):
            if self.store.has(stage.fingerprint):
                self.store.notify("reused", stage=stage.kind, fingerprint=stage.fingerprint)
            else:
                self._execute(stage, step)
        self.store.journal.place(step, stage.kind, ordinal, stage.fingerprint)

    def counts(self, stage: Stage) -> dict[str, Any]:
        """The counts of a stage; empty when it has not been computed (in a plan)."""
        row = self.store.stage(stage.fingerprint)
        return row.counts if row is not None else {}

    def ensure_weights(self, stage: TrainStage) -> None:
        """Train again a model whose weights the retention rule deleted."""
        with self._turn(stage.fingerprint):
            if not self.store.folder(stage.kind, stage.fingerprint).exists():
                self._execute(stage, Step())

    def _turn(self, fingerprint: str) -> threading.Lock:
        """Held while a stage is computed, so that arms which share it compute it once."""
        with self._mutex:
            return self._turns.setdefault(fingerprint, threading.Lock())

    def _execute(self, stage: Stage, step: Step) -> None:
        model = getattr(stage, "model", None)
        if isinstance(model, TrainStage):
            self.ensure_weights(model)
        self.store.notify("started", stage=stage.kind, fingerprint=stage.fingerprint, step=step)
        began = time.perf_counter()
        counts = stage.execute(self.store, self.engine)
        seconds = time.perf_counter() - began
        self.store.finish(
            stage.fingerprint,
            stage.kind,
            identity=identity(stage.identity()),
            upstream=stage.upstream,
            counts=counts,
            seconds=seconds,
        )

    def _note(self, stage: Stage, step: Step, ordinal: int, plan: Plan) -> None:
        done = self.store.stage(stage.fingerprint) if self.store.has(stage.fingerprint) else None
        before = self.store.journal.placed(step, stage.kind, ordinal)
        status = "reused" if done else "recomputed" if before else "new"
        seconds = done.seconds if done else self.store.mean_seconds(stage.kind)
        plan.stages.append(planned(stage, step, status, seconds))
