"""What trainings will take, before they begin: parameters, tokens, steps, memory, and minutes from a few steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openloop.contracts import Estimates, Model
from openloop.contracts.training import learns_from
from openloop.data.prompt_sources import stages_behind
from openloop.data.tables import examples
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.run.plan import PlannedTraining
from openloop.run.stages.train import TrainStage
from openloop.training.probe import probe
from openloop.training.through_trl import ThroughTrl
from openloop.training.trl_training import total_steps

LOOKED_AT = 256
"""Rows that stand for all, spread evenly over them."""


@dataclass
class TrainingPlanner:
    """Estimates trainings by the rows that are there already, real ones; kept ones are taken to be as long."""

    probes: bool
    """Whether to time three steps of each kind of training, in a folder that is thrown away."""
    _paces: dict[str, float | None] = field(default_factory=dict)

    def planned(self, stage: TrainStage) -> PlannedTraining | None:
        """What a training will take; None for a trainer that does not say."""
        trainer, model = stage.trainer, stage.origin
        if not isinstance(trainer, Estimates):
            return None
        some, count = self._rows(stage)
        estimate = trainer.estimate(model, some)
        tokens = round(estimate.tokens * count / len(some)) if some else 0
        steps = estimate.steps
        if isinstance(trainer, ThroughTrl) and count != len(some):
            steps = total_steps(trainer.settings, count, tokens)
        pace = self._pace(stage, model, some)
        return PlannedTraining(
            trainer=trainer.name,
            parameters=estimate.parameters,
            trained_parameters=estimate.trained_parameters,
            rows=count,
            tokens=tokens,
            steps=steps,
            memory_bytes=estimate.memory_bytes,
            seconds=None if pace is None else pace * steps,
        )

    def _rows(self, stage: TrainStage) -> tuple[Sequence[Any], int]:
        """Some of the rows, and how many there will be at most."""
        if learns_from(stage.trainer) == "prompts":
            unknown = stage.prompts is None or stages_behind(stage.prompts)
            prompts = [] if stage.prompts is None or unknown else stage.prompts.load()
            return prompts, len(prompts)
        kept = sum(min(chosen.limit or pools, pools) for chosen in stage.kept for pools in [_most(chosen.pools)])
        if learns_from(stage.trainer) == "pairs" or stage.real is None:
            return [], kept
        real = examples(stage.real.source.table())
        share = stage.real_share
        count = kept + (len(real) if share is None else round(share / (1 - share) * kept))
        return _some(real), count if stage.most_rows is None else min(count, stage.most_rows)

    def _pace(self, stage: TrainStage, model: Model, some: Sequence[Any]) -> float | None:
        """Seconds of a step, measured once for trainings that are alike."""
        if not self.probes or not some:
            return None
        name = fingerprint([stage.trainer, model])
        if name not in self._paces:
            try:
                self._paces[name] = probe(stage.trainer, model, some, stage.seed)
            except InputError:
                self._paces[name] = None
        return self._paces[name]


def _some(rows: Sequence[Any]) -> Sequence[Any]:
    return rows[:: max(1, len(rows) // LOOKED_AT)]


def _most(pools: Sequence[Any]) -> int:
    return sum(pool.most for pool in pools)
