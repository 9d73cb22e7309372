"""Tables of SQLite and DuckDB files: ``rows.db`` where it holds one, ``rows.db::table`` where it holds several."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from openloop.data.table import RawRow, Shard
from openloop.errors import DataError, nearest, require_installed

BETWEEN = "::"
"""Stands between a file and its table."""
BLOCK = 20_000
_SQLITE = b"SQLite format 3\x00"
_DUCKDB = b"DUCK"  # from the ninth byte on


def split_table(path: Path) -> tuple[Path, str | None]:
    """The file, and the table that is named behind it."""
    text, between, table = str(path).rpartition(BETWEEN)
    return (Path(text), table) if between and not path.exists() else (path, None)


def database_kind(file: Path) -> str:
    """``SQLite``, ``DuckDB``, or empty for any other file, by its first bytes."""
    try:
        with file.open("rb") as raw:
            head = raw.read(16)
    except OSError:
        return ""
    return "SQLite" if head == _SQLITE else "DuckDB" if head[8:12] == _DUCKDB else ""


def database_rows(path: Path) -> Iterator[Shard]:
    """The rows of a table, a block at a time, in the order in which the database keeps them.

    Raises DataError where the table is not there, or several are and none is named.
    """
    file, table = split_table(path)
    kind = database_kind(file)
    if not kind:
        raise DataError(
            f"{file}: {BETWEEN}{table} names a table, and this is no database. Allowed: SQLite and DuckDB files. "
            f"Give the file alone: {file}"
        )
    yield from (_sqlite if kind == "SQLite" else _duckdb)(file, table)


def _chosen(file: Path, tables: Sequence[str], table: str | None) -> str:
    if table is not None and table not in tables:
        raise DataError(f"{file}: no table {table!r}; {nearest(table, tables)}")
    if table is not None:
        return table
    if not tables:
        raise DataError(f"{file}: a database without tables. Check what should have written it.")
    if len(tables) > 1:
        raise DataError(f"{file}: {len(tables)} tables. Name one: {', '.join(f'{file}{BETWEEN}{t}' for t in tables)}")
    return tables[0]


def _sqlite(file: Path, table: str | None) -> Iterator[Shard]:
    # Opened for reading only: an audit must not touch the file, nor make one where there is none.
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        known = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        name = _chosen(file, [row[0] for row in known], table)
        cursor = connection.execute(f"SELECT * FROM {_quoted(name)}")
        columns = [column[0] for column in cursor.description]
        done, as_json = 0, None
        while held := cursor.fetchmany(BLOCK):
            said: list[str] = []
            rows = [_without_bytes(dict(zip(columns, cells, strict=True)), said) for cells in held]
            as_json = _json_columns(rows) if as_json is None else as_json
            said.extend(f"column {column!r} holds JSON and is read as such" for column in as_json)
            for row in rows:
                row.update({column: _parsed(row[column]) for column in as_json if column in row})
            yield Shard(
                f"{file}{BETWEEN}{name}", rows, "SQLite", range(done + 1, done + 1 + len(rows)), "row", tuple(said)
            )
            done += len(rows)
    except sqlite3.Error as error:
        raise DataError(f"{file}: the SQLite database cannot be read: {error}. Copy the file again.") from None
    finally:
        connection.close()


def _duckdb(file: Path, table: str | None) -> Iterator[Shard]:
    require_installed("Reading a DuckDB file", "duckdb", "duckdb")
    import duckdb
    import pyarrow as pa

    from openloop.data.arrow_rows import plain_rows

    try:
        with duckdb.connect(str(file), read_only=True) as connection:
            known = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables "
                "WHERE table_catalog = current_database() ORDER BY ALL"
            ).fetchall()
            names = {name if schema == "main" else f"{schema}.{name}": (schema, name) for schema, name in known}
            chosen = _chosen(file, list(names), table)
            schema, name = names[chosen]
            relation = connection.sql(f"SELECT * FROM {_quoted(schema)}.{_quoted(name)}")
            done = 0
            for batch in relation.to_arrow_reader(BLOCK):
                said: list[str] = []
                rows = plain_rows(pa.Table.from_batches([batch]), str(file), said)
                numbers = range(done + 1, done + 1 + len(rows))
                yield Shard(f"{file}{BETWEEN}{chosen}", rows, "DuckDB", numbers, "row", tuple(said))
                done += len(rows)
    except duckdb.Error as error:
        what = str(error).splitlines()[0]
        raise DataError(
            f"{file}: the DuckDB database cannot be read: {what} (duckdb {duckdb.__version__}). Close what has it "
            "open, or write the table to Parquet."
        ) from None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _without_bytes(row: RawRow, said: list[str]) -> RawRow:
    lost = [column for column, value in row.items() if isinstance(value, bytes)]
    for column in lost:
        line = f"column {column!r} holds bytes, which are left out"
        if line not in said:
            said.append(line)
        del row[column]
    return row


def _json_columns(rows: Sequence[RawRow]) -> tuple[str, ...]:
    """Columns whose every value is a JSON list or object: SQLite has no other way to keep them."""
    columns = {column for row in rows for column in row}
    found = []
    for column in sorted(columns):
        values = [row[column] for row in rows if row.get(column) is not None]
        if values and all(isinstance(v, str) and v[:1] in "[{" and _parsed(v) is not v for v in values):
            found.append(column)
    return tuple(found)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        held = json.loads(value)
    except ValueError:
        return value
    return held if isinstance(held, list | dict) else value
