"""Score: a signal judges a pool."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from openloop.contracts import Model, Signal
from openloop.data.tables import CandidateRows, verdict_table
from openloop.identity import fingerprint
from openloop.records import Candidate, Outcome, Verdict
from openloop.run.engine import Died, Engine
from openloop.run.stages.asking import Committed, askers, with_models
from openloop.run.stages.base import add_up, require_sum
from openloop.run.stages.parse import ParseStage
from openloop.run.stages.sample import SampleStage
from openloop.run.store import Store
from openloop.signals.base import checked, scopes
from openloop.user_code import can_travel

if TYPE_CHECKING:
    import pyarrow as pa

OUTCOMES = [outcome.value for outcome in Outcome]

log = logging.getLogger("openloop")


@dataclass(frozen=True)
class ScoreStage:
    """One verdict for each generated candidate of a pool, part by part."""

    pool: SampleStage | ParseStage
    signal: Signal
    kind: ClassVar[str] = "score"

    def identity(self) -> dict[str, Any]:
        return {"pool": self.pool, "signal": self.signal}

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, self.identity()])

    @property
    def upstream(self) -> tuple[str, ...]:
        return (self.pool.fingerprint,)

    def execute(self, store: Store, engine: Engine) -> dict[str, Any]:
        done = store.parts(self.fingerprint)
        folder = store.folder(self.pool.kind, self.pool.fingerprint)
        parts = [
            (number, folder / f"part-{number:05d}.parquet")
            for number in store.parts(self.pool.fingerprint)
            if number not in done
        ]
        signal = with_models(self.signal, lambda model: self._paid(model, store, engine))
        alone = any(getattr(part.model, "one_process", False) for part in askers(signal))
        here = alone or not can_travel(signal)
        if here and not alone and engine.workers and parts:
            log.warning(
                "signal %r is defined where worker processes cannot import it (a notebook, a script itself, or "
                "inside a function): it runs in this process",
                self.signal.name,
            )
        for position, result in engine.map(score_file, [(path, signal) for _, path in parts], here=here):
            number, path = parts[position]
            if isinstance(result, Died):
                store.event("part rescued", stage=self.kind, part=number, reason=result.reason)
                result = self._rescue(engine, path, result.reason)
            table, seconds = result
            counts = dict.fromkeys(OUTCOMES, 0)
            for outcome in table.column("outcome").to_pylist():
                counts[outcome] += 1
            counts = {"generated": table.num_rows} | counts
            store.commit_table(self.fingerprint, self.kind, number, table, counts=counts, seconds=seconds)
        total = dict.fromkeys(["generated", *OUTCOMES], 0) | add_up(store.parts(self.fingerprint))
        require_sum(self.kind, total, "generated", *OUTCOMES)
        return total

    def _paid(self, model: Model, store: Store, engine: Engine) -> Model:
        metered = getattr(model, "metered", False)
        return Committed(model, store, engine, self.fingerprint) if metered else model

    def _rescue(self, engine: Engine, path: Path, reason: str) -> tuple[pa.Table, float]:
        """A part that killed its worker twice is halved until only the rows that kill are left, as errors."""
        began = time.perf_counter()
        candidates = list(_rows_of(path))
        verdicts = self._halved(engine, scopes(self.signal, candidates), reason)
        return verdict_table([c.id for c in candidates], verdicts), time.perf_counter() - began

    def _halved(self, engine: Engine, groups: Sequence[Sequence[Candidate]], reason: str) -> list[Verdict]:
        if len(groups) == 1:
            return [Verdict(None, Outcome.ERROR, reason) for _ in groups[0]]
        verdicts: list[Verdict] = []
        middle = len(groups) // 2
        for half in (groups[:middle], groups[middle:]):
            flat = [candidate for group in half for candidate in group]
            result = engine.call(checked, self.signal, flat)
            verdicts += self._halved(engine, half, result.reason) if isinstance(result, Died) else result
        return verdicts


def score_file(path: Path, signal: Signal) -> tuple[pa.Table, float]:
    """Score one committed part of a pool."""
    began = time.perf_counter()
    candidates = _rows_of(path)
    verdicts = checked(signal, list(candidates))
    return verdict_table(candidates.ids, verdicts), time.perf_counter() - began


def _rows_of(path: Path) -> CandidateRows:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:  # read_table would set up a whole dataset, for each part anew
        return CandidateRows.of(file.read())
