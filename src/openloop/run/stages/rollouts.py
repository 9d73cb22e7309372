"""Rollouts: what a policy answered while it was trained, as a pool, with the verdicts that its signals gave then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from openloop.contracts import SamplesItself, Signal
from openloop.run.engine import Executor
from openloop.run.record import ModelRecord, SignalRecord
from openloop.run.stages.base import PART, Ask, Named, Stage, add_up, require_sum
from openloop.run.stages.sample import DO_NOT_TRAIN
from openloop.run.stages.score import ScoreResult, ScoreStage, asked_of, outcomes, scored
from openloop.run.stages.train import TrainStage
from openloop.run.store import StageKind, Store
from openloop.training.rollouts import GOLD, Part, RolloutFolder, candidates_in, verdicts_in

if TYPE_CHECKING:
    import pyarrow as pa


class RolloutResult(TypedDict):
    """requested = generated + request_failed."""

    requested: int
    generated: int
    request_failed: int


@dataclass(frozen=True)
class RolloutStage(Named):
    """The answers of one training: to the prompts it learned from, or greedy ones to those that it held out."""

    training: TrainStage
    part: Part
    round: int
    kind: ClassVar[StageKind] = StageKind(
        "rollouts", "candidates", RolloutResult, weight=0.1, makes_candidates=True, readme=DO_NOT_TRAIN
    )

    def identity(self) -> dict[str, Any]:
        return {"training": self.training, "part": self.part, "round": self.round, "size": PART}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return (self.training,)

    def record(self) -> dict[str, Any]:
        return {
            "model": asdict(ModelRecord.of(self.training.origin)),
            "training": self.training.fingerprint,
            "part": self.part,
            "round": self.round,
        }

    @property
    def trainer(self) -> SamplesItself:
        """What made them."""
        return self.training.trainer  # type: ignore[return-value]  # only such a trainer has rollouts

    @property
    def most(self) -> int:
        """Rows that the pool holds at most."""
        prompts = 0 if self.training.prompts is None else self.training.prompts.count
        return self.trainer.most_answers(self.part, prompts)

    def execute(self, store: Store, executor: Executor) -> RolloutResult:  # noqa: ARG002  # needs no worker
        done = store.parts(self.fingerprint)
        for number, table in recorded_parts(store, self):
            if number not in done:
                n = table.num_rows
                counts = {"requested": n, "generated": n, "request_failed": 0}
                store.commit_table(
                    self.kind, self.fingerprint, number, candidates_in(table), counts=counts, seconds=0.0
                )
        total = RolloutResult(requested=0, generated=0, request_failed=0) | add_up(store.parts(self.fingerprint))
        require_sum(self.kind.name, total, "requested", "generated", "request_failed")
        return total  # type: ignore[return-value]  # what add_up adds are the same keys


@dataclass(frozen=True)
class RolloutScoreStage(Named):
    """The verdicts of one signal on rollouts, as it gave them during the training: nothing is scored again."""

    pool: RolloutStage
    signal: Signal
    label: str
    """What the trainer calls the signal."""
    kind: ClassVar[StageKind] = ScoreStage.kind

    def identity(self) -> dict[str, Any]:
        return {"pool": self.pool, "signal": self.signal, "recorded": self.label}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return (self.pool, self.pool.training)

    def record(self) -> dict[str, Any]:
        return {"signal": asdict(SignalRecord.of(self.signal)), "pool": self.pool.fingerprint}

    def asks(self) -> Iterator[Ask]:
        """See :class:`openloop.run.stages.base.AsksModels`."""
        return asked_of(self.signal, self.pool)

    def execute(self, store: Store, executor: Executor) -> ScoreResult:  # noqa: ARG002  # needs no worker
        done = store.parts(self.fingerprint)
        for number, table in recorded_parts(store, self.pool):
            if number in done:
                continue
            verdicts = verdicts_in(table, self.label)
            counts = outcomes(verdicts)
            store.commit_table(self.kind, self.fingerprint, number, verdicts, counts=counts, seconds=0.0)
        return scored(store, self.fingerprint)


def recorded_parts(store: Store, pool: RolloutStage) -> Iterator[tuple[int, pa.Table]]:
    """What lies beside the weights, in parts of :data:`PART` rows or a little more, with the ids of the pool."""
    import pyarrow as pa

    folder = RolloutFolder.below(store.root / pool.training.kind.folder / pool.training.fingerprint)
    gathered: list[pa.Table] = []
    number = 0

    def whole() -> pa.Table:
        table = pa.concat_tables(gathered, promote_options="permissive")
        n = table.num_rows
        ids = pa.array([f"{pool.fingerprint[:12]}-{number}-{i}" for i in range(n)])
        table = table.set_column(table.column_names.index("id"), "id", ids)
        return table.set_column(table.column_names.index("round"), "round", pa.array([pool.round] * n, pa.int32()))

    for _, table in folder.steps(pool.part):
        gathered.append(table)
        if sum(held.num_rows for held in gathered) >= PART:
            yield number, whole()
            gathered, number = [], number + 1
    if gathered:
        yield number, whole()


def rollout_stages(training: TrainStage, part: Part, round: int) -> tuple[RolloutStage, dict[str, RolloutScoreStage]]:
    """The pool of a training's rollouts, and the verdicts over it by the names of their signals."""
    pool = RolloutStage(training, part, round)
    signals = dict(pool.trainer.signals)
    if part == "held_out" and pool.trainer.gold is not None:
        signals[GOLD] = pool.trainer.gold
    return pool, {name: RolloutScoreStage(pool, signal, name) for name, signal in signals.items()}


def recorded_stages(training: TrainStage, round: int) -> Iterator[tuple[str, Stage, str]]:
    """(purpose, stage, label) of all that a training recorded; nothing where its trainer lets nothing be answered."""
    trainer = training.trainer
    if not isinstance(trainer, SamplesItself):
        return
    parts: list[tuple[Part, str]] = [("train", "loop"), ("held_out", "evaluate")]
    for part, purpose in parts if trainer.held_out else parts[:1]:
        pool, verdicts = rollout_stages(training, part, round)
        yield purpose, pool, ""
        for name, judged in verdicts.items():
            yield purpose, judged, name
