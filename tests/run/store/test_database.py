"""The SQLite file of a run: of another version, or damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.refusals import refused

Call = Callable[..., Any]


def every_verb(openloop: Call, recipe: Path, directory: Path) -> list[Any]:
    return [
        openloop("show", directory),
        openloop("show", directory, "--json"),
        openloop("export", directory, "--to", "trl", "--arm", "verified"),
        openloop("plan", recipe, "--dir", directory),
        openloop("run", recipe, "--dir", directory),
    ]


def test_a_store_of_a_newer_openloop(openloop: Call, recipe: Call, directory: Path) -> None:
    with sqlite3.connect(directory / "store.sqlite") as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    db.close()
    for said in every_verb(openloop, recipe(), directory):
        refused(said, "newer openloop (store schema 99")


@pytest.mark.parametrize("damage", ["garbage", "cut", "holes", "empty"])
def test_a_damaged_store(openloop: Call, recipe: Call, directory: Path, damage: str) -> None:
    file = directory / "store.sqlite"
    raw = file.read_bytes()
    for beside in directory.glob("store.sqlite-*"):
        beside.unlink()
    kinds = {
        "garbage": b"not a database " * 100,
        "cut": raw[: len(raw) // 2],
        "empty": b"",
        "holes": raw[:4096] + b"\xff" * (len(raw) - 4096),
    }
    file.write_bytes(kinds[damage])
    said = every_verb(openloop, recipe(), directory)
    for answer in said[:4] if damage == "empty" else said:  # an empty one is a directory to start in
        refused(answer, "store.sqlite")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("songs (title TEXT)", "another program made it: it holds the table 'songs'"),
        ("meta (name TEXT, held TEXT)", "its table `meta` is not ours"),
    ],
)
def test_a_database_of_another_program_is_left_alone(
    openloop: Call, recipe: Call, tmp_path: Path, table: str, said: str
) -> None:
    file = tmp_path / "run" / "store.sqlite"
    file.parent.mkdir()
    with sqlite3.connect(file) as db:
        db.execute(f"CREATE TABLE {table}")
    db.close()
    before = file.read_bytes()
    refused(
        openloop("run", recipe(), "--dir", file.parent), "store.sqlite is not a run database", said, "choose another"
    )
    assert file.read_bytes() == before
