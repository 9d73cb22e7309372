"""Template: one prompt a row, from its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.data import content_id, told_apart
from openloop.data.templates import compiled
from openloop.errors import InputError
from openloop.records import Content, Message, Prompt, Row
from openloop.seeds import even_draws


@dataclass(frozen=True)
class Template:
    """See :func:`template`."""

    turns: tuple[tuple[str, str], ...]
    """Role and text; one turn with the role "" is plain text."""
    version: ClassVar[str] = "1"

    def count(self, rows: int) -> int:
        """One prompt a row."""
        return rows

    def make(self, rows: Sequence[Row], ids: Sequence[str], seed: int, start: int, count: int) -> list[Prompt]:
        del ids  # the columns of a prompt hold its row
        if not rows:
            raise InputError("template: needs real rows to fill it with, got none.")
        turns = [(role, compiled(text, "template")) for role, text in self.turns]
        drawn = [rows[i] for i in even_draws(len(rows), 1, seed, start, count)[:, 0].tolist()]
        contents: list[Content] = []
        for row in drawn:
            said = [(role, render(**_variables(row))) for role, render in turns]
            plain = self.turns[0][0] == ""
            contents.append(said[0][1] if plain else [Message(role=role, content=text) for role, text in said])
        names = told_apart(map(content_id, contents))
        return [
            Prompt(name, content, {column: value for column, value in row.items() if column != "prompt"})
            for name, content, row in zip(names, contents, drawn, strict=True)
        ]


def _variables(row: Row) -> dict[str, object]:
    return {name.replace(".", "_"): value for name, value in row.items()}


def template(text: str = "", *, messages: Sequence[Mapping[str, str]] = ()) -> Template:
    """Prompts from a jinja2 ``text`` over a row's columns (``{{ prompt }}``; write ``_`` for a dot in a name).

    Or from ``messages`` with ``role`` and ``content``, each content a template. It runs in jinja2's sandbox, and rows
    are only data.
    """
    if bool(text) == bool(messages):
        raise InputError("template: give either a text or messages.")
    turns = [("", text)] if text else [(turn.get("role", ""), turn.get("content", "")) for turn in messages]
    if not all(said.strip() for _, said in turns) or (messages and not all(role for role, _ in turns)):
        raise InputError(f"template: every message needs a role and a content, got {list(messages)!r:.120}.")
    for _, said in turns:
        compiled(said, "template")
    return Template(tuple(turns))
