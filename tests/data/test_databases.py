"""Tables of SQLite and DuckDB files: the only one, a named one, and what is refused."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop.auditing import audit
from openloop.data import fingerprint_of
from openloop.errors import DataError

ROWS = [(f"What is {i} + {i}?", str(2 * i), i % 4 > 0) for i in range(40)]


def make(path: Path, *tables: str, rows: Sequence[tuple[Any, ...]] = ROWS) -> Path:
    with sqlite3.connect(path) as connection:
        for table in tables:
            name = '"' + table.replace('"', '""') + '"'
            connection.execute(f"CREATE TABLE {name} (prompt TEXT, completion TEXT, gold INT)")
            connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?)", rows)
    connection.close()
    return path


def test_the_only_table_is_read_and_audited(tmp_path: Path) -> None:
    path = make(tmp_path / "rows.db", "answers")
    found = openloop.read(path)
    assert found.said[0] == f"read 40 rows from {path} (SQLite)"
    assert [(r["prompt"], r["completion"], bool(r["gold"])) for r in found.rows] == ROWS
    assert audit(path, to_label=tmp_path / "l.jsonl").estimate("verifier.p").value == 0.25
    assert sorted(tmp_path.iterdir()) == [path], "reading leaves no file beside the database"


def test_one_of_several_tables_is_named(tmp_path: Path) -> None:
    path = make(tmp_path / "rows.db", "a", 'b "two"')
    with pytest.raises(DataError) as error:
        openloop.read(path)
    assert str(error.value) == f'{path}: 2 tables. Name one: {path}::a, {path}::b "two"'
    assert len(openloop.read(f'{path}::b "two"')) == 40
    with pytest.raises(DataError, match="no table 'aa'; did you mean 'a'"):
        openloop.read(f"{path}::aa")
    assert fingerprint_of(f"{path}::a") != fingerprint_of(f'{path}::b "two"')
    assert fingerprint_of(f"{path}::a") == openloop.read(f"{path}::a").fingerprint


def test_rows_that_are_not_merged_into_the_file_yet_count(tmp_path: Path) -> None:
    path = make(tmp_path / "rows.db", "a")
    before = fingerprint_of(path)
    writer = sqlite3.connect(path)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("INSERT INTO a VALUES ('new', 'row', 1)")
    writer.commit()
    assert len(openloop.read(path)) == 41 and fingerprint_of(path) != before
    writer.close()


def test_lists_and_bytes_are_said(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (messages TEXT, note TEXT, raw BLOB)")
        connection.execute("INSERT INTO t VALUES (?, '[not json', ?)", (json.dumps(turns), b"\x00"))
    found = openloop.read(path)
    assert found.rows[0]["prompt"] == turns[:1] and found.rows[0]["note"] == "[not json"
    assert "column 'messages' holds JSON and is read as such" in found.said
    assert "column 'raw' holds bytes, which are left out" in found.said


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "a"}\n')
    with pytest.raises(DataError, match=r"::a names a table, and this is no database.*Give the file alone"):
        openloop.read(f"{rows}::a")
    with pytest.raises(DataError, match="no such file; did you mean 'rows.jsonl'"):
        openloop.read(f"{tmp_path / 'row.jsonl'}::a")
    sqlite3.connect(tmp_path / "empty.db").execute("PRAGMA user_version = 1").connection.close()
    with pytest.raises(DataError, match="a database without tables"):
        openloop.read(tmp_path / "empty.db")
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(make(tmp_path / "whole.db", "a").read_bytes()[:100] + b"x" * 5000)
    with pytest.raises(DataError, match="the SQLite database cannot be read"):
        openloop.read(damaged)


def test_duckdb(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "rows.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE a AS SELECT 'What is ' || i AS prompt, [i] AS parts FROM range(3) t(i)")
    assert [row["parts"] for row in openloop.read(path).rows] == [[0], [1], [2]]
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA s")
        connection.execute("CREATE TABLE s.b AS SELECT 'q' AS prompt")
    with pytest.raises(DataError, match=r"2 tables\. Name one: .*::a, .*::s\.b"):
        openloop.read(path)
    assert openloop.read(f"{path}::s.b").rows == [{"prompt": "q"}]


def test_duckdb_that_is_not_installed_is_said(tmp_path: Path) -> None:
    try:
        import duckdb  # noqa: F401
    except ImportError:
        path = tmp_path / "rows.duckdb"
        path.write_bytes(b"x" * 8 + b"DUCK" + b"x" * 100)
        with pytest.raises(openloop.errors.InputError, match=r"needs duckdb.*pip install 'openloop\[duckdb\]'"):
            openloop.read(path)
