"""The rows to train on, written to a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from openloop.data.streaming import blocks
from tests.conftest import Said
from tests.support.audited import scored, write
from tests.support.pair_files import preference_data
from tests.support.worlds import World

Cli = Callable[..., Said]


def test_keep_says_what_it_wrote_or_why_not(openloop: Cli, tmp_path: Path) -> None:
    good = write(tmp_path / "good.jsonl", World(0.2, 0.9, 0.05, 300, 2).rows())
    bad = write(tmp_path / "bad.jsonl", World(0.5, 0.7, 0.6, 300, 2).rows())
    assert "Wrote" in openloop("audit", good, "--keep", tmp_path / "k.jsonl").out
    kept = [json.loads(line) for line in (tmp_path / "k.jsonl").read_text().splitlines()]
    assert kept and all(row["verdict"] for row in kept)
    assert "Nothing is written" in openloop("audit", bad, "--keep", tmp_path / "n.jsonl").out
    assert not (tmp_path / "n.jsonl").exists()


def test_a_full_disk_is_said(openloop: Cli, tmp_path: Path, full_disk: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{**row, "note": "x" * 200} for row in scored()])
    (full_disk / "filler").write_bytes(bytes((40 << 20) - (64 << 10)))
    said = openloop("audit", path, "--keep", full_disk / "kept.jsonl")
    assert said.code == 1 and "full" in said.err and "Traceback" not in said.err


def test_the_ending_of_keep_says_the_format(openloop: Cli, tmp_path: Path) -> None:
    rows = [{**row, "tags": ["a", row["verdict"]]} for row in World(0.2, 0.9, 0.05, 300, 2).rows()]
    path = write(tmp_path / "rows.jsonl", rows)
    written = {}
    for name in ("k.jsonl", "k.jsonl.gz", "k.parquet", "k.csv"):
        said = openloop("audit", path, "--keep", tmp_path / name)
        assert said.code == 0, said.err
        written[name] = [row for shard in blocks(tmp_path / name) for row in shard.rows]
    assert (tmp_path / "k.parquet").read_bytes().startswith(b"PAR1")
    assert (tmp_path / "k.jsonl.gz").read_bytes().startswith(b"\x1f\x8b")
    assert written["k.jsonl"] == written["k.jsonl.gz"]
    assert [row["prompt"] for row in written["k.parquet"]] == [row["prompt"] for row in written["k.jsonl"]]
    assert [row["completion"] for row in written["k.csv"]] == [row["completion"] for row in written["k.jsonl"]]
    assert "Parquet keeps apart" in openloop("audit", path, "--all", "--keep", tmp_path / "k.parquet").out
    assert "JSON text" in openloop("audit", path, "--all", "--keep", tmp_path / "k.csv").out


@pytest.mark.parametrize("name", ["k.json", "k.txt", "k", "k.csv.gz", "k.parquet.zst"])
def test_an_unknown_ending_is_refused_before_anything_is_read(openloop: Cli, tmp_path: Path, name: str) -> None:
    unread = tmp_path / "no-rows.jsonl"
    unread.write_text("not JSON")
    said = openloop("audit", unread, "--keep", tmp_path / name)
    assert said.code == 2 and "--keep" in said.err and ".jsonl.gz" in said.err and "not JSON" not in said.err
    assert not (tmp_path / name).exists()


def test_rows_to_label_are_json_lines_only(openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", scored())
    said = openloop("audit", path, "--to-label", tmp_path / "label.csv")
    assert said.code == 2 and "--to-label" in said.err and ".jsonl" in said.err


def test_pairs_are_kept_by_the_ending_too(openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "pairs.jsonl", preference_data(300, bad=0.0))
    assert openloop("audit", path, "--keep", tmp_path / "k.jsonl").code == 0
    assert openloop("audit", path, "--keep", tmp_path / "k.parquet").code == 0
    lines = [json.loads(line) for line in (tmp_path / "k.jsonl").read_text().splitlines()]
    table = [row for shard in blocks(tmp_path / "k.parquet") for row in shard.rows]
    assert table == lines and table[0].keys() == {"prompt", "chosen", "rejected"}
