"""Durable calls: each is computed once, stored under its fingerprint, and returned from the store after that."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from openloop.contracts import Model, Selector, Signal
from openloop.engine import Engine, require_workers
from openloop.errors import InputError
from openloop.handles import Evaluation, Kept, Pool, Student, Verdicts
from openloop.identity import identity
from openloop.plan import Plan, planned
from openloop.prompts import ExampleSource, as_prompts, as_rows
from openloop.records import Sampling
from openloop.selection import chain
from openloop.signals import exact
from openloop.stages.base import Stage
from openloop.stages.evaluate import EvaluateStage
from openloop.stages.sample import SampleStage
from openloop.stages.score import ScoreStage
from openloop.stages.select import SelectStage
from openloop.stages.train import TrainStage
from openloop.store import Step, Store


@dataclass(frozen=True)
class Session:
    """What the views of one run share."""

    store: Store
    engine: Engine
    plan: Plan | None = None
    """When set, nothing is computed: each call only says what it would do."""
    turns: dict[str, threading.Lock] = field(default_factory=dict)
    mutex: threading.Lock = field(default_factory=threading.Lock)

    def turn(self, fingerprint: str) -> threading.Lock:
        """Held while a stage is computed, so that arms which share it compute it once."""
        with self.mutex:
            return self.turns.setdefault(fingerprint, threading.Lock())


class Run:
    """A run directory as ordinary Python.

    ``workers=0`` works in this process; more start that many worker processes. The result is the same. What
    the script or notebook itself defines runs in this process: put it in a file of its own to use workers.
    """

    def __init__(self, directory: str | Path, *, workers: int = 0) -> None:
        store = Store.open(directory)
        engine = Engine(require_workers(workers), lambda reason: store.event("retry", reason=reason))
        self.session = Session(store, engine)
        self.step = Step()
        self._ordinals: Counter[tuple[str, str]] = Counter()

    @classmethod
    def over(cls, session: Session, step: Step) -> Run:
        """A view of a session at one step of a loop."""
        run = cls.__new__(cls)
        run.session, run.step, run._ordinals = session, step, Counter()
        return run

    @property
    def store(self) -> Store:
        """The run directory."""
        return self.session.store

    def at(self, *, arm: str = "", seed: int = 0, round: int = 0) -> Run:
        """The same run, noting that what follows belongs to this arm, seed and round."""
        return Run.over(self.session, Step(arm, seed, round))

    # ---- the calls --------------------------------------------------------------------------------------

    def sample(self, model: Model | Student, prompts: Any, *, k: int = 1, temperature: float = 1.0,
               top_p: float = 1.0, max_tokens: int = 256, seed: int = 0) -> Pool:  # fmt: skip
        """K completions for each of P prompts. Prompts: texts, rows with a ``prompt``, or ``openloop.read(file)``."""
        if k < 1:
            raise InputError(f"k: at least 1 completion per prompt, got {k}.")
        sampling = Sampling(temperature, top_p, max_tokens, seed)
        stage = SampleStage(_model(model), as_prompts(prompts), k, sampling, self.step.round)
        self._do(stage)
        return Pool(self, (stage,))

    def score(self, pool: Pool, signal: Signal) -> Verdicts:
        """One verdict for each candidate."""
        _require(signal, Signal, "signal", "@openloop.signal")
        stages = tuple(ScoreStage(stage, signal) for stage in pool.stages)
        for stage in stages:
            self._do(stage)
        return Verdicts(self, stages)

    def select(self, pool: Pool, verdicts: Verdicts | Mapping[str, Verdicts] | None,
               *selectors: Selector, limit: int | None = None) -> Kept:  # fmt: skip
        """What the selectors keep, one after the other; ``limit`` cuts to the first rows in pool order."""
        for selector in selectors:
            _require(selector, Selector, "selector", "openloop.selection")
        if verdicts is None:
            verdicts = {}
        by_name = {verdicts.signal: verdicts} if isinstance(verdicts, Verdicts) else verdicts
        selector = selectors[0] if len(selectors) == 1 else chain(*selectors)
        stages = {name: scored.stages for name, scored in by_name.items()}
        stage = SelectStage(pool.stages, stages, selector, limit)
        self._do(stage)
        return Kept(self, stage)

    def train(self, model: Model | Student, kept: Kept | list[Kept] | None = None, *, real: Any = None,
              seed: int = 0, **options: Any) -> Student:  # fmt: skip
        """A new model trained on the kept rows, after the ``real`` ones. ``options`` go to the model's ``fit``."""
        selections = kept if isinstance(kept, list) else [] if kept is None else [kept]
        examples = None if real is None else ExampleSource(as_rows(real))
        stages = tuple(selection.stage for selection in selections)
        stage = TrainStage(_model(model), stages, examples, seed, options)
        self._do(stage)
        return Student(self, stage)

    def evaluate(self, model: Model | Student, test: Any, signal: Signal | None = None, *,
                 temperature: float = 0.0, max_tokens: int = 256) -> Evaluation:  # fmt: skip
        """Accuracy of one answer per test row (greedy unless told otherwise) under a signal (``exact("answer")``)."""
        inner = Run.over(self.session, replace(self.step, purpose="evaluate"))
        pool = inner.sample(model, test, temperature=temperature, max_tokens=max_tokens)
        verdicts = inner.score(pool, signal or exact("answer"))
        stage = EvaluateStage(verdicts.stages[0])
        self._do(stage)
        return Evaluation(self, stage)

    def export(self, kept: Kept, to: str, path: str | Path | None = None, *, overwrite: bool = False) -> Path:
        """Write the kept rows as training data, with a data-set card beside them. Returns the file."""
        from openloop.release import release

        return release(kept, to, path, overwrite=overwrite)

    def close(self) -> None:
        """Let the workers and the directory go; what is committed stays."""
        self.session.engine.close()
        self.store.close()

    # ---- underneath -------------------------------------------------------------------------------------

    def counts(self, stage: Stage) -> dict[str, Any]:
        """The counts of a stage; empty when it has not been computed (in a plan)."""
        row = self.store.stage(stage.fingerprint)
        return row.counts if row is not None else {}

    def _do(self, stage: Stage) -> None:
        """Carry a stage out, or find it done; in a plan, only note which."""
        ordinal = self._ordinals[self.step.purpose, stage.kind]
        self._ordinals[self.step.purpose, stage.kind] += 1
        if self.session.plan is not None:
            self._note(stage, ordinal, self.session.plan)
            return
        with self.session.turn(stage.fingerprint):
            if self.store.has(stage.fingerprint):
                self.store.notify("reused", stage=stage.kind, fingerprint=stage.fingerprint)
            else:
                self._execute(stage)
        self.store.journal.place(self.step, stage.kind, ordinal, stage.fingerprint)

    def _execute(self, stage: Stage) -> None:
        self._restore_upstream(stage)
        self.store.notify("started", stage=stage.kind, fingerprint=stage.fingerprint, step=self.step)
        began = time.perf_counter()
        counts = stage.execute(self.store, self.session.engine)
        seconds = time.perf_counter() - began
        self.store.finish(stage.fingerprint, stage.kind, identity=identity(stage.identity()), upstream=stage.upstream,
                          counts=counts, seconds=seconds)  # fmt: skip

    def _restore_upstream(self, stage: Stage) -> None:
        model = getattr(stage, "model", None)
        if isinstance(model, TrainStage):
            self.ensure_weights(model)

    def ensure_weights(self, stage: TrainStage) -> None:
        """Train again a model whose weights the retention rule deleted."""
        with self.session.turn(stage.fingerprint):
            if not self.store.folder(stage.kind, stage.fingerprint).exists():
                self._execute(stage)

    def _note(self, stage: Stage, ordinal: int, plan: Plan) -> None:
        done = self.store.stage(stage.fingerprint) if self.store.has(stage.fingerprint) else None
        before = self.store.journal.placed(self.step, stage.kind, ordinal)
        status = "reused" if done else "recomputed" if before else "new"
        seconds = done.seconds if done else self.store.mean_seconds(stage.kind)
        plan.stages.append(planned(stage, self.step, status, seconds))


def _model(model: Model | Student) -> Model | TrainStage:
    if isinstance(model, Student):
        return model.stage
    _require(model, Model, "model", "openloop.models")
    return model


def _require(value: object, contract: type, what: str, where: str) -> None:
    if not isinstance(value, contract):
        raise InputError(
            f"{what}: {value!r} is no {what}; see {where} and openloop.contracts.{contract.__name__}."
        )
