"""Rows whose columns were detected: a prompt, perhaps a completion, and the other columns as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openloop.data.canonical import canonical, canonical_strict
from openloop.data.columns import check_needed, columns_of
from openloop.data.logs import ToolLog, tool_log
from openloop.data.recognise import TextColumns, recognise_texts
from openloop.data.recognise.column_use import LOOKED_AT
from openloop.data.recognise.melting import Melting, melting_of
from openloop.data.table import RawRow, Shard, Table, table_of
from openloop.errors import DataError
from openloop.identity import fingerprint

RECOGNITION = 2
"""Counts up when the same bytes are read as other rows, so that stored stages are not reused."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Checked rows, and what was detected in them."""

    rows: Sequence[Mapping[str, Any]] = field(repr=False)
    """Shape [N]: ``prompt`` (text or messages, one kind for all), ``completion`` where the layout has one
    (null where a row has none), other columns as they are."""
    layout: str
    """trl, prompt, alpaca, sharegpt, messages, question/answer, preference, detected, text or named."""
    said: tuple[str, ...]
    """Sentences on what was detected, for people."""
    source: str
    fingerprint: str
    """Of the bytes and of the arguments that name columns; never of the path."""

    def __len__(self) -> int:
        return len(self.rows)

    def load(self) -> Rows:
        """These rows: they are a source of themselves, beside sources that read a file when asked."""
        return self


def from_rows(
    rows: Iterable[Mapping[str, Any]],
    *,
    prompt: str | None = None,
    completion: str | None = None,
    need: Sequence[str] = (),
) -> Rows:
    """Rows that are in memory; arguments and errors as for :func:`openloop.data.read`."""
    name = "rows in memory"
    plain: list[dict[str, Any]] = []
    digest = hashlib.sha256()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise DataError(f"{name}: row {number}: a {type(row).__name__}. Allowed: mappings of column to value.")
        plain.append(dict(row))
    shard = Shard(name, plain, "memory", range(1, len(plain) + 1), "row")
    table = table_of(name, [shard])
    columns_of(table)  # before hashing: it names the column that JSON cannot hold
    for index, row in enumerate(plain):
        try:
            digest.update(canonical_strict(row) + b"\n")
        except (TypeError, ValueError) as error:
            raise DataError(f"{table.where(index)}: {error}. Allowed: values that JSON can hold.") from None
    named = fingerprint(["memory", RECOGNITION, digest.hexdigest(), prompt, completion])
    return recognised(table, prompt, completion, need, named)


def recognised(table: Table, prompt: str | None, completion: str | None, need: Sequence[str], fingerprint: str) -> Rows:
    """Check a table and recognise its layout. Raises DataError."""
    if not table.rows:
        raise DataError(f"{table.name}: zero rows. Allowed: at least one. Check what should have written them.")
    log = None if prompt or completion else tool_log(table.rows, table.name)
    if log is not None:
        table = _converted(table, log)
    columns = columns_of(table)
    melting = None if completion is None else melting_of(table.rows, completion, only_named=True)
    said = [_read_sentence(table), *([] if log is None else [log.sentence])]
    if melting is not None:
        said.append(melting.said())
        table, completion = _one_row_a_completion(table, melting), melting.element or "completion"
        columns = columns_of(table)
    layout = recognise_texts(columns, table.name, prompt, completion)
    said += [layout.said, *_other_completions(layout, table), *(line for shard in table.shards for line in shard.said)]
    left_out: set[str] = set()
    rows = _split_all(table, layout, left_out)
    if left_out:
        said.append(f"message keys left out: {', '.join(sorted(left_out))}")
    displaced = sorted({"prompt", "completion"} & columns.keys() - layout.uses)
    said.extend(f"the file's own column `{column}` is kept as `file.{column}`" for column in displaced)
    said.extend(_on_completions(rows, "answer" in columns.keys() - layout.uses))
    check_needed(table, rows, need, set(layout.uses))
    said.extend(_on_repeats(rows))
    return Rows(rows, layout.layout, tuple(said), table.name, fingerprint)


