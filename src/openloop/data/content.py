"""One prompt or one completion: checked, and as a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openloop.data.messages import joined_text, turns
from openloop.errors import DataError
from openloop.records import Content


def text_of(value: Any) -> str:
    """A prompt or completion as one text, empty for None; the turns of a chat stand on lines of their own."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Sequence):
        return "\n".join(
            _said(turn.get("content", turn.get("value", ""))) if isinstance(turn, Mapping) else str(turn)
            for turn in value
        )
    return str(value)


def _said(content: Any) -> str:
    text = joined_text(content)
    return str(content) if text is None else text


def prompt_of(value: Any, left_out: set[str]) -> Content:
    """A prompt that says something. Raises DataError, without a place."""
    if isinstance(value, str):
        if value and not value.isspace():
            return value
        raise _no_prompt("empty")
    if isinstance(value, Sequence):
        messages = turns(value, left_out)
        if any(turn["content"].strip() for turn in messages):
            return messages
        raise _no_prompt("empty")
    if value is None:
        raise _no_prompt("null or missing")
    raise DataError(f"the prompt is a {type(value).__name__}. Allowed: text or chat messages. Convert it first.")


def completion_of(value: Any, prompt: Content, left_out: set[str]) -> Content | None:
    """A completion of the prompt's kind: numbers become text, and text an assistant's turn after messages.

    Raises DataError, without a place.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    chat = not isinstance(prompt, str)
    if isinstance(value, str):
        return [{"role": "assistant", "content": value}] if chat else value
    if not isinstance(value, Sequence):
        raise DataError(
            f"the completion is a {type(value).__name__}. Allowed: text, a number or chat messages. Convert it first."
        )
    if not chat:
        raise DataError(
            "the prompt is text, but the completion is chat messages. Allowed: one kind a run. Convert one of them."
        )
    return turns(value, left_out)


def _no_prompt(what: str) -> DataError:
    return DataError(f"the prompt is {what}. Allowed: text or chat messages that say something. Leave the row out.")
