"""Where stages stand in a loop, what became of each chain, and what happened on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.run.store.database import Database
from openloop.run.store.text import to_json


@dataclass(frozen=True, slots=True)
class Step:
    """Where a stage stands in a loop. The same stage may stand in several arms."""

    arm: str = ""
    seed: int = 0
    round: int = 0
    purpose: str = "loop"
    """``loop``; ``propose`` for what writes its prompts; ``evaluate`` for the sampling and scoring of test rows."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A finished stage where it stands."""

    step: Step
    kind: str
    fingerprint: str
    label: str
    """What the user calls it here: of a score stage the name of its signal in this arm."""
    result: dict[str, Any]


@dataclass(frozen=True)
class Journal:
    """What ran, where its stages stand, and the events on the way. A chain is one arm under one seed."""

    database: Database

    def place(self, step: Step, kind: str, ordinal: int, fingerprint: str, label: str = "") -> None:
        """Record that a stage is the ``ordinal``-th of its kind at this step, under a name of the user's."""
        with self.database.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (step.arm, step.seed, step.round, step.purpose, kind, ordinal, fingerprint, label),
            )

    def placed(self, step: Step, kind: str, ordinal: int) -> str | None:
        """The stage that stood at this step when the run was last carried out."""
        rows = self.database.all(
            "SELECT fingerprint FROM steps WHERE (arm, seed, round, purpose, kind, ordinal) = (?, ?, ?, ?, ?, ?)",
            step.arm,
            step.seed,
            step.round,
            step.purpose,
            kind,
            ordinal,
        )
        return rows[0][0] if rows else None

    def begin_chain(self, arm: str, seed: int) -> None:
        """A chain is walked anew: forget where its stages stood (the stages themselves stay)."""
        with self.database.write() as db:
            db.execute("DELETE FROM steps WHERE arm = ? AND seed = ?", (arm, seed))
            db.execute("INSERT OR REPLACE INTO chains VALUES (?, ?, 'running', '')", (arm, seed))

    def steps(self) -> list[Placed]:
        """Every finished stage where it stands, in the order in which each step placed its stages of a kind."""
        rows = self.database.all(
            "SELECT arm, seed, round, purpose, steps.kind, fingerprint, label, result FROM steps "
            "JOIN stages USING (fingerprint) ORDER BY arm, seed, round, purpose, steps.kind, ordinal"
        )
        return [Placed(Step(*row[:4]), row[4], row[5], row[6], json.loads(row[7])) for row in rows]

    def begin_run(self, record: Mapping[str, Any], chains: Sequence[tuple[str, int]] = ()) -> None:
        """Record what is about to be run. Nothing is overwritten: the last record is the run's.

        Where another recipe ran before, the places of its stages in ``chains`` (arm, seed) are forgotten: until those
        chains run again, they would be read as if this recipe had made them. The stages themselves stay.
        """
        now, before = json.loads(to_json(record)), self.run()
        with self.database.write() as db:
            db.execute("INSERT INTO runs VALUES (?, ?)", (time.time(), to_json(record)))
            if before is not None and before | {"versions": {}} != now | {"versions": {}}:
                db.executemany("DELETE FROM steps WHERE arm = ? AND seed = ?", chains)
                db.executemany("DELETE FROM chains WHERE arm = ? AND seed = ?", chains)

    def run(self) -> dict[str, Any] | None:
        """The last record of a run; None where a recipe never ran."""
        rows = self.database.all("SELECT record FROM runs ORDER BY rowid DESC LIMIT 1")
        return json.loads(rows[0][0]) if rows else None

    def set_chain(self, arm: str, seed: int, status: str, reason: str = "") -> None:
        """What became of one arm under one seed: ``running``, ``done``, ``ended`` or ``failed``."""
        with self.database.write() as db:
            db.execute("INSERT OR REPLACE INTO chains VALUES (?, ?, ?, ?)", (arm, seed, status, reason))

    def chains(self) -> dict[tuple[str, int], tuple[str, str]]:
        """(arm, seed) → (status, reason)."""
        rows = self.database.all("SELECT arm, seed, status, reason FROM chains")
        return {(arm, seed): (status, reason) for arm, seed, status, reason in rows}

    def record(self, kind: str, detail: Mapping[str, Any]) -> None:
        """Add an event."""
        with self.database.write() as db:
            db.execute("INSERT INTO events VALUES (?, ?, ?)", (time.time(), kind, to_json(detail)))

    def events(self) -> list[tuple[float, str, dict[str, Any]]]:
        """Time (seconds since 1970), kind and detail of everything recorded."""
        rows = self.database.all("SELECT time, kind, detail FROM events ORDER BY time")
        return [(when, kind, json.loads(detail)) for when, kind, detail in rows]
