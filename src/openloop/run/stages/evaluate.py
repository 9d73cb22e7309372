"""Evaluate: the accuracy of a model on test rows, from their verdicts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from openloop import filesystem
from openloop.identity import fingerprint
from openloop.measures.intervals import mean, proportion
from openloop.run.engine import Engine
from openloop.run.stages.score import ScoreStage
from openloop.run.store import Store


@dataclass(frozen=True)
class EvaluateStage:
    """The share of test rows that the signal accepts, or its mean value when it has no ``accept_at``.

    Rows that could not be scored are counted in ``n_unscored`` and stay out of the estimate.
    """

    verdicts: ScoreStage
    kind: ClassVar[str] = "evaluate"

    def identity(self) -> dict[str, Any]:
        return {"verdicts": self.verdicts}

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, self.identity()])

    @property
    def upstream(self) -> tuple[str, ...]:
        return (self.verdicts.fingerprint,)

    def execute(self, store: Store, engine: Engine) -> dict[str, Any]:  # noqa: ARG002  # needs no worker
        values = store.table([self.verdicts.fingerprint], ["value"]).column("value").to_numpy()
        scored = values[~np.isnan(values)]
        accept_at = self.verdicts.signal.accept_at
        if accept_at is None:
            estimate = mean(scored)
        else:
            estimate = proportion(int((scored >= accept_at).sum()), len(scored))
        counts = asdict(estimate) | {"n_unscored": len(values) - len(scored)}
        filesystem.write_text(store.root / "metrics" / f"{self.fingerprint}.json", json.dumps(counts, indent=1))
        return counts
