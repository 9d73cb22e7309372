"""Score: a signal judges a pool."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from openloop.contracts import Model, Pretrained, Signal
from openloop.contracts.models import in_one_process, is_metered
from openloop.contracts.signals import asking
from openloop.data.tables import CandidateRows, verdict_table
from openloop.records import Outcome, Verdict
from openloop.run.engine import Died, Executor, Worksite, each
from openloop.run.record import SignalRecord
from openloop.run.stages.asking import Committed, with_models
from openloop.run.stages.base import Ask, Named, PoolStage, Stage, add_up, require_sum
from openloop.run.stages.partial import Partial, identity_of, record_of
from openloop.run.stages.rescue import rescued
from openloop.run.store import PartName, StageKind, Store
from openloop.scoring import checked_verdicts, grouped_places
from openloop.user_code import can_travel

if TYPE_CHECKING:
    import pyarrow as pa

OUTCOMES = [outcome.value for outcome in Outcome]

log = logging.getLogger("openloop")


class ScoreResult(TypedDict):
    """generated = scored + abstained + timeout + error."""

    generated: int
    scored: int
    abstained: int
    timeout: int
    error: int


@dataclass(frozen=True)
class ScoreStage(Named):
    """One verdict for each generated candidate of a pool, part by part."""

    pool: PoolStage
    signal: Signal
    partial: Partial | None = None
    kind: ClassVar[StageKind] = StageKind(
        "score", "verdicts", ScoreResult, varying=frozenset({"seconds", "cost", "detail"})
    )

    def identity(self) -> dict[str, Any]:
        return {"pool": self.pool, "signal": self.signal, **identity_of(self.partial)}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return (self.pool,)

    @property
    def device(self) -> str | None:
        """See :class:`openloop.run.stages.base.OnDevice`."""
        asked = [part.model for part in asking(self.signal)]
        return next((model.device for model in asked if isinstance(model, Pretrained)), None)

    def record(self) -> dict[str, Any]:
        return {
            "signal": asdict(SignalRecord.of(self.signal)),
            "pool": self.pool.fingerprint,
            **record_of(self.partial),
        }

    def asks(self) -> Iterator[Ask]:
        """See :class:`openloop.run.stages.base.AsksModels`."""
        return asked_of(self.signal, self.pool)

    def execute(self, store: Store, executor: Executor) -> ScoreResult:
        done = store.parts(self.fingerprint)
        parts = [part for part in store.part_names(self.pool.fingerprint) if part.number not in done]
        signal = with_models(self.signal, lambda model: self._paid(model, store, executor))
        alone = any(in_one_process(part.model) for part in asking(signal))
        here = alone or not can_travel(signal)
        if here and not alone and executor.workers and parts:
            log.warning(
                "signal %r is defined where worker processes cannot import it (a notebook, a script itself, or "
                "inside a function): it runs in this process",
                self.signal.name,
            )
        for position, result in each(executor, score_part, [(part, signal) for part in parts], here=here):
            part = parts[position]
            if isinstance(result, Died):
                store.event("part rescued", stage=self.kind.name, part=part.number, reason=result.reason)
                result = self._rescued(store, executor, part, result.reason)
            table, seconds = result
            counts = outcomes(table)
            store.commit_table(self.kind, self.fingerprint, part.number, table, counts=counts, seconds=seconds)
        return scored(store, self.fingerprint)

    def _paid(self, model: Model, store: Store, executor: Executor) -> Model:
        return Committed(model, store, executor, self.fingerprint, self.partial is None) if is_metered(model) else model

    def _rescued(self, store: Store, executor: Executor, part: PartName, reason: str) -> tuple[pa.Table, float]:
        """Only the rows that kill become errors."""
        began = time.perf_counter()
        candidates = list(CandidateRows.of(store.storage.read(part)))
        groups = grouped_places(self.signal, candidates)
        found = rescued(executor, score_rows, (part, self.signal), groups, _lost, reason)
        verdicts = [found[row] for row in range(len(candidates))]
        return verdict_table([c.id for c in candidates], verdicts), time.perf_counter() - began


def asked_of(signal: Signal, pool: PoolStage) -> Iterator[Ask]:
    """What a signal asks of models to judge a pool."""
    for part in asking(signal):
        if part.model is not None:
            yield Ask(part.model, pool.most * part.requests, part.sampling.max_tokens)


def outcomes(verdicts: pa.Table) -> dict[str, int]:
    """How many verdicts there are, and of each outcome."""
    said = verdicts.column("outcome").to_pylist()
    return {"generated": len(said)} | {outcome: said.count(outcome) for outcome in OUTCOMES}


def scored(store: Store, fingerprint: str) -> ScoreResult:
    """The counts of all parts of a stage, checked."""
    total = dict.fromkeys(["generated", *OUTCOMES], 0) | add_up(store.parts(fingerprint))
    require_sum("score", total, "generated", *OUTCOMES)
    return total  # type: ignore[return-value]  # what add_up adds are the same keys


def score_part(worksite: Worksite, part: PartName, signal: Signal) -> tuple[pa.Table, float]:
    """Score one committed part of a pool."""
    began = time.perf_counter()
    candidates = CandidateRows.of(worksite.storage.read(part))
    verdicts = checked_verdicts(signal, list(candidates))
    return verdict_table(candidates.ids, verdicts), time.perf_counter() - began


def score_rows(worksite: Worksite, part: PartName, signal: Signal, rows: Sequence[int]) -> list[Verdict]:
    """The verdicts on some rows of a part."""
    candidates = list(CandidateRows.of(worksite.storage.read(part)))
    return checked_verdicts(signal, [candidates[row] for row in rows])


def _lost(reason: str) -> Verdict:
    return Verdict(None, Outcome.ERROR, reason)
