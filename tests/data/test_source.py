"""Fingerprints and prompt ids: functions of the content and of nothing else."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from openloop import data
from openloop.errors import DataError
from openloop.identity import identity
from openloop.records import Example

ROWS = [
    {"question": "q1", "answer": "1"},
    {"question": "q2", "answer": "2"},
    {"question": "q1", "answer": "1"},
]


def put(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_the_fingerprint_is_of_the_bytes_and_not_of_the_path(tmp_path: Path) -> None:
    one, other = put(tmp_path / "a.jsonl", ROWS), put(tmp_path / "b.jsonl", ROWS)
    name = data.fingerprint_of(one)
    assert name == data.fingerprint_of(other) == data.read(one).fingerprint == data.Source(one).fingerprint
    assert name != data.fingerprint_of(put(tmp_path / "c.jsonl", ROWS[:2]))
    assert name != data.fingerprint_of(one, prompt="question") != data.fingerprint_of(one, completion="answer")
    assert data.read(one, prompt="question").fingerprint == data.fingerprint_of(one, prompt="question")
    assert data.read(one, need=["answer"]).fingerprint == name


def test_the_fingerprint_parses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text("{")
    assert len(data.fingerprint_of(path)) == 32


def test_a_source_names_a_stage(tmp_path: Path) -> None:
    source = data.Source(put(tmp_path / "a.jsonl", ROWS))
    assert identity(source) == {"fingerprint": source.fingerprint} == identity(source.load())


def test_a_file_that_changes_after_planning_is_refused(tmp_path: Path) -> None:
    source = data.Source(put(tmp_path / "a.jsonl", ROWS))
    assert source.fingerprint
    put(tmp_path / "a.jsonl", ROWS[:1])
    with pytest.raises(DataError, match=r"the file changed after the run was planned\. Plan again"):
        source.load()


def test_rows_in_memory_have_a_fingerprint() -> None:
    one = data.from_rows(ROWS).fingerprint
    assert one == data.from_rows(iter(ROWS)).fingerprint
    assert one == data.from_rows([dict(reversed(row.items())) for row in ROWS]).fingerprint
    assert one != data.from_rows(ROWS[::-1][1:]).fingerprint
    assert one != data.from_rows(ROWS, completion="answer").fingerprint


def test_rows_in_memory_are_not_touched() -> None:
    given = [{"question": "q", "answer": "a"}]
    data.prompts(data.from_rows(given))
    assert given == [{"question": "q", "answer": "a"}]


def test_prompt_ids() -> None:
    prompts = data.prompts(data.from_rows(ROWS))
    text = json.dumps({"answer": "1", "prompt": "q1"}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    first = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert [prompt.id for prompt in prompts] == [first, prompts[1].id, f"{first}-1"]
    assert (prompts[0].content, prompts[0].row) == ("q1", {"answer": "1"})
    assert data.prompts(data.from_rows(ROWS[1:]))[0].id == prompts[1].id


def test_lone_surrogates_have_ids(tmp_path: Path) -> None:
    rows = data.read(put(tmp_path / "a.jsonl", [{"prompt": "half \ud83d"}]))
    assert data.prompts(rows)[0].content == "half \ud83d"


def test_examples() -> None:
    assert data.examples(data.from_rows([{"prompt": "p", "completion": "c", "n": 1}])) == [Example("p", "c", {"n": 1})]
    assert data.examples(data.from_rows(ROWS[:1])) == [Example("q1", "1", {"answer": "1"})]
    assert data.examples(data.from_rows([{"prompt": "2+2=", "answer": 4}]))[0].completion == "4"
    chat = [{"role": "user", "content": "2+2?"}]
    reply = [{"role": "assistant", "content": "4"}]
    assert data.examples(data.from_rows([{"prompt": chat, "answer": "4"}]))[0].completion == reply


def test_examples_refused() -> None:
    with pytest.raises(DataError, match=r"nothing to train on.*It has: prompt\. Name the column: completion="):
        data.examples(data.from_rows([{"prompt": "p"}]))
    rows = [{"prompt": "p", "completion": "c"}, {"prompt": "q", "completion": None}]
    with pytest.raises(DataError, match="row 2: no completion to train on, and in 1 of 2 rows"):
        data.examples(data.from_rows(rows))
    with pytest.raises(DataError, match="row 1: the completion is a bool"):
        data.examples(data.from_rows([{"prompt": "p", "answer": True}]))
