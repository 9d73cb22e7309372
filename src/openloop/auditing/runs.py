"""The rows of a run as an audit sees them, among the candidates that they were selected from, as recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from openloop.auditing.inputs import OtherTexts, Role
from openloop.auditing.item_scorings import ItemScorings, item_scorings
from openloop.auditing.other_texts import recorded_texts
from openloop.auditing.policy_trainings import PolicyTraining, policy_trainings
from openloop.auditing.recorded_choice import RecordedChoice
from openloop.auditing.recorded_sampling import RecordedSampling
from openloop.auditing.result import RowPlace
from openloop.data.tables import ROW, generated
from openloop.errors import InputError
from openloop.run.kept_rows import signal_of
from openloop.run.record import ArmRecord, RunRecord
from openloop.run.rows_of_run import NothingSelected, RowsOfRun, chosen_arm, rows_of_run
from openloop.run.stages import KINDS
from openloop.run.stages.select import SURPLUS
from openloop.run.store import Placed, Step, Store

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]


@dataclass
class JudgedPool:
    """One pool of candidates where it stands in a run, and the score stages over it."""

    step: Step
    pool: str
    """Fingerprint."""
    verdicts: dict[str, str] = field(default_factory=dict)
    """Name of a signal there → its score stage; the one that the arm selects by comes first."""


@dataclass
class RunRows:
    """The rows of a run (:mod:`openloop.run.rows_of_run`) among the candidates that they were selected from.

    Columns: ``prompt``, ``completion``, ``verdict`` (of the signal that the rows are selected by, else the arm's first
    one), ``signal.NAME`` for each signal, ``arm``, ``seed``, ``round``, ``logprob``, ``n_tokens``, ``finish`` and the
    real data's own. Where nothing was selected, they are all candidates of the arm.
    """

    path: Path
    arm: str | None = None
    seed: int | None = None
    round: int | None = None

    @property
    def name(self) -> str:
        rows = self._rows
        if rows is None:
            return str(self.path) if self.arm is None else f"{self.path} (arm {self.arm})"
        return f"{self.path} ({rows.where}{', partial' if rows.partial else ''})"

    @cached_property
    def _store(self) -> Store:
        return Store.read(self.path)

    @cached_property
    def _arms(self) -> Mapping[str, ArmRecord]:
        record = self._store.journal.run()
        return {} if record is None else RunRecord.read(record).arms

    @cached_property
    def _loop(self) -> list[Placed]:
        """Of the arms that the last recipe has; all stages where no recipe ran."""
        mine = [placed for placed in self._store.journal.steps() if placed.step.purpose == "loop"]
        return [placed for placed in mine if not self._arms or placed.step.arm in self._arms]

    @cached_property
    def _rows(self) -> RowsOfRun | None:
        """The selection that is audited; None where none has finished."""
        try:
            return rows_of_run(self._store, arm=self.arm, seed=self.seed, round=self.round)
        except NothingSelected:
            return None

    @cached_property
    def _chosen(self) -> list[JudgedPool]:
        """Each pool once, with the verdicts that this arm heard."""
        rows = self._rows
        found = self._every_pool() if rows is None else [JudgedPool(rows.step, pool) for pool in rows.recorded.pools]
        pools = {one.pool: one for one in found}
        for placed in self._loop:
            if placed.kind == "score":
                one = pools.get(self._store.finished_stage(placed.fingerprint).record["pool"])
                # Arms that share a pool may judge it by other signals.
                if one is not None and one.step.arm == placed.step.arm:
                    one.verdicts[placed.label] = placed.fingerprint
        if not pools:
            raise InputError(f"{self.path}: no candidates to audit yet. Run it first.")
        return [self._in_order(pool) for pool in pools.values()]

    def _every_pool(self) -> list[JudgedPool]:
        """Of an arm that selects nothing: what it sampled, or where that is parsed, the items."""
        arms = list(self._arms) or sorted({placed.step.arm for placed in self._loop})
        if not arms:
            return []
        record = self._store.journal.run()
        run = None if record is None else RunRecord.read(record)
        arm = self.arm if self.arm is not None else chosen_arm(self._store, run, arms, self._loop)[0]
        mine = [placed for placed in self._loop if placed.step.arm == arm and KINDS[placed.kind].makes_candidates]
        parsed = {self._store.finished_stage(placed.fingerprint).record.get("pool") for placed in mine}
        return [JudgedPool(placed.step, placed.fingerprint) for placed in mine if placed.fingerprint not in parsed]

    def _in_order(self, pool: JudgedPool) -> JudgedPool:
        """With the signal that the arm selects by first, the others in the order in which its recipe names them."""
        arm = self._arms.get(pool.step.arm)
        names = list(pool.verdicts) if arm is None else [name for name in arm.signals if name in pool.verdicts]
        names.sort(key=lambda name: name not in self._selects_by)  # the order stays otherwise
        pool.verdicts = {name: pool.verdicts[name] for name in names}
        return pool

    @cached_property
    def _selects_by(self) -> set[str]:
        """The signals that the selection names, or else those that it was given."""
        if self._rows is None:
            return set()
        record = self._store.finished_stage(self._rows.selection).record
        return set(_named_signals(record["selector"])) or set(record["verdicts"])

    @property
    def chosen(self) -> RecordedChoice | None:
        """What the selection made of each candidate; None where all rows that are read count."""
        if self._rows is None or not self._judged:
            return None
        table = self._store.table([self._rows.selection], ["kept", "reason"])
        kept = np.asarray(table.column("kept").to_numpy(), dtype=np.bool_)
        surplus = np.array([reason == SURPLUS for reason in table.column("reason").to_pylist()], dtype=np.bool_)
        heard = self._store.finished_stage(self._rows.selection).record.get("uses_verdicts", True)
        return RecordedChoice(kept, kept | surplus, bool(heard))

    @property
    def _judged(self) -> bool:
        return any(pool.verdicts for pool in self._chosen)

    @property
    def trainings(self) -> Sequence[PolicyTraining]:
        """Of policies, in the audited arms."""
        return policy_trainings(self._store, self.arm)

    @property
    def item_scorings(self) -> Sequence[ItemScorings]:
        """Of the judges of the audited pools."""
        scored = {(name, pool.pool): score for pool in self._chosen for name, score in pool.verdicts.items()}
        return item_scorings(self._store, scored)

    @property
    def samplings(self) -> Sequence[RecordedSampling]:
        """How the candidates were drawn, every way once; where they were read out of replies, how those were."""
        found: dict[RecordedSampling, None] = {}
        for pool in self._chosen:
            record = self._store.finished_stage(pool.pool).record
            while "sampling" not in record and "pool" in record:
                record = self._store.finished_stage(record["pool"]).record
            if "sampling" in record:
                found[RecordedSampling.read(record)] = None
        return list(found)

    @property
    def notes(self) -> Sequence[str]:
        """Which rows these are, and which signal the verdict is."""
        rows, said = self._rows, []
        if rows is None:
            said.append("nothing is selected yet: all candidates are audited")
        else:
            said += [rows.sentence, *rows.said]
            if rows.partial:
                said.append(f"PARTIAL: {rows.partial}")
            arm = self._arms.get(rows.step.arm)
            if arm is not None:
                said.append(
                    f"outside information of arm {arm.name!r}: {'yes (declared)' if arm.outside else 'no'}; "
                    f"{' → '.join(arm.chain)}"
                )
            if arm is not None and arm.real_share is not None:
                said.append(f"the real rows that `export` mixes in ({arm.real_share:.0%} of the file) are not audited")
        first = {next(iter(pool.verdicts)) for pool in self._chosen if pool.verdicts}
        return [*said, *(f"verdict = the run's signal {name!r}" for name in sorted(first))]

    @property
    def accept_at(self) -> float | None:
        """Of the audited signal, where all pools agree on it."""
        cuts = {
            signal_of(self._store, next(iter(pool.verdicts.values()))).accept_at
            for pool in self._chosen
            if pool.verdicts
        }
        return cuts.pop() if len(cuts) == 1 else None

    def recorded_texts(self, role: Role) -> OtherTexts | None:
        """What the run recorded of the recipe's real rows, or of its evaluation rows."""
        return recorded_texts(self._store, [pool.step for pool in self._chosen], role)

    def blocks(self) -> Iterator[Sequence[Row]]:
        mask = None if self._rows is None or self._judged else self._rows.recorded.parts.mask(self._store.storage)
        start = 0
        for found in self._chosen:
            table = generated(self._store.table([found.pool]))
            n = table.num_rows
            if (
                mask is not None
            ):  # nothing has judged the rows: those that the filters kept are all there is to ask about
                table = table.filter(mask.slice(start, n))
            start += n
            yield list(self._judged_rows(found, table))

    def _judged_rows(self, found: JudgedPool, table: pa.Table) -> Iterator[Row]:
        columns = {
            name: self._store.table([score], ["value"]).column("value").to_pylist()
            for name, score in found.verdicts.items()
        }
        first = next(iter(found.verdicts), None)
        parts = [] if first is None else self._store.table([found.verdicts[first]], ["parts"])["parts"].to_pylist()
        for i, row in enumerate(table.to_pylist()):
            yield {
                **{key.removeprefix(ROW): value for key, value in row.items() if key.startswith(ROW)},
                "prompt": row["prompt"],
                "completion": row["completion"],
                "logprob": row["logprob"],
                "n_tokens": row["n_tokens"],
                "finish": row["finish"],
                "verdict": None,
                **({} if first is None else scorings(columns[first][i], parts[i])),
                **{f"signal.{name}": values[i] for name, values in columns.items()},
                "arm": found.step.arm,
                "seed": found.step.seed,
                "round": f"{found.step.round}",
            }

    def where(self, index: int) -> str:
        return f"candidate {index + 1:,}"

    def place(self, index: int) -> RowPlace | None:  # noqa: ARG002
        return None

    def reads(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.path.resolve())


def _named_signals(selector: Any) -> Iterator[str]:
    """Every signal that the record of a selector, or of a part of it, names."""
    if isinstance(selector, Mapping):
        for option, value in selector.items():
            if option == "signal" and isinstance(value, str):
                yield value
            else:
                yield from _named_signals(value)
    elif isinstance(selector, list):
        for part in selector:
            yield from _named_signals(part)


def scorings(value: float | None, parts: str) -> Row:
    """``verdict``, as a list where the row was scored several times, and ``orders`` where it was asked in both.

    A judge's parts name them ``#1``, ``#2``, ..., ``#1 first``, ``#1 swapped``.
    """
    held = json.loads(parts) if parts else {}
    repeats = [part for name, part in held.items() if re.fullmatch(r"#\d+", name)]
    found: dict[str, Any] = {"verdict": repeats or value}
    if "#1 swapped" in held:
        found["orders"] = {"first": held["#1 first"], "swapped": held["#1 swapped"]}
    return found
