"""The run directory: what was done, once, under its fingerprint.

    recipe.yaml  store.sqlite  metrics.jsonl  FOLDER/<fingerprint>/part-*.parquet  models/<fingerprint>/  export/

Folders are those of the kinds of stages (see ``run/stages``). Commit rule: temporary file → fsync → rename → one
manifest row. A file without a row does not exist, and a row whose file is gone is not done. One process writes; a
second one is refused. Nothing is overwritten.
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
from openloop.run.store.directory import require_run_or_empty
from openloop.run.store.journal import Journal
from openloop.run.store.kinds import PartName, StageKind
from openloop.run.store.lock import Lock
from openloop.run.store.requests import Requests
from openloop.run.store.storage import CHECKPOINTS, INPUTS, Storage
from openloop.run.store.text import to_json

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("openloop")
Observer = Callable[[str, Mapping[str, Any]], None]
_live: WeakValueDictionary[Path, Store] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class StageRow:
    """One finished stage, as it was recorded when it was committed."""

    fingerprint: str
    kind: str
    record: dict[str, Any]
    """What readers need to know of what made it: its signal, model, selector, ... See ``run/record.py``."""
    result: dict[str, Any]
    """Its counts or estimates."""
    seconds: float
    identity: Any
    """What the fingerprint names, as plain values."""
    upstream: tuple[str, ...]
    versions: dict[str, str]
    """Of openloop, Python and the libraries that computed it."""


@dataclass(eq=False)
class Store:
    """An open run directory: :meth:`open` to write (locks it), :meth:`read` to look."""

    root: Path
    database: Database
    lock: Lock | None = None
    observers: list[Observer] = field(default_factory=list)
    journal: Journal = field(init=False)
    requests: Requests = field(init=False)
    storage: Storage = field(init=False)

    def __post_init__(self) -> None:
        self.journal = Journal(self.database)
        self.requests = Requests(self.database)
        self.storage = Storage(self.root)

    @classmethod
    def open(cls, root: str | Path) -> Store:
        """Open for writing; the directory is made when absent. The same process may ask again."""
        root = Path(root).resolve()
        if (live := _live.get(root)) is not None and live.lock is not None:
            return live
        filesystem.require_local(root)
        with filesystem.disk_errors(root):
            require_run_or_empty(root)
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
                f"{root} is not a run directory (it has no store.sqlite). `openloop run RECIPE --dir D` makes one."
            )
        return cls(root, Database.read(root))

    @classmethod
    def empty(cls, root: str | Path) -> Store:
        """A store with nothing in it, for planning a run whose directory does not exist yet."""
        root = Path(root).resolve()
        require_run_or_empty(root)
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
        query = "SELECT kind, record, result, seconds, identity, upstream, versions FROM stages WHERE fingerprint = ?"
        for kind, record, result, seconds, *rest in self.database.all(query, fingerprint):
            identity, upstream, versions = map(json.loads, rest)
            return StageRow(
                fingerprint,
                kind,
                json.loads(record),
                json.loads(result),
                seconds,
                identity,
                tuple(upstream),
                versions,
            )
        return None

    def finished_stage(self, fingerprint: str) -> StageRow:
        """A stage that is known to have finished. Raises StoreError where the directory is damaged."""
        found = self.stage(fingerprint)
        if found is None:
            raise StoreError(
                f"{self.root}: stage {fingerprint} is missing from its store. `openloop run` makes it again."
            )
        return found

    def has(self, fingerprint: str) -> bool:
        """Whether a stage has finished and its files are still there (retention may have deleted some)."""
        if self.stage(fingerprint) is None:
            return False
        rows = self.database.all("SELECT path FROM parts WHERE fingerprint = ? AND NOT deleted", fingerprint)
        return all((self.root / path).exists() for (path,) in rows)

    def has_files(self, kind: StageKind, fingerprint: str) -> bool:
        """Whether the folder of a stage that holds files is there."""
        return (self.root / kind.folder / fingerprint).exists()

    def finished(self) -> list[str]:
        """Fingerprints of all finished stages."""
        return [row[0] for row in self.database.all("SELECT fingerprint FROM stages ORDER BY fingerprint")]

    def finish(self, row: StageRow) -> None:
        """Commit a stage as done; all its parts are committed already."""
        now = time.time()
        texts = [to_json(value) for value in (row.record, row.identity, list(row.upstream), row.result, row.versions)]
        with self.database.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (row.fingerprint, row.kind, *texts, row.seconds, now),
            )
        line = {"time": now, "stage": row.kind, "fingerprint": row.fingerprint, "seconds": row.seconds, **row.result}
        metrics = self.root / "metrics.jsonl"
        with self.database.mutex, filesystem.disk_errors(metrics), metrics.open("a") as file:
            file.write(to_json(line) + "\n")
        shutil.rmtree(self.root / INPUTS / row.fingerprint, ignore_errors=True)
        shutil.rmtree(self.root / CHECKPOINTS / row.fingerprint, ignore_errors=True)
        log.info("%s %s: %s", row.kind, row.fingerprint[:8], to_json(row.result))
        self.notify("finished", stage=row.kind, fingerprint=row.fingerprint, counts=row.result, seconds=row.seconds)

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

    def parts(self, fingerprint: str) -> dict[int, dict[str, Any]]:
        """Counts of every committed part whose file is still there, by part number."""
        query = "SELECT part, path, result FROM parts WHERE fingerprint = ? ORDER BY part"
        rows = self.database.all(query, fingerprint)
        return {part: json.loads(counts) for part, path, counts in rows if (self.root / path).exists()}

    def part_names(self, fingerprint: str) -> list[PartName]:
        """The committed parts of a stage of rows, in order."""
        rows = self.database.all("SELECT part, path FROM parts WHERE fingerprint = ? ORDER BY part", fingerprint)
        return [PartName(path.partition("/")[0], fingerprint, part) for part, path in rows]

    def commit_table(
        self,
        kind: StageKind,
        fingerprint: str,
        part: int,
        table: pa.Table,
        *,
        counts: Mapping[str, Any],
        seconds: float,
    ) -> None:
        """Commit one part of a stage's rows."""
        import pyarrow.parquet as pq

        path = self.root / PartName(kind.folder, fingerprint, part).path
        with filesystem.written_whole(path) as temporary:
            if kind.readme and part == 0:
                (path.parent / "README").write_text(kind.readme)
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
        self.notify("renamed", path=path)
        self._commit_part(fingerprint, part, path, table.num_rows, counts, seconds)

    def commit_folder(
        self, kind: StageKind, fingerprint: str, folder: Path, *, counts: Mapping[str, Any], seconds: float
    ) -> None:
        """Commit a finished folder (a model's weights) as the only part of its stage."""
        target = self.root / kind.folder / fingerprint
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

    def unfinished_folder(self, kind: StageKind, fingerprint: str) -> str:
        """An empty folder (relative) that becomes a stage's artifact when committed."""
        relative = f"{kind.folder}/.{fingerprint}.tmp"
        with filesystem.disk_errors(self.root):
            shutil.rmtree(self.root / relative, ignore_errors=True)
            (self.root / relative).mkdir(parents=True)
        return relative

    def checkpoints(self, fingerprint: str) -> str:
        """A folder (relative) that survives kills and is emptied when its stage is done."""
        relative = f"{CHECKPOINTS}/{fingerprint}"
        with filesystem.disk_errors(self.root):
            (self.root / relative).mkdir(parents=True, exist_ok=True)
        return relative

    def tables(self, fingerprint: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The committed parts of a stage, in order; memory holds one at a time. Absent columns are left out."""
        return (self.storage.read(part, columns) for part in self.part_names(fingerprint))

    def table(self, fingerprints: Iterable[str], columns: Sequence[str] | None = None) -> pa.Table:
        """All rows of some stages, in order."""
        names = [name for fingerprint in fingerprints for name in self.part_names(fingerprint)]
        return self.storage.read_all(names, columns)

    def delete_folder(self, kind: StageKind, fingerprint: str) -> None:
        """Drop a model's weights by the retention rule; its row and its hash stay."""
        folder = self.root / kind.folder / fingerprint
        if not folder.exists():
            return
        with self.database.write() as db:
            db.execute("UPDATE parts SET deleted = 1 WHERE fingerprint = ?", (fingerprint,))
        gone = folder.with_name(f".{fingerprint}.deleted")  # a kill leaves the weights whole or not there
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        self.notify("deleted", fingerprint=fingerprint)
