"""Replies that were paid for: each is committed before anything else happens to it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from openloop.records import Usage
from openloop.run.store.database import Database

L = TypeVar("L")
MOST_AT_ONCE = 128
"""Rows of one statement: of 4 variables each, where an old SQLite takes 999."""


@dataclass(frozen=True)
class Requests:
    """Requests by key. A key names the model, its revision, the prompt, the sampling, the index and the seed."""

    database: Database
    _ledgers: dict[str, Any] = field(default_factory=dict)
    _turn: Lock = field(default_factory=Lock)

    def ledger(self, model: str, fingerprint: str, make: Callable[[Usage], L]) -> L:
        """What a model (by its revision) spends in this run, shared by its stages; ``fingerprint`` is one of them."""
        with self._turn:
            with self.database.write() as db:
                db.execute("INSERT OR IGNORE INTO spenders VALUES (?, ?)", (fingerprint, model))
            if model not in self._ledgers:
                stages = self.database.all("SELECT fingerprint FROM spenders WHERE model = ?", model)
                before = Usage(requests=0)
                for (stage,) in stages:
                    before = before.plus(self.usage(stage))
                self._ledgers[model] = make(before)
            return self._ledgers[model]  # type: ignore[no-any-return]

    def exchange(self, replies: Iterable[tuple[bytes, str]], sending: Sequence[bytes], fingerprint: str) -> None:
        """Commit the replies that came (key, JSON text) and note the requests that are about to be sent, at once.

        So a kill leaves a trace of what may be paid.
        """
        now = time.time()
        with self.database.write() as db:
            _upsert(db, [(key, fingerprint, now, text) for key, text in replies], "reply = excluded.reply")
            _upsert(
                db,
                [(key, fingerprint, now, None) for key in sending],
                # Another stage may have sent the same request, and its reply be there by now: it stays.
                "fingerprint = excluded.fingerprint, sent = excluded.sent WHERE reply IS NULL",
            )

    def unpaid(self, keys: Sequence[bytes], fingerprint: str) -> None:
        """Forget that a stage sent these: they were refused or never left. Those that have a reply keep it."""
        with self.database.write() as db:
            db.executemany(
                "DELETE FROM requests WHERE key = ? AND fingerprint = ? AND reply IS NULL",
                [(key, fingerprint) for key in keys],
            )

    def replies(self, keys: Sequence[bytes]) -> dict[bytes, str]:
        """The committed replies among some requests."""
        found: dict[bytes, str] = {}
        for start in range(0, len(keys), 500):  # SQLite bounds the number of variables in one statement
            chunk = keys[start : start + 500]
            marks = ",".join("?" * len(chunk))
            found |= dict(
                self.database.all(
                    f"SELECT key, reply FROM requests WHERE key IN ({marks}) AND reply IS NOT NULL", *chunk
                )
            )
        return found

    def stages(self) -> list[str]:
        """Fingerprints of the stages that sent any, finished or not."""
        return [stage for (stage,) in self.database.all("SELECT DISTINCT fingerprint FROM requests ORDER BY 1")]

    def answered(self) -> int:
        """How many replies there are."""
        return int(self.database.all("SELECT count(*) FROM requests WHERE reply IS NOT NULL")[0][0])

    def usage(self, fingerprint: str | None = None) -> Usage:
        """What the answered requests of a stage (of all stages) used, all times it was worked on."""
        query = (
            "SELECT count(*), total(json_extract(reply, '$.usage[0]')), total(json_extract(reply, '$.usage[1]')) "
            "FROM requests WHERE reply IS NOT NULL"
        )
        of_stage = () if fingerprint is None else (fingerprint,)
        requests, prompt, completion = self.database.all(query + " AND fingerprint = ?" * len(of_stage), *of_stage)[0]
        return Usage(int(prompt), int(completion), int(requests))

    def unanswered(self, fingerprint: str) -> int:
        """Requests of a stage that were sent and whose reply was never committed: they may have been paid."""
        query = "SELECT count(*) FROM requests WHERE fingerprint = ? AND reply IS NULL"
        return int(self.database.all(query, fingerprint)[0][0])


def _upsert(db: sqlite3.Connection, rows: Sequence[tuple[bytes, str, float, str | None]], change: str) -> None:
    """Insert requests, or change those that are there: a statement for many, since between two statements a thread
    may wait for the interpreter."""
    start = 0
    while start < len(rows):
        # Powers of two: few statements, which SQLite keeps prepared.
        n = min(MOST_AT_ONCE, 1 << ((len(rows) - start).bit_length() - 1))
        values = ", ".join(["(?, ?, ?, ?)"] * n)
        db.execute(
            f"INSERT INTO requests VALUES {values} ON CONFLICT (key) DO UPDATE SET {change}",
            [value for row in rows[start : start + n] for value in row],
        )
        start += n
