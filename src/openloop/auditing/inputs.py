"""What an audit asks of where its rows come from, and what they may be compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from openloop.auditing.item_scorings import ItemScorings
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.auditing.recorded_choice import RecordedChoice
from openloop.auditing.result import RowPlace

Row = Mapping[str, Any]
Role = Literal["real", "evaluation"]


@dataclass(frozen=True)
class OtherTexts:
    """Prompts and completions that audited rows are compared with, read when they are asked for."""

    name: str
    """What findings call them."""
    read: Callable[[], list[tuple[str, str]]]
    """Raises DataError."""
    rows: Callable[[], Iterator[Row]] | None = None
    """Their rows with all columns, in the same order; None where only the texts are known. Raises DataError."""


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
