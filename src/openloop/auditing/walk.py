"""The audited rows once more: their texts were let go, and some are wanted back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from openloop.auditing.facts import Codes
from openloop.auditing.inputs import Input
from openloop.auditing.roles import Roles, melt
from openloop.auditing.values import look_up, text_of
from openloop.data.messages import split, turns

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Walk:
    """Rows of an input with the roles of their columns."""

    source: Input
    roles: Roles

    def rows(self) -> Iterator[Row]:
        """Every row, in the input's order; places count them from 0."""
        for block in self.source.blocks():
            yield from melt(block, self.roles.melted) if self.roles.melted else block

    def texts(self) -> Iterator[tuple[str, str]]:
        """Prompt and completion of every row."""
        return (texts(row, self.roles) for row in self.rows())

    def texts_at(self, places: Codes) -> dict[int, tuple[str, str]]:
        """Prompt and completion at some places."""
        wanted = {int(place) for place in places}
        found: dict[int, tuple[str, str]] = {}
        for place, row in enumerate(self.rows() if wanted else ()):
            if place in wanted:
                found[place] = texts(row, self.roles)
                if len(found) == len(wanted):
                    break
        return found

    def where(self, place: int) -> str:
        """Where a row stands, for people."""
        return f"completion {place + 1:,}" if self.roles.melted else self.source.where(place)


def texts(row: Row, roles: Roles) -> tuple[str, str]:
    """Prompt and completion of a row as texts; empty where there is none."""
    if roles.conversation:
        conversation = row.get(roles.conversation) or []
        before, last = split(turns(conversation, set()))
        return text_of(before), text_of(last)
    parts = [text_of(look_up(row, column)) for column in roles.prompt]
    prompt = "\n\n".join(part for part in parts if part)
    return prompt, text_of(look_up(row, roles.completion)) if roles.completion else ""
