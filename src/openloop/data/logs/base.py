"""A tool's own log: what it is called, and how one of its rows becomes rows with the usual names.

The usual names are ``prompt``, ``completion``, ``gold``, ``verdict``, ``model``, ``step``; for pairs ``chosen`` and
``rejected``, or ``response_a`` and ``response_b``. The tool's other columns keep their names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openloop.errors import DataError

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]
ODD_SHAPE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What happens where a value that another tool wrote is no such list, object or number as its readers expect."""
LOOKED_AT = 2000
"""Rows from which a log is told apart and its columns are chosen."""


@dataclass(frozen=True, slots=True)
class ToolLog:
    """How the rows of one tool's log are read."""

    name: str
    """For people: ``lm-eval samples of task gsm8k``."""
    said: str
    """What became a row, and which of the tool's columns are gold and verdict."""
    convert: Callable[[Row], Rows]
    """One row of the log to the rows that it holds; none where it holds nothing new."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """The tool's name of a column to the one it has here, for people who name it."""
    file: str = ""
    """What errors call the file."""

    @property
    def sentence(self) -> str:
        """What was recognised, for people."""
        return f"{self.name}: {self.said}"

    def rows(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """The ordinary rows behind some rows of the log, in order. Raises DataError for one of another shape."""
        for row in rows:
            try:
                made = self.convert(row)
            except DataError as error:
                raise DataError(f"{self.file}: {error}") from None
            except ODD_SHAPE as error:
                raise DataError(
                    f"{self.file}: {self.name}: a row has another shape than this tool is known to write "
                    f"({type(error).__name__}: {error}). It begins {str(dict(row))[:120]}. Leave that row out, or name "
                    "the columns (--prompt, --completion) to read the file as it stands."
                ) from None
            yield from made


FindLog = Callable[[Sequence[Row], str], ToolLog | None]
"""From the rows at the start of a file and the file's name to the log that it is, or None."""


def without(row: Row, *names: str) -> dict[str, Any]:
    """The other columns of a row, those of the usual names aside: these the log gives."""
    return {name: value for name, value in row.items() if name not in names}


def all_have(sample: Sequence[Row], *names: str) -> bool:
    """Whether every row has these columns."""
    return bool(sample) and all(set(names) <= row.keys() for row in sample[:LOOKED_AT])


def holds(row: Row, **kinds: type | tuple[type, ...]) -> bool:
    """Whether a row has such values in these columns."""
    return all(isinstance(row.get(name), kind) for name, kind in kinds.items())


def distinct(values: Iterable[Any]) -> list[str]:
    """The different texts among some values, in order."""
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def messages(value: Any) -> list[dict[str, str]]:
    """Chat messages with plain texts: parts of a content are joined, and a tool call is written into the content."""
    return [
        {"role": str(turn.get("role") or "user"), "content": _content(turn)}
        for turn in value
        if isinstance(turn, Mapping)
    ]


def prompt_of(value: Any) -> Any:
    """A prompt as text or as messages; a text that holds messages as JSON (a chat template's input) is read."""
    if isinstance(value, str) and value.lstrip().startswith('[{"'):
        try:
            held = json.loads(value)
        except ValueError:
            return value
        is_chat = isinstance(held, list) and all(isinstance(turn, Mapping) and "role" in turn for turn in held)
        return messages(held) if is_chat and held else value
    return messages(value) if isinstance(value, list) else value


def completion_of(value: Any, prompt: Any) -> Any:
    """A completion of the prompt's kind: one turn by the assistant is its text where the prompt is a text."""
    if not isinstance(value, list):
        return value
    turns = messages(value)
    if isinstance(prompt, str):
        return "\n".join(turn["content"] for turn in turns)
    return turns


def _content(turn: Mapping[str, Any]) -> str:
    held = turn.get("content")
    if isinstance(held, Sequence) and not isinstance(held, str):
        held = "\n".join(
            str(part.get("text") or part.get("reasoning") or "") if isinstance(part, Mapping) else str(part)
            for part in held
        )
    text = "" if held is None else str(held)
    calls = turn.get("tool_calls")
    if calls:
        text += ("\n" if text else "") + (calls if isinstance(calls, str) else json.dumps(calls, default=str))
    return text
