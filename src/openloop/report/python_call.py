"""The call of ``openloop.audit`` that made an audit, to be made once more with other options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openloop.report.next_step import Command

PRINTS = ("json",)
"""Options that change no decision and are not repeated."""


@dataclass(frozen=True)
class PythonCall:
    """Its arguments, without those that were left out."""

    arguments: Mapping[str, Any]

    @property
    def data(self) -> str:
        given = self.arguments.get("data")
        return str(given) if isinstance(given, str | Path) else "the rows"

    @property
    def export(self) -> Command:
        return ()

    def changed(self, **options: str) -> Command:
        given = {name: value for name, value in self.arguments.items() if name not in ("data", "to_label", *PRINTS)}
        if "labels" in options:
            before = given.get("labels", ())
            options["labels"] = [*([before] if isinstance(before, str | Path) else before), options["labels"]]  # type: ignore[assignment]
        data = self.arguments.get("data")
        words = ["rows" if data is None else _text(data), *(f"{k}={_text(v)}" for k, v in (given | options).items())]
        return (f"openloop.audit({', '.join(words)})",)

    def everything(self) -> Command:
        return ("print(audit.full())",)

    @property
    def more(self) -> str:
        return "`.full()` prints them, `.to_json()` has them as data"


def is_paths(data: Any) -> bool:
    """Whether an audit was given one path or several, and not rows."""
    return isinstance(data, str | Path) or (
        isinstance(data, list | tuple) and all(isinstance(item, str | Path) for item in data)
    )


def _text(value: Any, unknown: str = "...") -> str:
    """A value as Python reads it back; ``...`` for what it could not."""
    if isinstance(value, Path):
        return repr(str(value))
    if isinstance(value, list | tuple):
        inside = ", ".join(_text(item, unknown) for item in value)
        known = all(isinstance(item, str | Path | int | float) for item in value) and len(value) <= 20
        return f"[{inside}]" if known else unknown
    return repr(value) if value is None or isinstance(value, str | int | float | bool) else unknown
