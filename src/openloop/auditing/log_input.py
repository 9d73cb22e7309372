"""An input that another tool wrote as its log, read as ordinary rows."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openloop.auditing.inputs import AuditInput, OtherTexts, Role, Row
from openloop.auditing.item_scorings import ItemScorings
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.auditing.recorded_choice import RecordedChoice
from openloop.auditing.result import RowPlace
from openloop.data.logs import ToolLog


@dataclass(frozen=True)
class LogInput:
    """The ordinary rows behind the rows of a log."""

    source: AuditInput
    log: ToolLog
    at: array[int] = field(default_factory=lambda: array("q"))
    """Where each row stood in the log; filled as rows are read."""

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def accept_at(self) -> float | None:
        return self.source.accept_at

    @property
    def notes(self) -> Sequence[str]:
        return [self.log.sentence, *self.source.notes]

    @property
    def trainings(self) -> Sequence[PolicyTraining]:
        return ()

    def blocks(self) -> Iterator[Sequence[Row]]:
        del self.at[:]
        done = 0
        for block in self.source.blocks():
            made = []
            for place, row in enumerate(block, done):
                rows = list(self.log.rows([row]))
                self.at.extend([place] * len(rows))
                made += rows
            done += len(block)
            yield made

    @property
    def item_scorings(self) -> Sequence[ItemScorings]:
        return ()

    @property
    def chosen(self) -> RecordedChoice | None:
        return None

    def recorded_texts(self, role: Role) -> OtherTexts | None:
        return self.source.recorded_texts(role)

    def where(self, index: int) -> str:
        return self.source.where(self.at[index] if index < len(self.at) else index)

    def place(self, index: int) -> RowPlace | None:
        return self.source.place(self.at[index] if index < len(self.at) else index)

    def reads(self, path: Path) -> bool:
        return self.source.reads(path)
