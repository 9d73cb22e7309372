"""The rows to train on, written to a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Said
from tests.support.audited import scored, write
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
