"""Parquet: every column of a candidate."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from openloop import data, export
from openloop.errors import InputError
from tests.export.candidates import CHAT, candidate


def test_parquet_holds_every_column(tmp_path: Path) -> None:
    row = {"answer": 4, "tests": ["a"], "meta": {"k": 1}}
    given = [
        candidate(model="m", revision="r", seed=2**62, round=3, logprob=-1.5, n_tokens=7, row=row),
        candidate(),
    ]
    written = export.write(given, tmp_path / "a.parquet", to="parquet")
    first, second = pq.read_table(written.path).to_pylist()
    assert first == {
        "id": "p/0",
        "prompt_id": "p",
        "prompt": "2+2=",
        "completion": "4",
        "index": 0,
        "seed": 2**62,
        "round": 3,
        "n_tokens": 7,
        "model": "m",
        "revision": "r",
        "finish": "stop",
        "reasoning": None,
        "logprob": -1.5,
        "row.answer": 4,
        "row.tests": ["a"],
        "row.meta": '{"k": 1}',
    }
    assert (second["logprob"], second["row.answer"], second["row.meta"]) == (None, None, None)
    assert "row.meta is stored as JSON text" in written.said[0]
    assert data.read(written.path).layout == "trl"
    chat = data.read(export.write(CHAT, tmp_path / "chat.parquet", to="parquet").path)
    assert [row["prompt"] for row in chat.rows] == [c.prompt for c in CHAT]
    mixed = [candidate(row={"x": 1}), candidate(row={"x": "a"})]
    with pytest.raises(InputError, match=r"column 'row\.x' does not fit one Parquet type"):
        export.write(mixed, tmp_path / "b.parquet", to="parquet")
