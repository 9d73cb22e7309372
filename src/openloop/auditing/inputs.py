"""Where audited rows come from: files, rows in memory, or a run directory. Each can be read more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from openloop.auditing.item_scorings import ItemScorings
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.data.files import find_files
from openloop.data.streaming import blocks
from openloop.errors import DataError, InputError

Row = Mapping[str, Any]


class AuditInput(Protocol):
    """Rows that are audited."""

    @property
    def name(self) -> str:
        """What errors and reports call it."""

    @property
    def accept_at(self) -> float | None:
        """The verdict from which a row is accepted, where the rows' origin says so."""

    @property
    def notes(self) -> Sequence[str]:
        """What their origin says of the rows, for the report: which signal the verdict is, say."""

    @property
    def trainings(self) -> Sequence[PolicyTraining]:
        """Of policies that gave these answers while they were trained; only a run knows of such."""

    @property
    def item_scorings(self) -> Sequence[ItemScorings]:
        """Of judges that scored a rubric's items several times; only a run knows of such."""

    def blocks(self) -> Iterator[Sequence[Row]]:
        """The rows, some thousand at a time, always in the same order. Raises DataError."""

    def where(self, index: int) -> str:
        """The place of row ``index`` (from 0), after the blocks were read."""

    def reads(self, path: Path) -> bool:
        """Whether the rows come from this file."""


@dataclass
class FilesInput:
    """Rows in files or folders of shards."""

    paths: Sequence[Path]
    accept_at: float | None = None
    notes: Sequence[str] = ()
    trainings: Sequence[PolicyTraining] = ()
    item_scorings: Sequence[ItemScorings] = ()
    _starts: list[tuple[int, str, str, Sequence[int]]] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        return ", ".join(str(path) for path in self.paths)

    def blocks(self) -> Iterator[Sequence[Row]]:
        self._starts.clear()
        done = 0
        for path in self.paths:
            for shard in blocks(path):
                self._starts.append((done, shard.name, shard.unit, shard.numbers))
                done += len(shard.rows)
                yield shard.rows

    def where(self, index: int) -> str:
        for start, name, unit, numbers in reversed(self._starts):
            if start <= index < start + len(numbers):
                place = f"{unit} {numbers[index - start]:,}"
                return place if len(self.paths) == 1 and name == str(self.paths[0]) else f"{name}: {place}"
        return f"row {index + 1:,}"

    def reads(self, path: Path) -> bool:
        return path.exists() and any(path.samefile(file) for given in self.paths for file in find_files(given))


@dataclass(frozen=True)
class MemoryInput:
    """Rows in memory."""

    rows: Sequence[Row]
    accept_at: float | None = None
    notes: Sequence[str] = ()
    trainings: Sequence[PolicyTraining] = ()
    item_scorings: Sequence[ItemScorings] = ()

    @property
    def name(self) -> str:
        return "rows in memory"

    def blocks(self) -> Iterator[Sequence[Row]]:
        yield self.rows

    def where(self, index: int) -> str:
        return f"row {index + 1:,}"

    def reads(self, path: Path) -> bool:  # noqa: ARG002
        return False


def input_of(data: Any, arm: str | None = None) -> AuditInput:
    """A path, several paths, or rows (mappings, a data set, a data frame's records). Raises InputError."""
    if isinstance(data, str | Path):
        data = [data]
    if isinstance(data, Sequence) and data and all(isinstance(item, str | Path) for item in data):
        paths = [Path(item) for item in data]
        if len(paths) == 1 and (paths[0] / "store.sqlite").exists():
            from openloop.auditing.runs import RunRows

            return RunRows(paths[0], arm)
        return FilesInput(paths)
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        data = data.to_dict("records")
    if not isinstance(data, Iterable):
        raise InputError(f"audit: expected a path or rows, got {type(data).__name__}.")
    rows = list(data)
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"rows in memory: row {index + 1}: a {type(row).__name__}. Allowed: mappings.")
    return MemoryInput(rows)
