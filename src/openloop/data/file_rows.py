"""The rows of a file that holds completions, each with its place: what is scored, and what people labelled.

Unlike :func:`openloop.data.read`, which makes rows for a run, columns may mix types here: people write ``true`` in one
row and ``"yes"`` in the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from openloop.data.gold import NAN, Unreadable, compared, read_cell, two_class, unreadable
from openloop.data.recognise import ColumnRoles, NamedColumns, recognise
from openloop.data.recognise.annotators import Annotators
from openloop.data.streaming import blocks
from openloop.errors import DataError
from openloop.records import Content


@dataclass(frozen=True, slots=True)
class FileRow:
    """One completion of a file."""

    where: str
    """Its place, for errors: ``rows.jsonl: line 7``."""
    prompt: Content
    completion: Content
    others: Mapping[str, Any]
    """The columns that are neither prompt nor completion."""
    whole: Mapping[str, Any]
    """The row as the file holds it."""

    def gold(self, roles: ColumnRoles) -> float:
        """1 good, 0 bad, NaN unknown. Raises DataError for a cell that says none of these."""
        if roles.gold is None:
            return NAN if roles.annotators is None else self._majority(roles.annotators)
        return read_cell(roles.gold, self.whole, self.where, two_class)

    def _majority(self, people: Annotators) -> float:
        """What most people say; NaN where as many say the one as the other."""
        try:
            said = [two_class(compared(people.compared, label)) for _, label in people.of(self.whole)]
        except Unreadable as error:
            raise unreadable(people.compared, error.args[0], self.where) from None
        balance = said.count(1.0) - said.count(0.0)
        return NAN if not balance else float(balance > 0)


def file_rows(path: Path, named: NamedColumns, *, ask: bool = True) -> tuple[ColumnRoles, list[FileRow]]:
    """The roles of the columns, and the rows in order.

    Raises UnclearColumns where several columns may be the completion, unless ``ask`` is false (the first is taken), and
    DataError where a row has no prompt or no completion.
    """
    shards = list(blocks(path))
    sample = list(chain.from_iterable(shard.rows for shard in shards[:1]))
    if not sample:
        raise DataError(f"{path}: zero rows. Allowed: at least one. Check what should have written them.")
    roles = recognise(sample, named, str(path), ask=ask)
    if not roles.texts.has_completion:
        raise _no_completion(str(path), roles, list(sample[0]))
    rows = []
    for shard in shards:
        for number, row in zip(shard.numbers, shard.rows, strict=True):
            where = f"{shard.name}: {shard.unit} {number}"
            try:
                held = list(roles.rows([row]))
            except DataError as error:
                raise DataError(f"{where}: {error}") from None
            rows += [_made(one, roles, where) for one in held]
    return roles, rows


def _made(row: Mapping[str, Any], roles: ColumnRoles, where: str) -> FileRow:
    try:
        prompt, completion = roles.texts.content(row, set())
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    if completion is None:
        raise _no_completion(where, roles, list(row))
    others = {column: value for column, value in row.items() if column not in roles.texts.uses}
    return FileRow(where, prompt, completion, others, row)


def _no_completion(where: str, roles: ColumnRoles, columns: Sequence[str]) -> DataError:
    text = f"{where}: no completion; the columns are {', '.join(map(str, columns))}."
    if not roles.texts.has_completion and roles.texts.answers:
        name = roles.texts.answers[0]
        text += f" If {name!r} is what the model wrote, and not the reference answer, say so: --completion {name}."
    return DataError(text)
