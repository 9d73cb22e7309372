"""Rows written as the ending of a file says, and what a format cannot hold."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from openloop.data.streaming import blocks
from openloop.data.write_rows import write_rows
from openloop.errors import InputError

CHAT = [{"role": "user", "content": "2 + 2?"}]


def back(path: Path) -> list[dict[str, Any]]:
    return [dict(row) for shard in blocks(path) for row in shard.rows]


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".parquet"])
def test_what_is_written_is_read_back(tmp_path: Path, ending: str) -> None:
    rows = [{"prompt": CHAT, "n": 1, "score": 0.5, "is": True}, {"prompt": CHAT, "n": 2, "score": None, "is": False}]
    assert write_rows(rows, tmp_path / f"a{ending}", "--keep") == ()
    assert back(tmp_path / f"a{ending}") == rows


def test_json_has_no_nan_and_dates_are_text(tmp_path: Path) -> None:
    day = datetime.date(2026, 1, 2)
    write_rows([{"loss": float("nan"), "in": {"deep": (float("inf"), 1)}, "day": day}], tmp_path / "a.jsonl", "--keep")
    line = (tmp_path / "a.jsonl").read_text()
    assert json.loads(line) == {"loss": None, "in": {"deep": [None, 1]}, "day": "2026-01-02"}
    write_rows([{"text": "a", "day": day}], tmp_path / "a.csv", "--keep")
    assert (tmp_path / "a.csv").read_text().splitlines()[1] == "a,2026-01-02"


@pytest.mark.parametrize("column", ["prompt", "completion", "chosen", "rejected", "messages"])
def test_chat_messages_are_no_csv_text(tmp_path: Path, column: str) -> None:
    with pytest.raises(InputError, match=rf"--keep .*{column}.*chat messages.*\.jsonl"):
        write_rows([{column: CHAT}], tmp_path / "a.csv", "--keep")
    assert not (tmp_path / "a.csv").exists()


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    rows = [{"a": "x", "tags": ["b"]}, {"a": 1, "tags": ["c"]}]
    (parquet,) = write_rows(rows, tmp_path / "a.parquet", "--keep")
    assert "'a'" in parquet and "written as text" in parquet
    (flat,) = write_rows(rows, tmp_path / "a.csv", "--keep")
    assert "'tags'" in flat and "JSON text" in flat


@pytest.mark.parametrize("name", ["a.json", "a", "a.csv.gz", "a.parquet.zst", "a.jsonl.zst"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"--keep .*Allowed: \.jsonl, \.parquet, \.csv or \.jsonl\.gz"):
        write_rows([{"a": 1}], tmp_path / name, "--keep")
