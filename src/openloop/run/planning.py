"""A plan as a mode of the session: every stage is noted, and none is carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from openloop.contracts import Priced
from openloop.contracts.models import is_metered
from openloop.data.content import text_of
from openloop.data.prompt_sources import All, Shuffled
from openloop.errors import ArmEnded
from openloop.run.expected_requests import ExpectedRound, rows_per_request
from openloop.run.partial import is_partial
from openloop.run.plan import Plan, Planned
from openloop.run.session import Batch, PaidStage
from openloop.run.stages.base import Ask, AsksModels, Stage
from openloop.run.stages.sample import SampleStage
from openloop.run.stages.select import SelectStage
from openloop.run.stages.train import TrainStage
from openloop.run.store import Step, Store
from openloop.run.training_plan import TrainingPlanner

PROMPT_TOKENS = 500.0
"""Of a prompt that cannot be looked at before a run."""
CHARACTERS = 4
"""Of a token, roughly."""


@dataclass(frozen=True)
class Planning:
    """Notes each stage: whether it is stored, was done under another fingerprint, or is new, and what it costs."""

    store: Store
    plan: Plan = field(default_factory=Plan)
    side_by_side: int = 1
    probes: bool = False
    """Whether to time a few steps of each kind of training."""
    _trainings: TrainingPlanner = field(init=False)
    _have: dict[Step, int] = field(default_factory=dict)
    """Rows that the batches before the next one of a round gave."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "_trainings", TrainingPlanner(self.probes))
        self.plan.answered = self.store.requests.usage()

    @property
    def asks(self) -> bool:
        """See :class:`openloop.run.session.Session`."""
        return True

    def without_asking(self) -> Planning:
        """A plan asks nothing."""
        return self

    def affordable(self, stage: PaidStage) -> PaidStage:
        """See :class:`openloop.run.session.Session`."""
        return stage

    def do(self, stage: Stage, step: Step, ordinal: int, label: str) -> None:  # noqa: ARG002
        """See :class:`openloop.run.session.Session`."""
        if any(known.fingerprint == stage.fingerprint for known in self.plan.stages):
            return  # chains that share a stage carry it out once
        done = self.store.stage(stage.fingerprint) if self.store.has(stage.fingerprint) else None
        before = self.store.journal.placed(step, stage.kind.name, ordinal)
        goes_on = before is not None and is_partial(self.store, before)
        status = "reused" if done else "recomputed" if before and not goes_on else "new"
        seconds = done.seconds if done else self.store.mean_seconds(stage.kind.name)
        known = planned(stage, step, status, seconds)
        if isinstance(stage, TrainStage) and not done:
            training = self._trainings.planned(stage)
            timed = training.seconds if training is not None else None
            known = replace(known, training=training, seconds=seconds if timed is None else timed)
        self.plan.stages.append(known)

    def result(self, stage: Stage) -> Mapping[str, Any]:
        """See :class:`openloop.run.session.Session`."""
        row = self.store.stage(stage.fingerprint)
        return {} if row is None else row.result

    def kept(self, stage: SelectStage) -> int:
        """See :class:`openloop.run.session.Session`."""
        if result := self.result(stage):
            return int(result["kept"])
        self.plan.unknown_prompts = True
        return sum(pool.most for pool in stage.pools)

    def keeps(self, stage: SelectStage, rows: int | None, batch: Batch | None = None) -> bool:
        """See :class:`openloop.run.session.Session`."""
        here = next(known for known in self.plan.stages if known.fingerprint == stage.fingerprint)
        step = here.step
        if result := self.result(stage):
            self._have[step] = int(result["kept"])
            return int(result["kept"]) >= (rows or 1)
        if rows is not None:
            self.plan.open_ended = True
            if batch is not None and all(one.selection != stage.fingerprint for one in self.plan.expected):
                self.plan.expected.append(self._expected(stage, step, rows, batch))
        return True

    def _expected(self, stage: SelectStage, step: Step, rows: int, batch: Batch) -> ExpectedRound:
        """What a round still takes that has not got its rows yet, if further batches are like its next one."""
        here = slice((batch.number - 1) * len(stage.pools) // batch.number, None)
        pools = stage.pools[here]
        read = (*stage.verdicts.values(), *stage.vectors.values())
        behind = [*pools, *(held[here] for held in read)]
        work = {known.fingerprint: known for known in stages_behind(behind)}
        costs = [planned(one, step, "new", None) for one in work.values()]
        seconds = [self.store.mean_seconds(one.kind.name) for one in (*work.values(), stage)]
        return ExpectedRound(
            step,
            stage.fingerprint,
            wanted=max(1, rows - self._have.get(step, 0)),
            batch=max(1, sum(_first_requests(pool) for pool in pools)),
            batch_most=max(1, sum(pool.most for pool in pools)),
            batches_left=batch.most - batch.number + 1,
            seen=rows_per_request(self.store, step.arm, self.store.journal.steps()),
            tokens=sum(cost.tokens for cost in costs),
            money=sum(cost.money for cost in costs),
            seconds=None if None in seconds else sum(s for s in seconds if s is not None),
        )

    def ensure_files(self, stage: Stage) -> None:
        """Nothing is made."""

    def drop_files(self, stage: Stage) -> None:
        """Nothing is deleted."""

    @contextmanager
    def chain(self, arm: str, seed: int) -> Iterator[None]:  # noqa: ARG002
        """An arm that has ended has nothing more to plan."""
        with suppress(ArmEnded):
            yield

    def stop(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """The store is somebody else's."""


def stages_behind(stages: Iterable[Any]) -> Iterator[Stage]:
    """What one batch does: its pools and verdicts, what they are read from, and what proposes their prompts."""
    for stage in stages:
        if isinstance(stage, tuple):
            yield from stages_behind(stage)
        elif not isinstance(stage, TrainStage):
            yield stage
            yield from stages_behind(stage.inputs)


def _first_requests(pool: Stage) -> int:
    """Requests that begin a batch: those that propose its prompts, where any do."""
    samples = [stage for stage in stages_behind([pool]) if isinstance(stage, SampleStage)]
    first = [sample for sample in samples if not any(isinstance(other, SelectStage) for other in sample.inputs)]
    return sum(sample.requests for sample in first)


def planned(stage: Stage, step: Step, status: str, seconds: float | None) -> Planned:
    """Describe one stage."""
    known = Planned(step, stage.kind.name, stage.fingerprint, status, seconds=seconds)
    if status == "reused" or not isinstance(stage, AsksModels):
        return known
    for ask in stage.asks():
        known = _with_cost(known, ask)
    return known


def _with_cost(known: Planned, ask: Ask) -> Planned:
    """With what the requests to one model cost, at most."""
    model = ask.model
    price = model.request_price(ask.max_tokens, prompt_tokens(ask.prompts)) if isinstance(model, Priced) else 0.0
    return replace(
        known,
        requests=known.requests + ask.requests,
        tokens=known.tokens + ask.requests * ask.max_tokens,
        money=known.money + ask.requests * price,
        paid=known.paid or is_metered(model),
        model=model.name,
        budget=dict(model.limits) if isinstance(model, Priced) else {},
    )


def prompt_tokens(prompts: Any) -> float:
    """Mean length of some rows' prompts, where they come from rows as they are; else :data:`PROMPT_TOKENS`."""
    if not isinstance(prompts, All | Shuffled):
        return PROMPT_TOKENS
    rows: Sequence[Mapping[str, Any]] = prompts.source.load().rows
    some = rows[:: max(1, len(rows) // 200)]
    return sum(len(text_of(row["prompt"])) for row in some) / len(some) / CHARACTERS
