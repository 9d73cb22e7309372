"""Select: what is kept of a pool, and why each other row is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from openloop.contracts import Selector
from openloop.data.tables import CandidateRows, VerdictRows
from openloop.errors import ContractError
from openloop.identity import fingerprint
from openloop.records import Selection
from openloop.run.engine import Engine
from openloop.run.kept_rows import kept_table
from openloop.run.stages.base import require_sum
from openloop.run.stages.parse import ParseStage
from openloop.run.stages.sample import SampleStage
from openloop.run.stages.score import ScoreStage
from openloop.run.store import Store
from openloop.selection.pool_view import CandidatePool

if TYPE_CHECKING:
    import pyarrow as pa

SURPLUS = "surplus"


@dataclass(frozen=True)
class SelectStage:
    """A selector over one or more pools at once, cut to the first ``limit`` rows it keeps."""

    pools: tuple[SampleStage | ParseStage, ...]
    verdicts: Mapping[str, tuple[ScoreStage, ...]]
    """By signal name, one stage per pool."""
    selector: Selector
    limit: int | None = None
    kind: ClassVar[str] = "select"

    def identity(self) -> dict[str, Any]:
        return {
            "pools": self.pools,
            "verdicts": self.verdicts,
            "selector": self.selector,
            "limit": self.limit,
        }

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, self.identity()])

    @property
    def upstream(self) -> tuple[str, ...]:
        scored = [stage.fingerprint for stages in self.verdicts.values() for stage in stages]
        return (*(pool.fingerprint for pool in self.pools), *scored)

    def execute(self, store: Store, engine: Engine) -> dict[str, Any]:  # noqa: ARG002  # needs no worker
        import pyarrow as pa

        pools = [pool.fingerprint for pool in self.pools]
        candidates = CandidateRows(lambda columns: store.table(pools, columns))
        verdicts = {name: self._verdicts(store, stages) for name, stages in self.verdicts.items()}
        selection = self.selector.select(CandidatePool(candidates, verdicts))
        kept, dropped = _checked(selection, candidates.ids, self.selector)
        if self.limit is not None:
            dropped |= dict.fromkeys(kept[self.limit :], SURPLUS)
            kept = kept[: self.limit]
        keep = set(kept)
        rows = {
            "id": candidates.ids,
            "kept": [candidate in keep for candidate in candidates.ids],
            "reason": [dropped.get(candidate, "") for candidate in candidates.ids],
        }
        reasons = dict(sorted(Counter(dropped.values()).items()))
        counts = {"generated": len(candidates), "kept": len(kept), "dropped": len(dropped)}
        require_sum(self.kind, counts, "generated", "kept", "dropped")
        store.commit_table(self.fingerprint, self.kind, 0, pa.table(rows), counts=counts, seconds=0.0)
        measured = {name: asdict(estimate) for name, estimate in selection.measured.items()}
        return counts | {"dropped": reasons} | ({"measured": measured} if measured else {})

    def rows(self, store: Store) -> pa.Table:
        """The kept rows, in pool order."""
        return kept_table(store, [pool.fingerprint for pool in self.pools], self.fingerprint)

    def _verdicts(self, store: Store, stages: tuple[ScoreStage, ...]) -> VerdictRows:
        signal = stages[0].signal
        return VerdictRows(signal.name, signal.accept_at, store.table([stage.fingerprint for stage in stages]))


def _checked(selection: Selection, ids: list[str], selector: Selector) -> tuple[list[str], dict[str, str]]:
    """A selection in pool order, after checking that every id is in exactly one of its two halves."""
    keep, dropped = set(selection.kept), dict(selection.dropped)
    if len(keep) + len(dropped) != len(ids) or any((i in keep) == (i in dropped) for i in ids):
        raise ContractError(
            f"selector {selector!r} kept {len(selection.kept)} and dropped {len(dropped)} of {len(ids)} candidates: "
            "each candidate must be in exactly one of the two, each drop with a reason."
        )
    return [i for i in ids if i in keep], dropped