def _one_row_a_completion(table: Table, melting: Melting) -> Table:
    """The table melted, each completion at the place of the row that held it. Raises DataError."""
    shards, start = [], 0
    for shard in table.shards:
        rows: list[RawRow] = []
        numbers: list[int] = []
        for index, row in enumerate(shard.rows):
            try:
                made = [dict(one) for one in melting.rows([row])]
            except DataError as error:
                raise DataError(f"{table.where(start + index)}: {error}") from None
            rows += made
            numbers += [shard.numbers[index]] * len(made)
        shards.append(replace(shard, rows=rows, numbers=numbers))
        start += len(shard.rows)
    melted = table_of(table.name, shards)
    if not melted.rows:
        raise DataError(f"{table.name}: no completions in any list of {melting.columns[0]}. Allowed: at least one.")
    return melted


def _other_completions(layout: TextColumns, table: Table) -> list[str]:
    """Columns that may hold completions too, and how to say so."""
    if layout.rivals:
        return [f"{', '.join(layout.rivals)} may be the completion too: completion='{layout.rivals[0]}'"]
    melting = None if layout.has_completion else melting_of(table.rows[:LOOKED_AT])
    if melting is None or not melting.listed:
        return []
    column = melting.columns[0]
    return [f"{column} holds lists of completions and stays a column; completion='{column}' reads one row each"]


def _converted(table: Table, log: ToolLog) -> Table:
    """The ordinary rows behind a tool's log."""
    rows = list(log.rows(table.rows))
    formats = ", ".join(sorted({shard.format for shard in table.shards}))
    said = tuple(dict.fromkeys(line for shard in table.shards for line in shard.said))
    return table_of(table.name, [Shard(table.name, rows, formats, range(1, len(rows) + 1), "row", said)])


def _split_all(table: Table, layout: TextColumns, left_out: set[str]) -> list[dict[str, Any]]:
    rows = []
    for index, raw in enumerate(table.rows):
        try:
            prompt, completion = layout.content(raw, left_out)
        except DataError as error:
            raise DataError(f"{table.where(index)}: {error}") from None
        row: dict[str, Any] = {"prompt": prompt, "completion": completion}
        for column, value in raw.items():
            if column not in layout.uses:
                row[f"file.{column}" if column in row and column in ("prompt", "completion") else column] = value
        rows.append(row)
    if all(row["completion"] is None for row in rows):
        for row in rows:
            del row["completion"]
    return rows


def _read_sentence(table: Table) -> str:
    if len(table.shards) == 1:
        where = "" if table.shards[0].format == "memory" else f" ({table.shards[0].format})"
        return f"read {len(table.rows):,} rows from {table.name}{where}"
    formats = sorted({shard.format for shard in table.shards})
    return f"read {len(table.rows):,} rows from {len(table.shards)} files in {table.name} ({', '.join(formats)})"


def _on_completions(rows: Sequence[Mapping[str, Any]], has_answer: bool) -> list[str]:
    if "completion" not in rows[0]:
        return ["no completion column: training on these rows uses `answer`"] if has_answer else []
    said = []
    missing = sum(row["completion"] is None for row in rows)
    empty = sum(_is_empty(row["completion"]) for row in rows)
    if missing:
        said.append(f"{missing:,} rows have no completion")
    if empty:
        said.append(f"{empty:,} rows have an empty completion")
    return said


def _is_empty(completion: Any) -> bool:
    if completion is None:
        return False
    return not completion if isinstance(completion, str) else all(not turn["content"] for turn in completion)


def _on_repeats(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    first = rows[0]["prompt"]
    if isinstance(first, str):
        distinct = len({row["prompt"] for row in rows})
    else:
        distinct = len({canonical({"prompt": row["prompt"]}) for row in rows})
    n = len(rows) - distinct
    return [f"{n:,} rows repeat an earlier prompt"] if n else []
