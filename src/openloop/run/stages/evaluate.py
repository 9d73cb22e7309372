"""Evaluate: named estimates of a model on test rows, from their verdicts, with what every answer gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NotRequired, TypedDict

import numpy as np

from openloop.data.tables import generated
from openloop.evaluation.answers import Measured, main_measure, measured
from openloop.measures.clustered import codes
from openloop.run.engine import Executor
from openloop.run.record import SignalRecord
from openloop.run.stages.base import Named, Stage, VerdictStage
from openloop.run.store import StageKind, Store


class EvaluateResult(TypedDict):
    """What a model reached on a test."""

    estimates: dict[str, dict[str, Any]]
    """By name, the first one being what arms are compared by."""
    reported: NotRequired[dict[str, dict[str, float | None]]]
    """What a benchmark's own library says of the same: ``value`` and ``stderr``, by the estimate's name."""
    main: NotRequired[list[str]]
    """Of a benchmark, the estimates that stand for what was asked for, and that arms are compared by."""
    lower_is_better: NotRequired[list[str]]
    """Names of the estimates of which less is better, such as a perplexity."""
    unscored: NotRequired[dict[str, str]]
    """Why an estimate rests on nothing, by its name: the most frequent reason, with its first row's message."""
    cut: NotRequired[int]
    """Items of a benchmark that did not fit into the model's context."""


EVALUATE = StageKind("evaluate", "evaluations", EvaluateResult, weight=0.2)


@dataclass(frozen=True)
class EvaluateStage(Named):
    """For each signal what :func:`openloop.evaluation.answers.measured` estimates from its verdicts.

    Rows that could not be scored are counted in ``n_unscored`` and stay out of the estimate.
    """

    verdicts: Mapping[str, VerdictStage]
    """By the estimate's name; all over one pool."""
    kind: ClassVar[StageKind] = EVALUATE

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
        ids = np.asarray(prompts.to_pylist(), dtype=object).astype(str)
        found: dict[str, Measured] = {}
        unscored: dict[str, str] = {}
        for name, stage in self.verdicts.items():
            values = store.table([stage.fingerprint], ["value"]).column("value").to_numpy().astype(np.float64)
            accept_at, (low, high) = stage.signal.accept_at, stage.signal.range
            if np.isnan(values).all():
                unscored[name] = _why_unscored(store, stage.fingerprint)
            estimates = measured(values, codes(ids), accept_at=accept_at, span=(float(low), float(high)))
            found |= {_named(name, what, main_measure(accept_at)): mine for what, mine in estimates.items()}
        table = pa.table({"prompt_id": prompts, **{f"value.{name}": mine.values for name, mine in found.items()}})
        result = EvaluateResult(estimates={name: asdict(mine.estimate) for name, mine in found.items()})
        if unscored:
            result["unscored"] = unscored
        store.commit_table(self.kind, self.fingerprint, 0, table, counts={"rows": table.num_rows}, seconds=0.0)
        return result


def _why_unscored(store: Store, verdicts: str) -> str:
    """``20 answers: error no_gold (the row has no 'answer'; it has: prompt)``."""
    rows = store.table([verdicts], ["outcome", "reason", "detail"]).to_pylist()
    if not rows:
        return "there are no answers"
    kinds = Counter((row["outcome"], row["reason"].partition(":")[0]) for row in rows)
    (outcome, reason), count = kinds.most_common(1)[0]
    first = next(row for row in rows if row["outcome"] == outcome and row["reason"].startswith(reason))
    said = first["reason"].removeprefix(reason).lstrip(": ") or (first["detail"] if outcome == "error" else "")
    example = f" ({' '.join(said.split())[:200]})" if said.strip() else ""
    most = "" if count == len(rows) else f"mostly ({count:,}) "
    return f"{len(rows):,} answer{'s' * (len(rows) > 1)}, {most}{outcome} {reason}".rstrip() + example


def _named(signal: str, what: str, main: str) -> str:
    """The name of an estimate: that of its signal where it is the main one, ``pass@8`` or ``SIGNAL pass@8`` else."""
    if what == main:
        return signal
    return what if signal == main else f"{signal} {what}"
