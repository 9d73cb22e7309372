"""An input whose rows are made of the rows of another one: what both are, it passes on."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openloop.auditing.inputs import AuditInput, OtherTexts, Role
from openloop.auditing.item_scorings import ItemScorings
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.auditing.recorded_choice import RecordedChoice
from openloop.auditing.result import RowPlace


@dataclass(frozen=True)
class RowsMadeOfRows:
    """All of an :class:`openloop.auditing.inputs.AuditInput` but its ``blocks``, which fill ``at`` as they are read."""

    source: AuditInput
    at: array[int] = field(default_factory=lambda: array("q"), kw_only=True)
    """Where each row stood in the source."""
    first_said: Sequence[str] = field(default=(), kw_only=True)
    """Notes of its own, before those of the source."""

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def accept_at(self) -> float | None:
        return self.source.accept_at

    @property
    def notes(self) -> Sequence[str]:
        return [*self.first_said, *self.source.notes]

    @property
    def trainings(self) -> Sequence[PolicyTraining]:
        return ()

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
