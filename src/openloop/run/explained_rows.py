"""Every candidate behind the rows of a run, with what became of it and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from openloop.data.content import text_of
from openloop.data.tables import FAILED, ROW
from openloop.run.kept_rows import signal_of
from openloop.run.rows_of_run import RowsOfRun
from openloop.run.store import Store

KEPT = "kept"
Fate = Literal["kept", "dropped", "failed"]


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What one signal said of one row."""

    value: float | None
    outcome: str
    """``scored``, ``abstained``, ``timeout`` or ``error``."""
    reason: str
    accepted: bool | None
    """None where it has no score, or the signal no ``accept_at``."""

    @property
    def state(self) -> str:
        """``accepted``, ``rejected``, ``scored`` (by a signal that accepts nothing) or ``unscored``."""
        if self.value is None:
            return "unscored"
        return "scored" if self.accepted is None else "accepted" if self.accepted else "rejected"


@dataclass(frozen=True, slots=True)
class ExplainedRow:
    """One candidate, an item that could not be read, or a request that failed."""

    id: str
    prompt_id: str
    prompt: str
    completion: str
    fate: Fate
    reason: str
    """``kept``, the reason of the drop, or why there is no candidate."""
    verdicts: Mapping[str, RowVerdict]
    """By the name of the signal; empty where nothing has judged the row."""
    reply: str = ""
    """Id of the reply that an item was read from."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def explained_rows(rows: RowsOfRun) -> list[ExplainedRow]:
    """All of them, in pool order."""
    store, recorded = rows.store, rows.recorded
    choice = store.table([rows.selection], ["id", "kept", "reason"]).to_pylist()
    chosen = {one["id"]: KEPT if one["kept"] else one["reason"] for one in choice}
    verdicts: dict[str, dict[str, RowVerdict]] = {}
    for name, stages in recorded.verdicts.items():
        for stage in stages:
            for id, verdict in _verdicts(store, stage):
                verdicts.setdefault(id, {})[name] = verdict
    columns = ["id", "prompt_id", "prompt", "completion", "finish", "failure"]
    found = []
    items = {pool for pool in recorded.pools if "parser" in store.finished_stage(pool).record}
    of_pool = {True: [*columns, ROW + "reply"], False: columns}
    for row in (row for pool in recorded.pools for row in store.table([pool], of_pool[pool in items]).to_pylist()):
        failed = row["finish"] == FAILED
        reason = (row["failure"] or "failed") if failed else chosen[row["id"]]
        found.append(
            ExplainedRow(
                row["id"],
                row["prompt_id"],
                text_of(row["prompt"]),
                text_of(row["completion"]),
                "failed" if failed else "kept" if reason == KEPT else "dropped",
                reason,
                verdicts.get(row["id"], {}),
                row.get(ROW + "reply") or "",
            )
        )
    return found


def _verdicts(store: Store, stage: str) -> Sequence[tuple[str, RowVerdict]]:
    accept_at = signal_of(store, stage).accept_at
    return [
        (
            row["id"],
            RowVerdict(
                row["value"],
                row["outcome"],
                row["reason"] or "",
                None if row["value"] is None or accept_at is None else row["value"] >= accept_at,
            ),
        )
        for row in store.table([stage], ["id", "value", "outcome", "reason"]).to_pylist()
    ]
