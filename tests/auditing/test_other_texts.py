"""Files that audited rows are compared with are read as the audited one is, and their short answers prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import openloop as library
from openloop.auditing.other_texts import texts_of
from openloop.errors import DataError, InputError
from tests.support.audited import Rows, write
from tests.support.leaks import file_of, instructed, multiple_choice


def as_rows(pairs: list[tuple[str, str]]) -> Rows:
    return [{"prompt": prompt, "completion": completion} for prompt, completion in pairs]


def test_columns_are_detected(tmp_path: Path) -> None:
    questions = write(tmp_path / "a.jsonl", [{"question": "q", "answer": "a"}])
    assert texts_of(questions) == [("q", "a")]
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    assert texts_of(write(tmp_path / "b.jsonl", [{"messages": turns}])) == [("q", "a")]


def test_a_file_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the file is empty"):
        texts_of(write(tmp_path / "a.jsonl", []))
    with pytest.raises(DataError, match="no column of texts among x. Rename one to `prompt`"):
        texts_of(write(tmp_path / "b.jsonl", [{"x": 1}]))


def test_copied_real_completions_are_counted_and_equal_letters_are_not(tmp_path: Path) -> None:
    real = file_of(instructed, 200, 0)
    rows = [
        (prompt, real[i][1] if i < 30 else completion)
        for i, (prompt, completion) in enumerate(file_of(instructed, 300, 1))
    ]
    found = library.audit(as_rows(rows), real=write(tmp_path / "real.jsonl", as_rows(real)))
    assert found.estimate("real.copied").value == 0.1
    often = [(prompt, real[0][1]) for prompt, _ in rows]
    assert library.audit(as_rows(often), real=tmp_path / "real.jsonl").estimate("real.copied").value == 1
    letters = write(tmp_path / "letters.jsonl", as_rows(file_of(multiple_choice, 200, 2)))
    found = library.audit(as_rows(file_of(multiple_choice, 300, 3)), real=letters)
    assert found.estimate("real.copied").value == 0


def test_of_real_pairs_the_chosen_responses_are_compared(tmp_path: Path) -> None:
    rows = as_rows(file_of(instructed, 60, 0))
    pairs = [
        {"prompt": row["prompt"], "chosen": row["completion"], "rejected": "No. " * (5 + i % 7)}
        for i, row in enumerate(rows)
    ]
    path = write(tmp_path / "pairs.jsonl", pairs)
    found = library.audit(rows, real=path)
    assert found.compared_with == [f"{path} (chosen)"]
    assert found.estimate("real.copied").value == 1
    turned = [{**pair, "chosen": pair["rejected"], "rejected": pair["chosen"]} for pair in pairs]
    assert library.audit(rows, real=write(tmp_path / "turned.jsonl", turned)).estimate("real.copied").value == 0


def test_real_pairs_without_a_chosen_response_are_refused(tmp_path: Path) -> None:
    pairs = [
        {"prompt": prompt, "response_a": text, "response_b": text[::-1], "winner": "model_a"}
        for prompt, text in file_of(instructed, 60, 0)
    ]
    with pytest.raises(InputError, match="two responses a row, and none is named chosen"):
        library.audit(as_rows(file_of(instructed, 60, 0)), real=write(tmp_path / "pairs.jsonl", pairs))
