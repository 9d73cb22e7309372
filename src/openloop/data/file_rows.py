"""The rows of a file that holds completions, each with its place: what is scored, and what people labelled.

Unlike :func:`openloop.data.read`, which makes rows for a run, columns may mix types here: people write ``true`` in one
row and ``"yes"`` in the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from openloop.data.collector import collector_paused
from openloop.data.gold import NAN, Unreadable, compared, read_cell, two_class, unreadable
from openloop.data.messages import left_out_said
from openloop.data.recognise import ColumnRoles, NamedColumns, recognise
from openloop.data.recognise.annotators import Annotators
from openloop.data.streaming import blocks
from openloop.errors import DataError
from openloop.records import Content


class FileRow(NamedTuple):  # made for every row, in a third of the time that a frozen dataclass takes
    """One completion of a file."""

    file: str
    """How errors name the file, and what its places are: ``rows.jsonl: line``."""
    number: int
    """Its place, from 1."""
    prompt: Content
    completion: Content
    others: Mapping[str, Any]
    """The columns that are neither prompt nor completion."""
    whole: Mapping[str, Any]
    """The row as the file holds it."""

    @property
    def where(self) -> str:
        """Its place, for errors: ``rows.jsonl: line 7``."""
        return f"{self.file} {self.number}"

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


def file_rows(path: Path, named: NamedColumns, *, ask: bool = True) -> tuple[ColumnRoles, list[FileRow], int]:
    """The roles of the columns, the rows in order, and how many were left out since they call a tool.

    Raises UnclearColumns where several columns may be the completion, unless ``ask`` is false (the first is taken), and
    DataError where a row has no prompt or no completion.
    """
    with collector_paused():
        shards = list(blocks(path))
    sample = list(chain.from_iterable(shard.rows for shard in shards[:1]))
    if not sample:
        raise DataError(f"{path}: zero rows. Allowed: at least one. Check what should have written them.")
    roles = recognise(sample, named, str(path), ask=ask)
    if not roles.texts.has_completion:
        raise _no_completion(str(path), roles, list(sample[0]))
    made = []
    uses, plain = roles.texts.uses, _plain_columns(roles)
    as_they_stand = roles.melted is None and roles.log is None and roles.texts.conversation is None
    with collector_paused():
        for shard in shards:
            file = f"{shard.name}: {shard.unit}"
            for number, held in zip(shard.numbers, shard.rows, strict=True):
                for row in (held,) if as_they_stand else _completions(held, roles, file, number):
                    prompt, completion = _content(row, roles, plain, file, number)
                    others = {column: row[column] for column in row if column not in uses}
                    made.append(FileRow(file, number, prompt, completion, others, row))
    calling = sum(roles.calls_a_tool(row) for shard in shards for row in shard.rows)
    if not made and calling:
        raise DataError(f"{path}: {left_out_said(calling)}: no row is left.")
    return roles, made, calling


def _completions(held: Mapping[str, Any], roles: ColumnRoles, file: str, number: int) -> list[Mapping[str, Any]]:
    """One row for each completion that a row holds. Raises DataError with its place."""
    try:
        return list(roles.rows([held]))
    except DataError as error:
        raise DataError(f"{file} {number}: {error}") from None


def _plain_columns(roles: ColumnRoles) -> tuple[str, str] | None:
    """The columns of the prompt and the completion where each is one column, so that texts are taken as they stand."""
    texts = roles.texts
    if len(texts.prompt) != 1 or texts.completion is None or texts.conversation is not None or texts.shared_turns:
        return None
    return texts.prompt[0], texts.completion


def _content(
    row: Mapping[str, Any], roles: ColumnRoles, plain: tuple[str, str] | None, file: str, number: int
) -> tuple[Content, Content]:
    """The prompt and the completion of a row. Raises DataError with its place."""
    if plain is not None:
        asked, said = row.get(plain[0]), row.get(plain[1])
        if type(asked) is str and type(said) is str and asked and not asked.isspace():
            return asked, said
    try:
        prompt, completion = roles.texts.content(row, set())
    except DataError as error:
        raise DataError(f"{file} {number}: {error}") from None
    if completion is None:
        raise _no_completion(f"{file} {number}", roles, list(row))
    return prompt, completion


def _no_completion(where: str, roles: ColumnRoles, columns: Sequence[str]) -> DataError:
    text = f"{where}: no completion; the columns are {', '.join(map(str, columns))}."
    if not roles.texts.has_completion and roles.texts.answers:
        name = roles.texts.answers[0]
        text += f" If {name!r} is what the model wrote, and not the reference answer, say so: --completion {name}."
    return DataError(text)
