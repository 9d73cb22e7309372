"""Select: what is kept of a pool, and why each other row is not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NotRequired, TypedDict

from numpy.typing import NDArray

from openloop.contracts import Selector
from openloop.contracts.selection import uses_verdicts
from openloop.data.tables import CandidateRows, VerdictRows
from openloop.errors import ContractError, WorkerError
from openloop.records import Selection
from openloop.run.engine import Died, Executor, Worksite, call
from openloop.run.record import named_options
from openloop.run.stages.base import Named, PoolStage, Stage, VerdictStage, require_sum
from openloop.run.stages.embed import EmbedStage, StoredVectors
from openloop.run.store import PartName, StageKind, Store
from openloop.selection.pool_view import CandidatePool
from openloop.user_code import can_travel

if TYPE_CHECKING:
    import pyarrow as pa

SURPLUS = "surplus"


class SelectResult(TypedDict):
    """generated = kept + dropped."""

    generated: int
    kept: int
    dropped: dict[str, int]
    """By reason."""
    measured: NotRequired[dict[str, dict[str, Any]]]
    """What the selector measured of its own effect: estimates by name."""


@dataclass(frozen=True, slots=True)
class VerdictParts:
    """Where a worker finds the verdicts of one signal, and what the signal said of itself."""

    signal: str
    accept_at: float | None
    parts: Sequence[PartName]


@dataclass(frozen=True)
class SelectStage(Named):
    """A selector over one or more pools at once, cut to the first ``limit`` rows it keeps."""

    pools: tuple[PoolStage, ...]
    verdicts: Mapping[str, tuple[VerdictStage, ...]]
    """By the name that the selection knows a signal by, one stage per pool."""
    selector: Selector
    limit: int | None = None
    columns: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    """Arrays of the caller's, by name, shape [N] or [N, D]: vectors, distances. Named by their content."""
    vectors: Mapping[str, tuple[EmbedStage, ...]] = field(default_factory=dict)
    """Stored vectors by the name of their column, one stage per pool."""
    kind: ClassVar[StageKind] = StageKind("select", "selections", SelectResult, weight=0.2)

    def identity(self) -> dict[str, Any]:
        named: dict[str, Any] = {"columns": self._digests()} if self.columns else {}
        named |= {"vectors": self.vectors} if self.vectors else {}
        return named | {
            "pools": self.pools,
            "verdicts": self.verdicts,
            "selector": self.selector,
            "limit": self.limit,
        }

    def _digests(self) -> dict[str, list[Any]]:
        """Kind, shape and content of each array."""
        return {
            name: [array.dtype.str, list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]
            for name, array in self.columns.items()
        }

    @property
    def inputs(self) -> tuple[Stage, ...]:
        read = (*self.verdicts.values(), *self.vectors.values())
        return (*self.pools, *(stage for stages in read for stage in stages))

    def record(self) -> dict[str, Any]:
        verdicts = {name: [stage.fingerprint for stage in stages] for name, stages in self.verdicts.items()}
        vectors = {name: [stage.fingerprint for stage in stages] for name, stages in self.vectors.items()}
        return {
            "selector": named_options(self.selector),
            "uses_verdicts": uses_verdicts(self.selector),
            "limit": self.limit,
            "columns": sorted([*self.columns, *self.vectors]),
            "pools": [pool.fingerprint for pool in self.pools],
            "verdicts": verdicts,
            **({"vectors": vectors} if vectors else {}),
        }

    def execute(self, store: Store, executor: Executor) -> SelectResult:
        pools = [name for pool in self.pools for name in store.part_names(pool.fingerprint)]
        verdicts = {name: self._parts(store, stages) for name, stages in self.verdicts.items()}
        arrays = store.storage.put_input(self.fingerprint, 0, dict(self.columns)) if self.columns else None
        vectors = {name: StoredVectors.of(store, stages) for name, stages in self.vectors.items()}
        here = not can_travel(self.selector)
        result = call(executor, select_rows, self.selector, pools, verdicts, self.limit, arrays, vectors, here=here)
        if isinstance(result, Died):
            raise WorkerError(f"select: {self.selector!r:.120} crashed its worker process twice: {result.reason}.")
        table, counts, measured = result
        dropped = counts.pop("dropped")
        sums = {**counts, "dropped": sum(dropped.values())}
        require_sum(self.kind.name, sums, "generated", "kept", "dropped")
        store.commit_table(self.kind, self.fingerprint, 0, table, counts=sums, seconds=0.0)
        found = SelectResult(generated=counts["generated"], kept=counts["kept"], dropped=dropped)
        if measured:
            found["measured"] = measured
        return found

    def _parts(self, store: Store, stages: tuple[VerdictStage, ...]) -> VerdictParts:
        signal = stages[0].signal
        parts = [name for stage in stages for name in store.part_names(stage.fingerprint)]
        return VerdictParts(signal.name, signal.accept_at, parts)


def select_rows(
    worksite: Worksite,
    selector: Selector,
    pools: Sequence[PartName],
    verdicts: Mapping[str, VerdictParts],
    limit: int | None,
    arrays: str | None,
    vectors: Mapping[str, StoredVectors],
) -> tuple[pa.Table, dict[str, Any], dict[str, dict[str, Any]]]:
    """The whole pool at once: a row for each candidate, the counts, and what the selector measured."""
    import pyarrow as pa

    storage = worksite.storage
    candidates = CandidateRows(lambda columns: storage.read_all(pools, columns))
    by_name = {
        name: VerdictRows(held.signal, held.accept_at, storage.read_all(held.parts)) for name, held in verdicts.items()
    }
    given = {} if arrays is None else storage.take_input(arrays)
    stored = {name: partial(held.load, storage) for name, held in vectors.items()}
    selection = selector.select(CandidatePool(candidates, by_name, given, stored))
    kept, dropped = _checked(selection, candidates.ids, selector)
    if limit is not None:
        dropped |= dict.fromkeys(kept[limit:], SURPLUS)
        kept = kept[:limit]
    keep = set(kept)
    table = pa.table(
        {
            # With their types: where every request failed, there are no rows to tell them by.
            "id": pa.array(candidates.ids, pa.string()),
            "kept": pa.array([candidate in keep for candidate in candidates.ids], pa.bool_()),
            "reason": pa.array([dropped.get(candidate, "") for candidate in candidates.ids], pa.string()),
        }
    )
    reasons = dict(sorted(Counter(dropped.values()).items()))
    counts = {"generated": len(candidates), "kept": len(kept), "dropped": reasons}
    return table, counts, {name: asdict(estimate) for name, estimate in selection.measured.items()}


def _checked(selection: Selection, ids: list[str], selector: Selector) -> tuple[list[str], dict[str, str]]:
    """A selection in pool order, after checking that every id is in exactly one of its two halves."""
    if not isinstance(selection, Selection):
        raise ContractError(
            f"selector {selector!r} must return an openloop.records.Selection(kept, dropped), got {selection!r:.120}."
        )
    keep, dropped = set(selection.kept), dict(selection.dropped)
    if len(keep) + len(dropped) != len(ids) or any((i in keep) == (i in dropped) for i in ids):
        raise ContractError(
            f"selector {selector!r} kept {len(selection.kept)} and dropped {len(dropped)} of {len(ids)} candidates: "
            "each candidate must be in exactly one of the two, each drop with a reason."
        )
    return [i for i in ids if i in keep], dropped
