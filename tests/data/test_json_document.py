"""One JSON object with the rows inside, written on one line or on many; any other object is refused as before."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop.auditing import audit
from openloop.data.logs.documents import rows_inside
from openloop.data.streaming import blocks
from openloop.errors import DataError
from tests.data.logs.test_logs import INSPECT, PROMPTFOO

LOG = {"version": 2, "status": "success", "eval": {"task": "sums", "model": "m"}, "samples": [INSPECT] * 30}
RESULTS = {"evalId": "x", "results": {"version": 3, "results": [PROMPTFOO] * 30}}
COLUMNS = {"prompt": [f"q{i}" for i in range(30)], "gold": {str(i): i % 2 for i in range(30)}, "model": "m"}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("whole", [LOG, RESULTS, COLUMNS], ids=["inspect_ai", "promptfoo", "columns"])
def test_the_rows_inside_are_read(whole: dict[str, Any], indent: int | None, tmp_path: Path) -> None:
    text = json.dumps(whole, indent=indent)
    plain, packed = tmp_path / "log.json", tmp_path / "log.json.gz"
    plain.write_text(text + "\n")
    packed.write_bytes(gzip.compress(text.encode()))
    for path in (plain, packed):
        assert len(openloop.read(path)) == 30
        assert audit(path, to_label=tmp_path / "l.jsonl").rows == 30
    assert openloop.read(plain).rows == openloop.read(packed).rows


def test_columns_are_put_together_in_order() -> None:
    found = rows_inside({"b": {"10": "z", "2": "y"}, "a": [1, 2], "model": "m"})
    assert found is not None and found[0] == [{"b": "y", "a": 1, "model": "m"}, {"b": "z", "a": 2, "model": "m"}]
    assert rows_inside({"a": [1, 2], "b": [1]}) is None and rows_inside({"a": [1, 2]}) is None
    assert rows_inside({"prompt": "a", "choices": ["b", "c"]}) is None, "an ordinary row with a list"


def test_contents_that_stand_apart_are_put_in_their_place() -> None:
    sample = {**INSPECT, "input": "attachment://k", "attachments": {"k": "1 + 1"}, "events": [1]}
    found = rows_inside({**LOG, "samples": [sample]})
    assert found is not None and found[0][0]["input"] == "1 + 1" and "events" not in found[0][0]


@pytest.mark.parametrize("indent", [None, 1])
def test_an_object_without_known_rows_is_refused_with_the_line_that_takes_them_out(
    indent: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"meta": {}, "items": [{"prompt": "a"}, {"prompt": "b"}]}, indent=indent))
    with pytest.raises(DataError) as error:
        openloop.read(path)
    assert "jq -c '.items[]' other.json > rows.jsonl" in str(error.value)
    with pytest.raises(DataError, match="its lists: items"):
        audit(path)


def test_a_single_row_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text('{"prompt": "a", "completion": "b"}\n')
    assert openloop.read(path).rows == [{"prompt": "a", "completion": "b"}]
    path.write_text('{"prompt": "a", "completion": "b"}\n{"prompt": broken}\n')
    with pytest.raises(DataError, match="line 2: broken JSON"):
        openloop.read(path)


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]},
        {"prompt": "a", "completions": [{"text": "b"}, {"text": "c"}]},
    ],
    ids=["chat", "several completions"],
)
def test_a_single_row_with_a_list_of_objects_is_a_row(row: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(row))
    assert audit(path, to_label=tmp_path / "l.jsonl").rows == len(row.get("completions", [1]))


def entries(n: int) -> dict[str, Any]:
    return {f"task/{i}": {"question": f"q {i}", "completion": f"a {i}", "correct": bool(i % 2)} for i in range(n)}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "whole",
    [
        entries(9),
        {"date": "today", "eval": entries(9)},
        {"date": "today", "eval": {name: [row] for name, row in entries(9).items()}},
        {"type": "GEN", "details": entries(9)},
    ],
)
def test_entries_of_an_object_are_rows_under_their_names(
    whole: dict[str, Any], indent: int | None, tmp_path: Path
) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(whole, indent=indent))
    shard = next(blocks(file))
    assert [row["key"] for row in shard.rows] == list(entries(9)) and shard.rows[4]["completion"] == "a 4"
    assert any("9 entries, whose names are the column key" in text for text in shard.said)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "q", "model_a": {"text": "a"}, "model_b": {"text": "b"}},
        {"chosen": {"text": "a"}, "rejected": {"text": "b"}},
        {"user": {"name": "x"}, "reply": {"text": "b", "tokens": 3, "ms": 4}, "meta": {"seed": 1}},
    ],
)
def test_a_row_of_a_few_objects_stays_one_row(row: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "row.json"
    file.write_text(json.dumps(row))
    assert next(blocks(file)).rows == [row]


def test_a_log_that_did_not_end_well_is_said_to_lack_samples(tmp_path: Path) -> None:
    for indent in (None, 1):
        for status, said in (("error", ["the evaluation ended as 'error': samples may be missing"]), ("success", [])):
            file = tmp_path / f"{status}.json"
            file.write_text(json.dumps({**LOG, "status": status}, indent=indent))
            assert list(next(blocks(file)).said) == said


def test_metadata_of_a_sample_is_named_as_the_log_has_it() -> None:
    rows = [{**INSPECT, "id": i, "metadata": {"human": bool(i % 2)}} for i in range(30)]
    found = audit(rows, gold="metadata.human")
    assert any("gold = human" in text for text in found.said)
