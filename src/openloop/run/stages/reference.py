"""Reference: texts that a run's rows are compared with when they are audited, as they were when the run was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypedDict

from openloop.data.prompt_sources import RowSource
from openloop.run.engine import Executor
from openloop.run.stages.base import Named, Stage
from openloop.run.store import StageKind, Store


class ReferenceResult(TypedDict):
    """How many rows there are."""

    rows: int


@dataclass(frozen=True)
class ReferenceStage(Named):
    """Prompts and completions of the recipe's real rows, or of rows that it is evaluated on."""

    source: RowSource
    role: Literal["real", "evaluation"]
    name: str
    """What a reader of the run calls them: of a file, its name in the recipe."""
    kind: ClassVar[StageKind] = StageKind("reference", "references", ReferenceResult, weight=0.2)

    def identity(self) -> Mapping[str, Any]:
        return {"source": self.source.fingerprint, "role": self.role, "name": self.name}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return ()

    def record(self) -> dict[str, Any]:
        return {"source": self.source.fingerprint, "role": self.role, "name": self.name}

    def execute(self, store: Store, executor: Executor) -> ReferenceResult:  # noqa: ARG002  # needs no worker
        import pyarrow as pa

        from openloop.data.content import text_of

        rows = self.source.load().rows
        completions = [row.get("completion", row.get("answer")) for row in rows]
        columns = {"prompt": [row.get("prompt") for row in rows], "completion": completions}
        texts = {
            name: pa.array(["" if value is None else text_of(value) for value in values], pa.string())
            for name, values in columns.items()
        }
        result = ReferenceResult(rows=len(rows))
        store.commit_table(self.kind, self.fingerprint, 0, pa.table(texts), counts=result, seconds=0.0)
        return result
