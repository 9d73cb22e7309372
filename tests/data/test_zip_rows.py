"""inspect_ai's archives: both compressions, logs that were cut short, and other zip files."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

import openloop
from openloop.auditing import audit
from openloop.data.streaming import blocks
from openloop.errors import DataError
from tests.data.logs.test_logs import INSPECT

HEADER = {"status": "success", "eval": {"task": "sums", "model": "m"}}


def archive(path: Path, members: dict[str, object], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, held in members.items():
            made.writestr(name, json.dumps(held))
    return path


def samples(n: int) -> dict[str, object]:
    return {f"samples/{i}_epoch_1.json": {**INSPECT, "id": i} for i in range(n)}


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_samples_are_read_with_what_the_header_says(compression: int, tmp_path: Path) -> None:
    path = archive(tmp_path / "log.eval", {**samples(3), "header.json": HEADER}, compression)
    (shard,) = blocks(path)
    assert [row["id"] for row in shard.rows] == [0, 1, 2] and {row["task"] for row in shard.rows} == {"sums"}
    assert shard.said == () and shard.unit == "sample"
    assert len(openloop.read(tmp_path)) == 3, "a folder of logs"


def test_a_log_that_was_cut_short_says_so(tmp_path: Path) -> None:
    journal = {"version": 2, "eval": HEADER["eval"]}
    path = archive(tmp_path / "log.eval", {"_journal/start.json": journal, **samples(2)})
    assert "the evaluation ended as 'started': samples may be missing" in openloop.read(path).said
    failed = archive(tmp_path / "failed.eval", {**samples(2), "header.json": {**HEADER, "status": "error"}})
    assert "the evaluation ended as 'error': samples may be missing" in openloop.read(failed).said
    found = audit(failed, to_label=tmp_path / "label.jsonl")
    assert "the evaluation ended as 'error': samples may be missing" in found.said, "the audit says it too"
    with pytest.raises(DataError, match="an inspect_ai log without samples"):
        openloop.read(archive(tmp_path / "none.eval", {"header.json": HEADER}))


def test_other_and_damaged_archives_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a zip archive that holds a\.txt\. Allowed of zip archives: inspect_ai"):
        openloop.read(archive(tmp_path / "other.zip", {"a.txt": 1}))
    whole = archive(tmp_path / "log.eval", {**samples(3), "header.json": HEADER}).read_bytes()
    for cut in (4, 100, len(whole) - 30):
        (tmp_path / "cut.eval").write_bytes(whole[:cut])
        with pytest.raises(DataError, match="the zip data is damaged"):
            openloop.read(tmp_path / "cut.eval")
