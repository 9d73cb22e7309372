"""Benchmark: a model on tasks of lm-eval, run once, with what every item gave."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from openloop.contracts import Model
from openloop.errors import WorkerError
from openloop.evaluation.benchmark import BenchmarkEstimate, BenchmarkItems, benchmark_estimates
from openloop.evaluation.harness import Harness, require_weights
from openloop.evaluation.harness_run import run_harness
from openloop.run.engine import Died, Executor, Worksite, call
from openloop.run.record import ModelRecord
from openloop.run.stages.base import ModelSource, ModelStage, Named, Stage, load_model
from openloop.run.stages.evaluate import EVALUATE, EvaluateResult
from openloop.run.store import StageKind, Store
from openloop.user_code import can_travel

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("openloop")


@dataclass(frozen=True)
class BenchmarkStage(Named):
    """The same kind as an evaluation by signals: estimates by name, and a row for each item."""

    model: Model | ModelStage
    benchmark: Harness
    kind: ClassVar[StageKind] = EVALUATE

    def __post_init__(self) -> None:
        """Raises InputError for a model that lm-eval cannot load."""
        require_weights(self.origin)

    def identity(self) -> dict[str, Any]:
        return {"model": self.model, "benchmark": self.benchmark}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return () if isinstance(self.model, Model) else (self.model,)

    @property
    def origin(self) -> Model:
        """The model that the chain of trainings began with."""
        return self.model if isinstance(self.model, Model) else self.model.origin

    @property
    def device(self) -> str:
        """See :class:`openloop.run.stages.base.OnDevice`."""
        return require_weights(self.origin).device

    def record(self) -> dict[str, Any]:
        return {"benchmark": self.benchmark.options(), "model": asdict(ModelRecord.of(self.origin))}

    def execute(self, store: Store, executor: Executor) -> EvaluateResult:
        source: ModelSource = self.model if isinstance(self.model, Model) else self.model.source
        require_weights(self.origin).release()  # a process has one copy of the weights at a time
        here = not can_travel((source, self.benchmark))
        items = call(executor, run_benchmark, source, self.benchmark, here=here, training=True)
        if isinstance(items, Died):
            raise WorkerError(f"evaluating {self.origin.name!r} by lm-eval failed twice: {items.reason}.")
        found = benchmark_estimates(items)
        table = item_table(items, found)
        store.commit_table(self.kind, self.fingerprint, 0, table, counts={"rows": table.num_rows}, seconds=0.0)
        if items.cut:
            log.warning(
                "%s: %d of %d items do not fit into the context of %s; lm-eval cut the beginning of what it asked",
                ", ".join(self.benchmark.tasks),
                items.cut,
                table.num_rows,
                self.origin.name,
            )
        return EvaluateResult(
            cut=items.cut,
            estimates={one.name: asdict(one.estimate) for one in found},
            reported={one.name: {"value": one.reported.value, "stderr": one.reported.stderr} for one in found},
            main=[one.name for one in found if one.main],
            lower_is_better=[one.name for one in found if one.reported.lower_is_better],
        )


def run_benchmark(worksite: Worksite, source: ModelSource, benchmark: Harness) -> BenchmarkItems:
    """Run it where the work was sent."""
    return run_harness(load_model(source, worksite.storage), benchmark)


def item_table(items: BenchmarkItems, found: list[BenchmarkEstimate]) -> pa.Table:
    """One row for each item of each task; of an estimate, NaN in the rows of tasks that it is not made of."""
    import pyarrow as pa

    columns: dict[str, Any] = {
        "prompt_id": [item for task in items.tasks for item in task.ids],
        "task": [task.task for task in items.tasks for _ in task.ids],
    }
    for name in ("question", "target", "answer"):
        columns[name] = pa.array([text for task in items.tasks for text in task.texts[name]], pa.string())
    for one in found:
        if one.values:
            held = [one.values.get(task.task, np.full(len(task.ids), np.nan)) for task in items.tasks]
            columns[f"value.{one.name}"] = np.concatenate(held)
    return pa.table(columns)
