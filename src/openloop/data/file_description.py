"""What is understood of a file: its format, its rows, what every column is taken for, and its first rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from openloop.data.messages import left_out_said
from openloop.data.ordinary_rows import ordinary_row
from openloop.data.pair_description import DescribedPairs, describe_pairs, pair_reading
from openloop.data.recognise import ColumnRoles, ColumnUse, NamedColumns, column_uses, recognise, sentences
from openloop.data.recognise.column_use import IGNORED
from openloop.data.spread_sample import SpreadSample
from openloop.data.streaming import blocks
from openloop.data.table import Shard
from openloop.errors import DataError, UnclearColumns

SHOWN = 3
"""Rows that are shown."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FileDescription:
    """What openloop understands of a file."""

    path: str
    format: str
    rows: int
    """Rows as the file holds them."""
    completions: int
    """Rows that are made of them: more where a row holds several completions."""
    unit: str
    """``rows``, or ``pairs`` of responses."""
    columns: Sequence[ColumnUse]
    said: Sequence[str]
    """What was detected, left out or is missing, in sentences."""
    examples: Sequence[Row]
    """The first rows under the usual names: prompt, completion, gold, verdict, ..."""
    unclear: str
    """Which columns may as well be meant, and the options that say so; empty where everything is clear."""
    can_be_audited: bool
    """Whether there is gold, or a completion that somebody could label."""

    @property
    def likely_completion(self) -> str:
        """Among the ignored columns the one with the longest sentences, also within an object; empty for none."""
        ignored = [use.column for use in self.columns if use.role == IGNORED]
        lengths: Counter[str] = Counter()
        for row in self.examples:
            for column in ignored:
                held = row.get(column)
                inside = {f"{column}.{name}": value for name, value in held.items()} if isinstance(held, dict) else {}
                for path, value in (inside or {column: held}).items():
                    lengths[path] += len(value) if isinstance(value, str) and " " in value.strip() else 0
        best = max(lengths, key=lengths.__getitem__, default="")
        return best if lengths[best] else ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def describe_file(path: Path, named: NamedColumns) -> FileDescription:
    """Read all rows of a file or folder, and say what is understood. Raises DataError for what cannot be read."""
    formats: dict[str, None] = {}
    said: dict[str, None] = {}
    examples: list[Row] = []
    sample = SpreadSample()
    roles: ColumnRoles | None = None
    unclear = ""
    n = made = empty = calling = 0
    for shard in blocks_of(path):
        formats[shard.format] = None
        if not shard.rows:
            continue
        if roles is None:
            try:
                pairs = pair_reading(shard.rows, named, str(path))
            except DataError as error:  # what was named is wrong; or else nothing says which response is preferred
                if named.options:
                    raise
                unclear = str(error)
            else:
                if pairs is not None:
                    return _described(describe_pairs(blocks_of(path), pairs, str(path), SHOWN), path)
            roles, several = _roles(shard.rows, named, str(path))
            unclear = unclear or several
        sample.add(shard.rows)
        said |= dict.fromkeys(shard.said)
        for row, where in melted(shard, roles):
            made += 1
            empty += roles.texts.has_completion and not text_in(roles, row, where)
            if len(examples) < SHOWN:
                examples.append(ordinary_row(row, roles, where))
        calling += sum(roles.calls_a_tool(row) for row in shard.rows)
        n += len(shard.rows)
    if roles is None:
        raise DataError(f"{path}: zero rows. Allowed: at least one. Check what should have written them.")
    if calling:
        said[left_out_said(calling)] = None
    if empty:
        said[f"{empty:,} of {made:,} completions are empty or missing"] = None
    uses = column_uses(roles, sample.rows, partial=sample.partial)
    if sample.partial:
        said[sample.said] = None
    audited = roles.gold is not None or (roles.texts.has_completion and empty < made)
    return FileDescription(
        str(path),
        ", ".join(formats),
        n,
        made,
        "rows",
        uses,
        (*sentences(roles, sample.rows, uses, str(path)), *said),
        tuple(examples),
        unclear,
        audited,
    )


def _described(found: DescribedPairs, path: Path) -> FileDescription:
    """Of a file of pairs, which can be audited with and without gold."""
    formats = ", ".join(found.formats)
    return FileDescription(
        str(path), formats, found.rows, found.pairs, "pairs", found.columns, found.said, found.examples, "", True
    )


def blocks_of(path: Path) -> Iterator[Shard]:
    """The rows behind a path. Raises DataError, also for a run's folder, which has verbs of its own."""
    if (path / "store.sqlite").exists():
        raise DataError(
            f"{path}: this is a run, and no file of rows. `openloop show {path}` shows it, `openloop export {path}` "
            "writes its rows."
        )
    yield from blocks(path)


def melted(shard: Shard, roles: ColumnRoles) -> Iterator[tuple[Row, str]]:
    """Every row, one a completion, with its place. Raises DataError that names the row."""
    for number, row in zip(shard.numbers, shard.rows, strict=True):
        where = f"{shard.name}: {shard.unit} {number}"
        try:
            for one in roles.rows([row]):
                yield one, where
        except DataError as error:
            raise DataError(f"{where}: {error}") from None


def text_in(roles: ColumnRoles, row: Row, where: str) -> bool:
    """Whether the completion of a row says something. Raises DataError that names the row."""
    try:
        return bool(roles.texts.texts(row)[1].strip())
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def _roles(rows: Sequence[Row], named: NamedColumns, name: str) -> tuple[ColumnRoles, str]:
    """The likeliest roles; and what else may be meant."""
    try:
        return recognise(rows, named, name, guess=True), ""
    except UnclearColumns as error:
        return recognise(rows, named, name, guess=True, ask=False), str(error)
