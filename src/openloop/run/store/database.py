"""The SQLite file of a run: its schema, its transactions, and the errors they can meet."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openloop import filesystem
from openloop.errors import StoreError

SCHEMA = 2
"""Schema 1 did not record what a stage was made of, so its readers had to rebuild it: it is refused."""

# Requests keep their rowid: replies are long, and a table ordered by random keys would move them about.
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stages (
  fingerprint TEXT PRIMARY KEY, kind TEXT NOT NULL, record TEXT NOT NULL, identity TEXT NOT NULL,
  upstream TEXT NOT NULL, result TEXT NOT NULL, versions TEXT NOT NULL, seconds REAL NOT NULL,
  finished REAL NOT NULL);
CREATE TABLE IF NOT EXISTS runs (started REAL NOT NULL, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (
  fingerprint TEXT NOT NULL, part INTEGER NOT NULL, path TEXT NOT NULL, rows INTEGER NOT NULL,
  result TEXT NOT NULL, seconds REAL NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (fingerprint, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (
  arm TEXT NOT NULL, seed INTEGER NOT NULL, round INTEGER NOT NULL, purpose TEXT NOT NULL,
  kind TEXT NOT NULL, ordinal INTEGER NOT NULL, fingerprint TEXT NOT NULL, label TEXT NOT NULL,
  PRIMARY KEY (arm, seed, round, purpose, kind, ordinal)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chains (
  arm TEXT NOT NULL, seed INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (arm, seed)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
  key BLOB PRIMARY KEY, fingerprint TEXT NOT NULL, sent REAL NOT NULL, reply TEXT);
CREATE INDEX IF NOT EXISTS unanswered ON requests (fingerprint) WHERE reply IS NULL;
CREATE TABLE IF NOT EXISTS spenders (fingerprint TEXT PRIMARY KEY, model TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS events (time REAL NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Database:
    """One connection, shared by the threads of one process."""

    root: Path
    connection: sqlite3.Connection
    mutex: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def open(cls, root: Path) -> Database:
        """Open for writing; the tables are made when they are absent."""
        database = cls(root, _attach(root, "mode=rwc"))
        database._check_schema()
        database.connection.execute("PRAGMA journal_mode = WAL")
        database.connection.execute("PRAGMA synchronous = FULL")
        with database.write() as connection:
            connection.executescript(_TABLES)
            connection.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (str(SCHEMA),))
        return database

    @classmethod
    def in_memory(cls, root: Path) -> Database:
        """An empty database that leaves no file."""
        database = cls(root, sqlite3.connect(":memory:", check_same_thread=False))
        database.connection.executescript(_TABLES)
        return database

    @classmethod
    def read(cls, root: Path) -> Database:
        """Open to look only, beside a writer or on a read-only disk."""
        try:
            database = cls(root, _attach(root, "mode=ro"))
            database._check_schema(may_be_empty=False)
        except sqlite3.OperationalError:
            # A read-only disk cannot hold the shared-memory file; a run closed well needs none.
            try:
                database = cls(root, _attach(root, "mode=ro&immutable=1"))
                database._check_schema(may_be_empty=False)
            except sqlite3.OperationalError as error:
                raise StoreError(f"{root / 'store.sqlite'} cannot be read ({error}).") from error
        return database

    def _check_schema(self, *, may_be_empty: bool = True) -> None:
        try:
            row = self.connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
        except sqlite3.OperationalError as error:
            if "no such column" in str(error):
                raise self._no_run("its table `meta` is not ours") from error
            if "no such table" not in str(error):
                raise
            row = None
        except sqlite3.DatabaseError as error:
            raise self._no_run(str(error)) from error
        if row is None and not may_be_empty:
            raise self._no_run("it has no schema")
        if row is None:
            tables = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            strange = sorted(name for (name,) in tables if f"CREATE TABLE IF NOT EXISTS {name} (" not in _TABLES)
            if strange:
                raise self._no_run(f"another program made it: it holds the table {strange[0]!r}")
            return
        if not str(row[0]).isdecimal():
            raise self._no_run(f"its schema is {row[0]!r}")
        if int(row[0]) == SCHEMA:
            return
        if int(row[0]) > SCHEMA:
            raise StoreError(
                f"{self.root} was written by a newer openloop (store schema {row[0]}; this one reads {SCHEMA}). "
                "Upgrade openloop, or choose another directory with --dir."
            )
        raise StoreError(
            f"{self.root} was written by an older openloop (store schema {row[0]}; this one reads {SCHEMA}), which did "
            "not record what its stages were made of. Read it with the openloop that wrote it, or run the recipe "
            "into another directory with --dir."
        )

    def _no_run(self, why: str) -> StoreError:
        return StoreError(
            f"{self.root / 'store.sqlite'} is not a run database ({why}). Restore it from a copy, or choose another "
            "run directory."
        )

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the block is committed, or none."""
        with self.mutex, filesystem.disk_errors(self.root), self.connection:
            yield self.connection

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with self.mutex, filesystem.disk_errors(self.root):
            return self.connection.execute(query, values).fetchall()


def _attach(root: Path, mode: str) -> sqlite3.Connection:
    uri = f"{(root / 'store.sqlite').as_uri()}?{mode}"
    return sqlite3.connect(uri, uri=True, check_same_thread=False, timeout=10)
