"""Where audited rows come from: files, rows in memory, or a run directory. Each can be read more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from openloop.auditing.item_scorings import ItemScorings
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.auditing.recorded_choice import RecordedChoice
from openloop.auditing.result import RowPlace
from openloop.data.databases import split_table
from openloop.data.files import find_files
from openloop.data.streaming import blocks
from openloop.errors import DataError, InputError

if TYPE_CHECKING:
    from openloop.auditing.other_texts import OtherTexts, Role

Row = Mapping[str, Any]
NOTES = 12
"""Of what the reading of files says (columns left out, a log that was cut short), so many different lines are kept."""


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
        """What their origin says of the rows that were read, for the report: which signal the verdict is, or how a
        file was decoded."""

    @property
    def trainings(self) -> Sequence[PolicyTraining]:
        """Of policies that gave these answers while they were trained; only a run knows of such."""

    @property
    def chosen(self) -> RecordedChoice | None:
        """Which rows were selected, where that was recorded beside them; else their verdict says which are kept."""

    def recorded_texts(self, role: Role) -> OtherTexts | None:
        """What was recorded beside the rows to compare them with: real rows, evaluation rows."""

    @property
    def item_scorings(self) -> Sequence[ItemScorings]:
        """Of judges that scored a rubric's items several times; only a run knows of such."""

    def blocks(self) -> Iterator[Sequence[Row]]:
        """The rows, some thousand at a time, always in the same order. Raises DataError."""

    def where(self, index: int) -> str:
        """The place of row ``index`` (from 0), after the blocks were read."""

    def place(self, index: int) -> RowPlace | None:
        """The same for programs; None for rows that are in no file of a user's."""

    def reads(self, path: Path) -> bool:
        """Whether the rows come from this file."""


@dataclass
class FilesInput:
    """Rows in files or folders of shards."""

    paths: Sequence[Path]
    accept_at: float | None = None
    trainings: Sequence[PolicyTraining] = ()
    chosen: RecordedChoice | None = None
    item_scorings: Sequence[ItemScorings] = ()
    _starts: list[tuple[int, str, str, Sequence[int]]] = field(default_factory=list, repr=False)
    _said: dict[str, None] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        return ", ".join(str(path) for path in self.paths)

    @property
    def notes(self) -> Sequence[str]:
        return tuple(self._said)

    def blocks(self) -> Iterator[Sequence[Row]]:
        self._starts.clear()
        done = 0
        for path in self.paths:
            for shard in blocks(path):
                self._starts.append((done, shard.name, shard.unit, shard.numbers))
                new = [line for line in shard.said if line not in self._said]
                self._said |= dict.fromkeys(new[: max(0, NOTES - len(self._said))])
                done += len(shard.rows)
                yield shard.rows

    def recorded_texts(self, role: Role) -> OtherTexts | None:  # noqa: ARG002
        return None

    def where(self, index: int) -> str:
        found = self._found(index)
        if found is None:
            return f"row {index + 1:,}"
        name, unit, number = found
        place = f"{unit} {number:,}"
        return place if len(self.paths) == 1 and name == str(self.paths[0]) else f"{name}: {place}"

    def place(self, index: int) -> RowPlace | None:
        found = self._found(index)
        return None if found is None else RowPlace(found[0], found[2] if found[1] == "line" else None)

    def _found(self, index: int) -> tuple[str, str, int] | None:
        """File, unit and number."""
        for start, name, unit, numbers in reversed(self._starts):
            if start <= index < start + len(numbers):
                return name, unit, numbers[index - start]
        return None

    def reads(self, path: Path) -> bool:
        return path.exists() and any(
            path.samefile(split_table(file)[0]) for given in self.paths for file in find_files(given)
        )


@dataclass(frozen=True)
class MemoryInput:
    """Rows in memory."""

    rows: Sequence[Row]
    accept_at: float | None = None
    notes: Sequence[str] = ()
    trainings: Sequence[PolicyTraining] = ()
    chosen: RecordedChoice | None = None
    item_scorings: Sequence[ItemScorings] = ()

    @property
    def name(self) -> str:
        return "rows in memory"

    def blocks(self) -> Iterator[Sequence[Row]]:
        yield self.rows

    def recorded_texts(self, role: Role) -> OtherTexts | None:  # noqa: ARG002
        return None

    def where(self, index: int) -> str:
        return f"row {index + 1:,}"

    def place(self, index: int) -> RowPlace | None:  # noqa: ARG002
        return None

    def reads(self, path: Path) -> bool:  # noqa: ARG002
        return False


def input_of(data: Any, arm: str | None = None, seed: int | None = None, round: int | None = None) -> AuditInput:
    """A path, several paths, or rows (mappings, a data set, a data frame's records). Raises InputError."""
    if isinstance(data, str | Path):
        data = [data]
    if isinstance(data, Sequence) and data and all(isinstance(item, str | Path) for item in data):
        paths = [Path(item) for item in data]
        if len(paths) == 1 and (paths[0] / "store.sqlite").exists():
            from openloop.auditing.runs import RunRows

            return RunRows(paths[0], arm, seed, round)
        return FilesInput(paths)
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        data = data.to_dict("records")
    if isinstance(data, Mapping):
        keys = ", ".join(map(repr, data))
        raise InputError(
            f"audit: expected a path or rows, got one {type(data).__name__} with the keys {keys}. {_one(data)}"
        )
    if not isinstance(data, Iterable):
        raise InputError(f"audit: expected a path or rows, got {type(data).__name__}.")
    rows = list(data)
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"rows in memory: row {index + 1}: a {type(row).__name__}. Allowed: mappings.")
    return MemoryInput(rows)


def _one(data: Mapping[Any, Any]) -> str:
    """What to pass instead of splits, of columns, or of one row."""
    held = next(iter(data.values()), None)
    if isinstance(held, Iterable) and isinstance(next(iter(held), None), Mapping):
        return f"Give one of its splits: data[{next(iter(data))!r}]."
    return "Give a list of rows, each a dict of column to value; of columns, a pandas DataFrame."
