"""A reading of the columns: which of them hold the prompt and the completion, and what they say in a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openloop.data.column_ref import look_up
from openloop.data.content import completion_of, prompt_of, text_of
from openloop.data.messages import split_last, turns
from openloop.records import Content, Message


@dataclass(frozen=True, slots=True)
class TextColumns:
    """Where the prompt and the completion are."""

    layout: str
    """Its name in the table of :mod:`openloop.data.recognise.layouts`."""
    title: str = ""
    """The layout for people, where it has a name of its own."""
    prompt: tuple[str, ...] = ()
    """Two columns (instruction and input) are joined by a blank line."""
    completion: str | None = None
    conversation: str | None = None
    """A column of turns: the completion is the last one, where the assistant speaks it."""
    shared_turns: bool = False
    """Whether the prompt is the turns that ``chosen`` and ``rejected`` share."""
    answers: tuple[str, ...] = ()
    """Columns that may be the completion or the reference answer, likeliest first."""
    rivals: tuple[str, ...] = ()
    """Columns that are as likely the completion by their names."""
    note: str = ""

    @property
    def uses(self) -> frozenset[str]:
        """Columns that become the prompt or the completion; all others stay as they are."""
        return frozenset(c for c in (*self.prompt, self.completion, self.conversation) if c is not None)

    @property
    def has_prompt(self) -> bool:
        return bool(self.prompt) or self.conversation is not None or self.shared_turns

    @property
    def has_completion(self) -> bool:
        return self.completion is not None or self.conversation is not None

    @property
    def said(self) -> str:
        """One sentence for people."""
        if self.conversation is not None and self.completion is None:
            parts = (
                f"completion = the last turn of {self.conversation} where the assistant speaks it, "
                "prompt = the turns before"
            )
        elif self.conversation is not None:
            parts = f"prompt = the turns of {self.conversation}, completion = {self.completion}"
        else:
            prompt = "the turns they share" if self.shared_turns else " + ".join(self.prompt) or "none"
            parts = f"prompt = {prompt}" + (f", completion = {self.completion}" if self.completion else "")
        return (f"{self.title}: " if self.title else "") + parts + (f"; {self.note}" if self.note else "")

    def split(self, row: Mapping[str, Any], left_out: set[str]) -> tuple[Any, Any]:
        """Prompt and completion of a row, either may be None; other message keys are added to ``left_out``.

        Raises DataError, without a place, for turns that are no messages.
        """
        completion = None if self.completion is None else look_up(row, self.completion)
        if self.shared_turns:
            return _shared(row, left_out), completion
        if self.conversation is not None:
            held = look_up(row, self.conversation)
            prompt, last = (None, None) if held is None else split_last(turns(held, left_out))
            return prompt, last if self.completion is None else completion
        return self._prompt(row), completion

    def content(self, row: Mapping[str, Any], left_out: set[str]) -> tuple[Content, Content | None]:
        """The same, checked: a prompt that says something, and a completion of its kind. Raises DataError."""
        asked, answered = self.split(row, left_out)
        if self.layout == "text":
            return "", completion_of(answered, "", left_out)
        prompt = prompt_of(asked, left_out)
        return prompt, completion_of(answered, prompt, left_out)

    def texts(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """Prompt and completion of a row as texts, empty where there is none.

        More is accepted than by :meth:`split`: numbers, and turns of any shape in a prompt column.
        """
        prompt, completion = self.split(row, set())
        return text_of(prompt), text_of(completion)

    def _prompt(self, row: Mapping[str, Any]) -> Any:
        held = [look_up(row, column) for column in self.prompt]
        if len(held) < 2 or not isinstance(held[1], str) or not held[1].strip():
            return held[0] if held else None
        return f"{held[0]}\n\n{held[1]}" if isinstance(held[0], str) and held[0] else held[0] or held[1]


def _shared(row: Mapping[str, Any], left_out: set[str]) -> list[Message]:
    same: list[Message] = []
    for one, other in zip(*(turns(row.get(c) or [], left_out) for c in ("chosen", "rejected")), strict=False):
        if one != other:
            break
        same.append(one)
    return same
