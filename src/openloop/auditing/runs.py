"""The candidates of a run as rows to audit, with the verdicts that the run gave them, from what was recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from openloop.auditing.item_scorings import ItemScorings, item_scorings
from openloop.auditing.policy_trainings import PolicyTraining, policy_trainings
from openloop.data.tables import ROW, generated
from openloop.errors import InputError, nearest
from openloop.run.kept_rows import recorded_selection, signal_of
from openloop.run.record import ArmRecord, RunRecord
from openloop.run.stages import KINDS
from openloop.run.store import Placed, Step, Store

Row = Mapping[str, Any]


@dataclass
class JudgedPool:
    """One pool of candidates where it stands in a run, and the score stages over it."""

    step: Step
    pool: str
    """Fingerprint."""
    verdicts: dict[str, str] = field(default_factory=dict)
    """Name of a signal there → its score stage."""


@dataclass
class RunRows:
    """All candidates of one arm (all seeds and rounds), or of a run made by Python calls.

    Columns: ``prompt``, ``completion``, ``verdict`` (of the signal that the arm selects by, else its first one),
    ``signal.NAME`` for each signal, ``arm``, ``seed``, ``round``, ``logprob`` and the real data's own.
    """

    path: Path
    arm: str | None = None

    @property
    def name(self) -> str:
        return str(self.path) if self.arm is None else f"{self.path} (arm {self.arm})"

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
    def _chosen(self) -> list[JudgedPool]:
        """Each pool once, where it first stands, with the verdicts that this arm heard."""
        arms = sorted({placed.step.arm for placed in self._loop})
        if self.arm is not None and self.arm not in arms:
            raise InputError(f"--arm {self.arm!r}: {nearest(self.arm, arms)}")
        parsed = {
            (placed.step.arm, pool)
            for placed in self._loop
            if KINDS[placed.kind].makes_candidates
            for pool in [self._store.finished_stage(placed.fingerprint).record.get("pool")]
        }
        pools: dict[str, JudgedPool] = {}
        for placed in self._loop:
            if not KINDS[placed.kind].makes_candidates or self.arm not in (None, placed.step.arm):
                continue
            if (placed.step.arm, placed.fingerprint) not in parsed:  # its items are audited in its place
                pools.setdefault(placed.fingerprint, JudgedPool(placed.step, placed.fingerprint))
        for placed in self._loop:
            if placed.kind == "score":
                found = pools.get(self._store.finished_stage(placed.fingerprint).record["pool"])
                # Arms that share a pool may judge it by other signals.
                if found is not None and found.step.arm == placed.step.arm:
                    found.verdicts[placed.label] = placed.fingerprint
        if not pools:
            raise InputError(f"{self.path}: no candidates to audit yet. Run it first.")
        return [self._in_order(pool) for pool in pools.values()]

    def _in_order(self, pool: JudgedPool) -> JudgedPool:
        """With the signal that the arm selects by first, the others in the order in which its recipe names them."""
        arm = self._arms.get(pool.step.arm)
        names = list(pool.verdicts) if arm is None else [name for name in arm.signals if name in pool.verdicts]
        names.sort(key=lambda name: name not in self._selects_by.get(pool.step.arm, ()))  # the order stays otherwise
        pool.verdicts = {name: pool.verdicts[name] for name in names}
        return pool

    @cached_property
    def _selects_by(self) -> dict[str, set[str]]:
        """Arm → the signals that its selectors name."""
        found: dict[str, set[str]] = {}
        for placed in self._loop:
            if placed.kind == "select":
                selector = self._store.finished_stage(placed.fingerprint).record["selector"]
                found.setdefault(placed.step.arm, set()).update(_named_signals(selector))
        return found

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
    def notes(self) -> Sequence[str]:
        """Which signal the verdict is."""
        by_arm = {pool.step.arm: next(iter(pool.verdicts)) for pool in self._chosen if pool.verdicts}
        audited = [arm for name, arm in self._arms.items() if self.arm in (None, name)]
        heard = [
            f"outside information of arm {arm.name!r}: {'yes (declared)' if arm.outside else 'no'}; "
            f"{' → '.join(arm.chain)}"
            for arm in audited
        ]
        if len(set(by_arm.values())) == 1:
            return [f"verdict = the run's signal {next(iter(by_arm.values()))!r}", *heard]
        named = [f"verdict of arm {arm!r} = the run's signal {name!r}" for arm, name in sorted(by_arm.items())]
        return [*named, *heard]

    @property
    def accept_at(self) -> float | None:
        """Of the audited signal, where all audited arms agree on it."""
        cuts = {
            signal_of(self._store, next(iter(pool.verdicts.values()))).accept_at
            for pool in self._chosen
            if pool.verdicts
        }
        return cuts.pop() if len(cuts) == 1 else None

    def blocks(self) -> Iterator[Sequence[Row]]:
        for found in self._chosen:
            table = generated(self._store.table([found.pool]))
            # Where nothing has judged the rows, those that the filters kept are what is asked about.
            kept = self._kept.get((found.step.arm, found.pool))
            if not found.verdicts and kept is not None:
                table = table.filter(kept)
            columns = {
                name: self._store.table([score], ["value"]).column("value").to_pylist()
                for name, score in found.verdicts.items()
            }
            first = next(iter(found.verdicts), None)
            parts = [] if first is None else self._store.table([found.verdicts[first]], ["parts"])["parts"].to_pylist()
            yield [
                {
                    **{key.removeprefix(ROW): value for key, value in row.items() if key.startswith(ROW)},
                    "prompt": row["prompt"],
                    "completion": row["completion"],
                    "logprob": row["logprob"],
                    "verdict": None,
                    **({} if first is None else scorings(columns[first][i], parts[i])),
                    **{f"signal.{name}": values[i] for name, values in columns.items()},
                    "arm": found.step.arm,
                    "seed": found.step.seed,
                    "round": f"{found.step.round}",
                }
                for i, row in enumerate(table.to_pylist())
            ]

    @cached_property
    def _kept(self) -> dict[tuple[str, str], pa.BooleanArray]:
        """Arm and pool → whether the arm's last selection over it kept its rows, shape [N], where there is one."""
        masks = {}
        for placed in self._loop:
            if placed.kind == "select":
                recorded = recorded_selection(self._store, placed.fingerprint)
                mask, start = recorded.parts.mask(self._store.storage), 0
                for pool in recorded.pools:
                    n = generated(self._store.table([pool], ["finish"])).num_rows
                    masks[placed.step.arm, pool] = mask.slice(start, n)
                    start += n
        return masks

    def where(self, index: int) -> str:
        return f"candidate {index + 1:,}"

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
