"""Files as other programs write them: pandas, R, spreadsheets, `datasets`, the chat APIs."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import openloop
from openloop.data.file_description import describe_file
from openloop.data.recognise import NamedColumns
from openloop.errors import DataError
from tests.data.test_formats import put


def said(path: Path, **named: str) -> str:
    return " ".join(describe_file(path, NamedColumns(**named)).said)


def roles(path: Path) -> dict[str, str]:
    return {use.column: use.role for use in describe_file(path, NamedColumns()).columns}


@pytest.mark.parametrize("names", [["correct", "wrong"], ["wrong", "correct"]])
def test_classes_are_read_by_their_names_and_not_by_their_numbers(tmp_path: Path, names: list[str]) -> None:
    features = {"label": {"names": names, "_type": "ClassLabel"}, "prompt": {"dtype": "string", "_type": "Value"}}
    rows = [{"prompt": f"q {n}", "completion": f"a {n}", "label": [0, 0, 0, 1, -1][n % 5]} for n in range(20)]
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(pa.Table.from_pylist(rows).replace_schema_metadata(metadata), tmp_path / "rows.parquet")
    held = [row["label"] for row in openloop.read(tmp_path / "rows.parquet").rows]
    assert held == [[names[0], names[0], names[0], names[1], None][n % 5] for n in range(20)]
    assert f"(0 = {names[0]}, 1 = {names[1]})" in said(tmp_path / "rows.parquet")


@pytest.mark.parametrize(
    "metadata", [{}, {"huggingface": "{"}, {"huggingface": '{"info": null}'}, {"huggingface": "[]"}]
)
def test_without_names_the_numbers_stay(tmp_path: Path, metadata: dict[str, str]) -> None:
    table = pa.Table.from_pylist([{"prompt": "q", "completion": "a", "label": 1}]).replace_schema_metadata(metadata)
    pq.write_table(table, tmp_path / "rows.parquet")
    assert openloop.read(tmp_path / "rows.parquet").rows[0]["label"] == 1


@pytest.mark.parametrize("first", ["", '""', "\ufeff", " "])
def test_row_names_of_pandas_and_r_are_named_and_told(tmp_path: Path, first: str) -> None:
    text = f"{first},prompt,completion,gold\n" + "".join(f"{n},q {n},a {n},{n % 2}\n" for n in range(10))
    path = put(tmp_path, "rows.csv", text.encode())
    assert "column 1 has no name, as pandas and R write row names: it is called row_name" in said(path)
    assert roles(path)["gold"] == "gold"
    assert roles(path)["row_name"] in ("ignored", "number")


def test_tab_delimited_text_of_a_spreadsheet_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    text = 'prompt\tcompletion\tgold\nq1\t"two\nlines"\tyes\nq2\ta\tno\n'
    held = [openloop.read(put(tmp_path, name, text.encode())).rows for name in ("a.txt", "a.tab", "a.tsv")]
    assert held[0] == held[1] == held[2]
    assert held[0][0]["completion"] == "two\nlines"
    with pytest.raises(DataError, match="not a format that is read"):
        openloop.read(put(tmp_path, "notes.txt", b"dear diary,\ntoday\n"))


def test_blocks_of_text_in_a_message_are_its_text(tmp_path: Path) -> None:
    def blocks(*texts: str) -> list[dict[str, str]]:
        return [{"type": "text", "text": text} for text in texts]

    turns = [{"role": "user", "content": blocks("q")}, {"role": "assistant", "content": blocks("a", "b")}]
    path = put(tmp_path, "rows.jsonl", json.dumps({"messages": turns}).encode())
    assert openloop.read(path).rows[0]["completion"] == [{"role": "assistant", "content": "a\nb"}]
    turns[0]["content"] = [{"type": "image", "source": {}}]
    with pytest.raises(DataError, match="a list of"):
        openloop.read(put(tmp_path, "image.jsonl", json.dumps({"messages": turns}).encode()))


def rows_csv(folder: Path, column: str, yes: str, no: str) -> Path:
    cells = (f"q {n},a text {n},{yes if n % 4 else no}\n" for n in range(20))
    return put(folder, "rows.csv", (f"prompt,completion,{column}\n" + "".join(cells)).encode())


@pytest.mark.parametrize("column", ["is_bad", "error", "hallucinated", "Toxic"])
def test_a_column_that_names_a_fault_is_suggested_turned_round(tmp_path: Path, column: str) -> None:
    path = rows_csv(tmp_path, column, "no", "yes")
    assert f"might be gold (--gold): '{column}==no'" in said(path)
    assert f"counts as good where it says yes, true or 1; if that means bad: --gold '{column}==no'" in said(
        path, gold=column
    )
    assert "counts as good where" not in said(path, gold=f"{column}==no")
    assert "counts as good where" not in said(rows_csv(tmp_path, "fine", "yes", "no"), gold="fine")


def test_thumbs_are_good_and_bad_and_other_words_are_named_in_the_comparison(tmp_path: Path) -> None:
    path = rows_csv(tmp_path, "feedback", "👍", "👎")
    assert "might be gold (--gold): feedback" in said(path)
    assert "25.0%" in str(openloop.audit(path, gold="feedback"))
    with pytest.raises(DataError, match="'feedback==nein'"):
        openloop.audit(rows_csv(tmp_path, "feedback", "ja", "nein"), gold="feedback")


def test_the_example_names_the_longest_texts(tmp_path: Path) -> None:
    rows = "".join(f"at noon today,ann b,what is {n} and why?,because of the number {n} and more\n" for n in range(9))
    path = put(tmp_path, "form.csv", ("Timestamp,Who,What was asked,What it said\n" + rows).encode())
    with pytest.raises(DataError, match="--prompt 'What was asked' --completion 'What it said'"):
        openloop.audit(path)


@pytest.mark.parametrize("prompt, completion", [("user_input", "response"), ("prompt", "predict")])
def test_columns_of_ragas_and_llama_factory(tmp_path: Path, prompt: str, completion: str) -> None:
    rows = "".join(json.dumps({prompt: f"what is {n}?", completion: f"it is {n}"}) + "\n" for n in range(9))
    assert roles(put(tmp_path, "rows.jsonl", rows.encode())) == {prompt: "prompt", completion: "completion"}


@pytest.mark.parametrize("score, told", [("NaN", True), ("Infinity", True), ("null", True), ("0.25", False)])
def test_rows_without_a_score_are_counted_where_all_rows_count_as_kept(tmp_path: Path, score: str, told: bool) -> None:
    rows = (
        f'{{"prompt": "q {n}", "completion": "a text {n}", "score": {score if n < 8 else n / 20}}}\n' for n in range(20)
    )
    sentences = " ".join(openloop.audit(put(tmp_path, "rows.jsonl", "".join(rows).encode())).said)
    assert ("every row counts as kept, also the 8 without a score" in sentences) is told
    assert "every row counts as kept" in sentences


def test_a_path_goes_into_lists_by_number_as_for_the_output_of_a_batch(tmp_path: Path) -> None:
    def line(n: int) -> str:
        choices = [{"index": 0, "message": {"role": "assistant", "content": f"said {n}"}}]
        return json.dumps({"custom_id": f"r{n}", "response": {"body": {"choices": choices}}}) + "\n"

    path = put(tmp_path, "batch_output.jsonl", "".join(map(line, range(9))).encode())
    found = openloop.audit(path, completion="response.body.choices.0.message.content", prompt="custom_id")
    assert found.to_label is not None and found.to_label["n"] == 9
    with pytest.raises(DataError, match="empty or missing"):
        openloop.audit(path, completion="response.body.choices.1.message.content", prompt="custom_id")
