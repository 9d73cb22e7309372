"""Rows in files, and rows in memory. Each can be read more than once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openloop.auditing.inputs import OtherTexts, Role, Row
from openloop.auditing.item_scorings import ItemScorings
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.auditing.recorded_choice import RecordedChoice
from openloop.auditing.result import RowPlace
from openloop.data.databases import split_table
from openloop.data.files import find_files
from openloop.data.streaming import blocks

NOTES = 12
"""Of what the reading of files says (columns left out, a log that was cut short), so many different lines are kept."""


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
