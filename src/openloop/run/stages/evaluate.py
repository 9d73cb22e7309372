"""Evaluate: named estimates of a model on test rows, from their verdicts, with what every item gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypedDict

import numpy as np
from numpy.typing import NDArray

from openloop.data.tables import generated
from openloop.evaluation import estimated
from openloop.run.engine import Executor
from openloop.run.record import SignalRecord
from openloop.run.stages.base import Named, Stage, VerdictStage
from openloop.run.store import StageKind, Store


class EvaluateResult(TypedDict):
    """What a model reached on a test."""

    estimates: dict[str, dict[str, Any]]
    """By name, the first one being what arms are compared by."""


@dataclass(frozen=True)
class EvaluateStage(Named):
    """For each signal the share of test rows that it accepts, or its mean value when it has no ``accept_at``.

    Rows that could not be scored are counted in ``n_unscored`` and stay out of the estimate.
    """

    verdicts: Mapping[str, VerdictStage]
    """By the estimate's name; all over one pool."""
    kind: ClassVar[StageKind] = StageKind("evaluate", "evaluations", EvaluateResult, weight=0.2)

    def identity(self) -> dict[str, Any]:
        return {"verdicts": list(self.verdicts.items())}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return tuple(self.verdicts.values())

    def record(self) -> dict[str, Any]:
        return {
            "estimates": {
                name: {"signal": asdict(SignalRecord.of(stage.signal)), "verdicts": stage.fingerprint}
                for name, stage in self.verdicts.items()
            }
        }

    def execute(self, store: Store, executor: Executor) -> EvaluateResult:  # noqa: ARG002  # needs no worker
        import pyarrow as pa

        (pool,) = {stage.pool.fingerprint for stage in self.verdicts.values()}
        prompts = generated(store.table([pool], ["prompt_id", "finish"])).column("prompt_id")
        values = {name: _values(store, stage) for name, stage in self.verdicts.items()}
        estimates = {
            name: asdict(estimated(values[name], accepts=stage.signal.accept_at is not None))
            for name, stage in self.verdicts.items()
        }
        table = pa.table({"prompt_id": prompts, **{f"value.{name}": held for name, held in values.items()}})
        result = EvaluateResult(estimates=estimates)
        store.commit_table(self.kind, self.fingerprint, 0, table, counts={"rows": table.num_rows}, seconds=0.0)
        return result


def _values(store: Store, stage: VerdictStage) -> NDArray[np.float64]:
    """1 and 0 where the signal accepts, else its value; NaN where unscored. Shape [N]."""
    values = np.asarray(store.table([stage.fingerprint], ["value"]).column("value").to_numpy(), dtype=np.float64)
    if stage.signal.accept_at is None:
        return values
    return np.where(np.isnan(values), np.nan, (values >= stage.signal.accept_at).astype(np.float64))


def measure_name(accept_at: float | None) -> str:
    """What an evaluation by one signal estimates."""
    return "mean value" if accept_at is None else "accuracy"
