"""The files of a run directory as any process finds them: here, in a worker, or on another machine of a cluster."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openloop.errors import StoreError
from openloop.run.store.kinds import PartName

if TYPE_CHECKING:
    import pyarrow as pa

INPUTS = "inputs"
"""Folder for what a stage hands to its workers; emptied when the stage is done."""
CHECKPOINTS = "checkpoints"
"""Folder for what a training keeps of itself until it is done."""


@dataclass(frozen=True)
class Storage:
    """A run directory, by where this process sees it. Reads parts; only the one writer commits them."""

    root: Path

    def path(self, relative: str) -> Path:
        """Where a file of the run lies for this process."""
        return self.root / relative

    def read(self, part: PartName, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one committed part. Columns that it does not have are left out. Raises StoreError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path(part.path)
        if not path.exists():
            raise StoreError(f"{path} is missing. `openloop run` makes it again.")
        try:
            # read_table would set up a whole dataset, for each part anew
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                present = file.schema_arrow.names
                return file.read(columns=None if columns is None else [name for name in columns if name in present])
        except (pa.ArrowException, OSError) as error:
            said = str(error).strip().partition("\n")[0]
            raise StoreError(f"{path} is damaged ({said}). Delete it: `openloop run` makes it again.") from error

    def read_all(self, parts: Iterable[PartName], columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of several parts, in order."""
        import pyarrow as pa

        tables = [self.read(part, columns) for part in parts]
        return pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})

    def put_input(self, stage: str, number: int, value: Any) -> str:
        """Lay out something that a worker is to read; returns its name for :meth:`take_input`."""
        name = f"{INPUTS}/{stage}/{number:05d}.pickle"
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(value))
        return name

    def take_input(self, name: str) -> Any:
        """What :meth:`put_input` laid out."""
        return pickle.loads(self.path(name).read_bytes())
