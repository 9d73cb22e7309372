"""What a function that judges is called with: the whole candidate, or the fields that its parameters name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openloop.data.answers import last_text
from openloop.data.content import text_of
from openloop.errors import nearest
from openloop.records import Candidate
from openloop.verdicts import error

FIELDS: Mapping[str, Callable[[Candidate], Any]] = {
    "completion": lambda candidate: last_text(candidate.completion),
    "prompt": lambda candidate: text_of(candidate.prompt),
    "candidate": lambda candidate: candidate,
    "row": lambda candidate: dict(candidate.row),
    "reasoning": lambda candidate: candidate.reasoning,
    "logprob": lambda candidate: candidate.logprob,
}
"""Parameters with a meaning of their own; any other name is a column of the row. Texts are plain, of messages too."""
_ALONE = {"completion", "prompt", "row"}
"""A single parameter of such a name gets that field, of any other name the candidate."""


@dataclass(frozen=True)
class Arguments:
    """How a function is called for one candidate."""

    whole: bool
    """It takes the candidate itself."""
    fields: tuple[str, ...] = ()
    """Parameters that are fields of the candidate."""
    columns: tuple[str, ...] = ()
    """Parameters that are columns which every row must have."""
    optional: tuple[str, ...] = ()
    """Columns that a row may lack: the parameter then keeps its default."""
    rest: bool = False
    """Whether all other columns are passed too (``**columns``)."""
    positional: tuple[str, ...] = field(default=(), repr=False)
    """Parameters that cannot be passed by name."""

    def call(self, function: Callable[..., Any], candidate: Candidate) -> Any:
        """What the function returns, or the ERROR of a row that lacks a column it asks for."""
        if self.whole:
            return function(candidate)
        row = candidate.row
        for column in self.columns:
            if column not in row:
                held = ", ".join(sorted(map(str, row))) or "no columns"
                return error("no_column", f"the row has no {column!r}, {nearest(column, map(str, row))} It has: {held}")
        given = {name: FIELDS[name](candidate) for name in self.fields}
        given |= {name: row[name] for name in (*self.columns, *self.optional) if name in row}
        if self.rest:
            given |= {str(name): value for name, value in row.items() if str(name) not in given}
        first = [given.pop(name) for name in self.positional]
        return function(*first, **given)


def arguments_of(function: Callable[..., Any]) -> Arguments:
    """How a function wants to be called, from the names of its parameters."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some builtins do not say
        return Arguments(whole=True)
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    required = [p.name for p in named if p.default is p.empty]
    if len(required) <= 1 and not (named and named[0].name in _ALONE):
        return Arguments(whole=True)
    return Arguments(
        whole=False,
        fields=tuple(p.name for p in named if p.name in FIELDS),
        columns=tuple(name for name in required if name not in FIELDS),
        optional=tuple(p.name for p in named if p.default is not p.empty and p.name not in FIELDS),
        rest=any(p.kind is p.VAR_KEYWORD for p in parameters),
        positional=tuple(p.name for p in named if p.kind is p.POSITIONAL_ONLY and p.name in required),
    )
