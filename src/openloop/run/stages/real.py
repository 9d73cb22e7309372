"""Real: rows of real data, kept with the run that mixes them in, so that it needs no other file later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypedDict

from openloop.data.prompt_sources import ExampleSource
from openloop.run.engine import Executor
from openloop.run.stages.base import Named, Stage
from openloop.run.store import StageKind, Store


class RealResult(TypedDict):
    """How many rows there are."""

    rows: int


@dataclass(frozen=True)
class RealStage(Named):
    """All rows of a source, as examples to train on."""

    source: ExampleSource
    kind: ClassVar[StageKind] = StageKind("real", "real", RealResult, weight=0.2)

    def identity(self) -> Mapping[str, Any]:
        return {"source": self.source}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return ()

    def record(self) -> dict[str, Any]:
        return {"source": self.source.fingerprint}

    def execute(self, store: Store, executor: Executor) -> RealResult:  # noqa: ARG002  # needs no worker
        table = self.source.table()
        result = RealResult(rows=table.num_rows)
        store.commit_table(self.kind, self.fingerprint, 0, table, counts=result, seconds=0.0)
        return result
