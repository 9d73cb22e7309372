"""The run directory: what was done, once, under its fingerprint.

    recipe.yaml  store.sqlite  candidates/<fp>/part-*.parquet  verdicts/<fp>/  selections/<fp>/
    models/<fp>/  metrics/<fp>.json  metrics.jsonl  export/

Commit rule: temporary file → fsync → rename → one manifest row. A file without a row does not exist, and a
row whose file is gone is not done. One process writes; a second one is refused. Nothing is overwritten.
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from openloop import filesystem
from openloop.errors import StoreError
from openloop.run.store.database import Database
from openloop.run.store.journal import Journal
from openloop.run.store.lock import Lock
from openloop.run.store.requests import Requests
from openloop.run.store.text import to_json

if TYPE_CHECKING:
    import pyarrow as pa

FOLDERS = {
    "sample": "candidates",
    "parse": "candidates",
    "score": "verdicts",
    "select": "selections",
    "train": "models",
}

log = logging.getLogger("openloop")
Observer = Callable[[str, Mapping[str, Any]], None]
_live: WeakValueDictionary[Path, Store] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class StageRow:
    """One finished stage."""

    fingerprint: str
    kind: str
    counts: dict[str, Any]
    seconds: float
    identity: Any
    """What the fingerprint names, as plain values."""
    upstream: tuple[str, ...]


@dataclass(eq=False)
class Store:
    """An open run directory: :meth:`open` to write (locks it), :meth:`read` to look."""

    root: Path
    database: Database
    lock: Lock | None = None
    observers: list[Observer] = field(default_factory=list)
    journal: Journal = field(init=False)
    requests: Requests = field(init=False)

    def __post_init__(self) -> None:
        self.journal = Journal(self.database)
        self.requests = Requests(self.database)

    @classmethod
    def open(cls, root: str | Path) -> Store:
        """Open for writing; the directory is made when absent. The same process may ask again."""
        root = Path(root).resolve()
        if (live := _live.get(root)) is not None and live.lock is not None:
            return live
        filesystem.require_local(root)
        with filesystem.disk_errors(root):
            _require_run_or_empty(root)
            root.mkdir(parents=True, exist_ok=True)
            lock = Lock.take(root / "lock")
            try:
                store = cls(root, Database.open(root), lock)
                store._mend_metrics()
            except BaseException:
                lock.release()
                raise
        _live[root] = store
        return store

    @classmethod
    def read(cls, root: str | Path) -> Store:
        """Open to look: takes no lock and writes nothing."""
        root = Path(root).resolve()
        if (live := _live.get(root)) is not None:
            return live
        if not (root / "store.sqlite").is_file():
            raise StoreError(
                f"{root} is no run directory (it has no store.sqlite). Runs are made by `openloop run RECIPE --dir D`."
            )
        return cls(root, Database.read(root))

    @classmethod
    def empty(cls, root: str | Path) -> Store:
        """A store with nothing in it, for planning a run whose directory does not exist yet."""
        root = Path(root).resolve()
        _require_run_or_empty(root)
        return cls(root, Database.in_memory(root))

    def close(self) -> None:
        """Let go of the directory. Committed work needs no closing; this frees the lock early."""
        _live.pop(self.root, None)
        with self.database.mutex:
            self.database.connection.close()
        if self.lock is not None:
            self.lock.release()
            self.lock = None

    def notify(self, kind: str, **detail: Any) -> None:
        """Tell every observer what just happened; observers show progress and must not change anything."""
        for observer in self.observers:
            observer(kind, detail)

    def event(self, kind: str, **detail: Any) -> None:
        """Record and log something a reader of the run may want to know: a retry, a possible payment."""
        self.journal.record(kind, detail)
        log.warning("%s: %s", kind, ", ".join(f"{key} {value}" for key, value in detail.items()))
        self.notify("event", event=kind, **detail)

    # ---- stages ---------------------------------------------------------------------------------------

    def stage(self, fingerprint: str) -> StageRow | None:
        """A finished stage, or None when it has not finished here."""
        query = "SELECT kind, counts, seconds, identity, upstream FROM stages WHERE fingerprint = ?"
        for kind, counts, seconds, identity, upstream in self.database.all(query, fingerprint):
            held = json.loads(counts), seconds, json.loads(identity), tuple(json.loads(upstream))
            return StageRow(fingerprint, kind, *held)
        return None

    def has(self, fingerprint: str) -> bool:
        """Whether a stage has finished and its files are still there (retention may have deleted some)."""
        if self.stage(fingerprint) is None:
            return False
        rows = self.database.all("SELECT path FROM parts WHERE fingerprint = ? AND NOT deleted", fingerprint)
        return all((self.root / path).exists() for (path,) in rows)

    def finished(self) -> list[str]:
        """Fingerprints of all finished stages."""
        return [row[0] for row in self.database.all("SELECT fingerprint FROM stages ORDER BY fingerprint")]

    def finish(
        self,
        fingerprint: str,
        kind: str,
        *,
        identity: object,
        upstream: Sequence[str],
        counts: Mapping[str, Any],
        seconds: float,
    ) -> None:
        """Commit a stage as done; all its parts are committed already."""
        now = time.time()
        row = (fingerprint, kind, to_json(identity), to_json(list(upstream)), to_json(counts), seconds, now)
        with self.database.write() as db:
            db.execute("INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        line = {"time": now, "stage": kind, "fingerprint": fingerprint, "seconds": seconds, **counts}
        metrics = self.root / "metrics.jsonl"
        with self.database.mutex, filesystem.disk_errors(metrics), metrics.open("a") as file:
            file.write(to_json(line) + "\n")
        log.info("%s %s: %s", kind, fingerprint[:8], to_json(counts))
        self.notify("finished", stage=kind, fingerprint=fingerprint, counts=counts, seconds=seconds)

    def mean_seconds(self, kind: str) -> float | None:
        """Mean duration of the finished stages of a kind; None when there are none."""
        return self.database.all("SELECT avg(seconds) FROM stages WHERE kind = ?", kind)[0][0]  # type: ignore[no-any-return]

    def _mend_metrics(self) -> None:
        """End a line that a kill cut short, so that the next one starts on its own."""
        path = self.root / "metrics.jsonl"
        if path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            with path.open("a") as file:
                file.write("\n")

    # ---- parts: files with a manifest row ---------------------------------------------------------------

    def folder(self, kind: str, fingerprint: str) -> Path:
        """Where the files of a stage lie."""
        return self.root / FOLDERS[kind] / fingerprint

    def parts(self, fingerprint: str) -> dict[int, dict[str, Any]]:
        """Counts of every committed part whose file is still there, by part number."""
        query = "SELECT part, path, counts FROM parts WHERE fingerprint = ? ORDER BY part"
        rows = self.database.all(query, fingerprint)
        return {part: json.loads(counts) for part, path, counts in rows if (self.root / path).exists()}

    def commit_table(
        self,
        fingerprint: str,
        kind: str,
        part: int,
        table: pa.Table,
        *,
        counts: Mapping[str, Any],
        seconds: float,
    ) -> None:
        """Commit one part of a stage's rows."""
        import pyarrow.parquet as pq

        path = self.folder(kind, fingerprint) / f"part-{part:05d}.parquet"
        with filesystem.written_whole(path) as temporary:
            if kind in ("sample", "parse") and part == 0:
                (path.parent / "README").write_text(_CANDIDATES_README)
            pq.write_table(table, temporary, compression="zstd")
        self.notify("renamed", path=path)
        self._commit_part(fingerprint, part, path, table.num_rows, counts, seconds)

    def commit_folder(
        self, fingerprint: str, kind: str, folder: Path, *, counts: Mapping[str, Any], seconds: float
    ) -> None:
        """Commit a finished folder (a model's weights) as the only part of its stage."""
        target = self.folder(kind, fingerprint)
        filesystem.move_folder(folder, target)
        self.notify("renamed", path=target)
        self._commit_part(fingerprint, 0, target, 0, counts, seconds)

    def _commit_part(
        self, fingerprint: str, part: int, path: Path, rows: int, counts: Mapping[str, Any], seconds: float
    ) -> None:
        row = (fingerprint, part, str(path.relative_to(self.root)), rows, to_json(counts), seconds)
        with self.database.write() as db:
            db.execute("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, 0)", row)
        self.notify("committed", path=path, rows=rows)

    def scratch(self, fingerprint: str) -> Path:
        """An empty folder that becomes a stage's artifact when committed."""
        folder = self.root / "models" / f".{fingerprint}.tmp"
        with filesystem.disk_errors(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        return folder

    def tables(self, fingerprint: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The committed parts of a stage, in order; memory holds one at a time. Absent columns are left out."""
        import pyarrow.parquet as pq

        query = "SELECT path FROM parts WHERE fingerprint = ? ORDER BY part"
        for (path,) in self.database.all(query, fingerprint):
            if not (self.root / path).exists():
                raise StoreError(f"{self.root / path} is gone. `openloop run` makes it again.")
            with pq.ParquetFile(self.root / path) as file:
                present = file.schema_arrow.names
                wanted = None if columns is None else [name for name in columns if name in present]
                yield file.read(columns=wanted)

    def table(self, fingerprints: Iterable[str], columns: Sequence[str] | None = None) -> pa.Table:
        """All rows of some stages, in order."""
        import pyarrow as pa

        parts = [table for fingerprint in fingerprints for table in self.tables(fingerprint, columns)]
        return pa.concat_tables(parts, promote_options="permissive") if parts else pa.table({})

    def delete_artifact(self, fingerprint: str) -> None:
        """Drop a model's weights by the retention rule; its row and its hash stay."""
        folder = self.folder("train", fingerprint)
        if not folder.exists():
            return
        with self.database.write() as db:
            db.execute("UPDATE parts SET deleted = 1 WHERE fingerprint = ?", (fingerprint,))
        shutil.rmtree(folder, ignore_errors=True)
        self.notify("deleted", fingerprint=fingerprint)


def _require_run_or_empty(root: Path) -> None:
    database = root / "store.sqlite"
    if (root / "candidates").is_dir() and (not database.exists() or database.stat().st_size == 0):
        raise StoreError(
            f"{root} holds candidates, but its store.sqlite is gone or empty, so nothing in it can be found again. "
            "Restore store.sqlite, or choose another directory with --dir."
        )
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root} is a file; a run needs a directory. Choose another with --dir.")
    if root.is_dir() and not (root / "store.sqlite").exists():
        strangers = [path.name for path in root.iterdir() if path.name != "lock"]
        if strangers:
            raise StoreError(
                f"{root} is not empty ({strangers[0]!r}, ...) and is no run directory (it has no "
                "store.sqlite). Choose a new directory with --dir."
            )


_CANDIDATES_README = """\
These files hold every candidate of one stage, the rejected ones included. Do not train on them by hand:
trainable rows leave a run only through `openloop export` or `Run.export`.
"""
