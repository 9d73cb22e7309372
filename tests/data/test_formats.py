"""Every format and packing gives the same rows; what the bytes are matters, not what the file is called."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop import data
from openloop.errors import DataError

ROWS = [{"prompt": "2+2=", "completion": "4"}, {"prompt": "line\none", "completion": "é, {x} \u2028 end"}]


def lines(rows: list[dict]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def zstd(plain: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(plain)
    return sink.getvalue().to_pybytes()


def parquet(rows: list[dict]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def arrow(rows: list[dict], new=pa.ipc.new_stream) -> bytes:
    table = pa.Table.from_pylist(rows)
    sink = io.BytesIO()
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def comma(rows: list[dict]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def put(folder: Path, name: str, raw: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.jsonl", lines(ROWS), "(JSON lines)"),
        ("a.json", json.dumps(ROWS, indent=1).encode(), "(JSON array)"),
        ("a.jsonl.gz", gzip.compress(lines(ROWS), mtime=0), "(gzip JSON lines)"),
        ("a.jsonl.zst", zstd(lines(ROWS)), "(zstd JSON lines)"),
        ("a.parquet", parquet(ROWS), "(Parquet)"),
        ("a.arrow", arrow(ROWS), "(Arrow)"),
        ("b.arrow", arrow(ROWS, pa.ipc.new_file), "(Arrow)"),
        ("a.csv", comma(ROWS), "(CSV, every value as text)"),
        ("a.csv.gz", gzip.compress(comma(ROWS), mtime=0), "(gzip CSV, every value as text)"),
        ("gzip-named-plain.jsonl", gzip.compress(lines(ROWS), mtime=0), "(gzip JSON lines)"),
        ("plain-named-gzip.jsonl.gz", lines(ROWS), "(JSON lines)"),
        ("parquet-named.jsonl", parquet(ROWS), "(Parquet)"),
        ("no_suffix", lines(ROWS), "(JSON lines)"),
        ("crlf.jsonl", lines(ROWS).replace(b"\n", b"\r\n"), "(JSON lines)"),
        ("no-last-newline.jsonl", lines(ROWS).rstrip(b"\n"), "(JSON lines)"),
        ("blank.jsonl", b"\n" + lines(ROWS).replace(b"\n", b"\n \n"), "(JSON lines)"),
        (
            "two-members.jsonl.gz",
            b"".join(gzip.compress(lines([row]), mtime=0) for row in ROWS),
            "(gzip JSON lines)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_format(tmp_path: Path, name: str, raw: bytes, said: str) -> None:
    rows = data.read(put(tmp_path, name, raw))
    assert list(rows.rows) == ROWS
    assert rows.said[0].endswith(said)
    assert rows.said[0].startswith("read 2 rows from ")


def test_a_byte_order_mark_is_skipped_and_said(tmp_path: Path) -> None:
    for name, raw in (
        ("a.jsonl", lines(ROWS)),
        ("a.csv", comma(ROWS)),
        ("a.json", json.dumps(ROWS).encode()),
    ):
        rows = data.read(put(tmp_path, name, b"\xef\xbb\xbf" + raw))
        assert list(rows.rows) == ROWS
        assert any("byte order mark" in said for said in rows.said)


def test_long_csv_cells_and_tabs(tmp_path: Path) -> None:
    long = "x" * 200_000
    assert data.read(put(tmp_path, "a.csv", comma([{"prompt": long}]))).rows[0]["prompt"] == long
    rows = data.read(put(tmp_path, "a.tsv", b"prompt\tanswer\n1, 2\t007\n"))
    assert list(rows.rows) == [{"prompt": "1, 2", "answer": "007"}]


def test_table_types_that_json_lacks_are_converted_and_said(tmp_path: Path) -> None:
    row = {
        "prompt": "p",
        "day": datetime.date(2020, 1, 2),
        "price": Decimal("1.50"),
        "score": float("nan"),
        "image": b"\x00",
    }
    rows = data.read(put(tmp_path, "a.parquet", parquet([row])))
    assert list(rows.rows) == [{"prompt": "p", "day": "2020-01-02", "price": "1.50", "score": None}]
    assert "column 'day' (date32[day]) is read as text" in rows.said
    assert "1 NaN in column 'score' are read as null" in rows.said
    assert any(said.startswith("column 'image' (binary) is left out") for said in rows.said)


def saved(folder: Path, shards: list[list[dict]]) -> Path:
    names = [f"data-{i:05}-of-{len(shards):05}.arrow" for i in range(len(shards))]
    for name, rows in zip(names, shards, strict=True):
        put(folder, name, arrow(rows))
    put(folder, "state.json", json.dumps({"_data_files": [{"filename": name} for name in names]}).encode())
    put(folder, "dataset_info.json", b"{}")
    return folder


def test_a_folder_that_save_to_disk_wrote(tmp_path: Path) -> None:
    rows = data.read(saved(tmp_path / "d", [ROWS[:1], ROWS[1:]]))
    assert list(rows.rows) == ROWS
    assert "from 2 files" in rows.said[0]


def test_splits_are_named_and_one_can_be_read(tmp_path: Path) -> None:
    put(tmp_path, "dataset_dict.json", b'{"splits": ["train", "test"]}')
    saved(tmp_path / "train", [ROWS])
    with pytest.raises(DataError, match=r"several splits\. Name one of them: .*/train, .*/test"):
        data.read(tmp_path)
    assert len(data.read(tmp_path / "train")) == 2


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (b"{}", "no list `_data_files`"),
        (b"{", "broken JSON"),
        (b"[]", "a list, not an object"),
        (b'{"_data_files": []}', "names no data files"),
        (b'{"_data_files": [{"filename": "x.arrow"}]}', r"x\.arrow: named in state.json, but missing"),
        (b'{"_data_files": [], "_indices_data_files": [{"filename": "i"}]}', "flatten_indices"),
    ],
)
def test_a_damaged_saved_folder(tmp_path: Path, state: bytes, message: str) -> None:
    put(tmp_path, "state.json", state)
    with pytest.raises(DataError, match=message):
        data.read(tmp_path)


def test_a_folder_of_shards_is_read_in_order_of_names(tmp_path: Path) -> None:
    for number in (2, 0, 1):
        put(tmp_path, f"part-{number:05}.jsonl.gz", gzip.compress(lines([{"prompt": f"p{number}"}])))
    put(tmp_path, "README.md", b"not data")
    put(tmp_path, ".hidden.jsonl", b"not data")
    assert [row["prompt"] for row in data.read(tmp_path).rows] == ["p0", "p1", "p2"]


def test_an_error_in_a_shard_names_the_shard(tmp_path: Path) -> None:
    put(tmp_path, "part-0.jsonl", lines([{"prompt": "p"}]))
    put(tmp_path, "part-1.jsonl", lines([{"prompt": "p"}, {"prompt": None}]))
    with pytest.raises(DataError, match=r"part-1\.jsonl: line 2: the prompt is null"):
        data.read(tmp_path)


def test_folders_that_mix_splits_or_formats_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "s/train-0.jsonl", lines(ROWS))
    put(tmp_path, "s/test-0.jsonl", lines(ROWS))
    with pytest.raises(DataError, match=r"several splits \(test, train\), which must not be mixed"):
        data.read(tmp_path / "s")
    put(tmp_path, "f/a.jsonl", lines(ROWS))
    put(tmp_path, "f/a.parquet", parquet(ROWS))
    with pytest.raises(DataError, match=r"several formats \(\.jsonl, \.parquet\)"):
        data.read(tmp_path / "f")


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('{}[]",:\\\n\r\t\u2028\u0085\x1e'))
COLUMN = TEXT.filter(lambda name: name not in ("prompt", "completion", "messages", "conversations"))


@given(
    st.lists(st.dictionaries(COLUMN, TEXT | st.none(), max_size=3), min_size=1, max_size=5),
    TEXT,
    st.booleans(),
)
def test_json_lines_round_trip(tmp_path_factory, others: list[dict], text: str, escape: bool) -> None:
    rows = [{"prompt": f"{text}{i}", **row} for i, row in enumerate(others)]
    path = tmp_path_factory.mktemp("rows") / "a.jsonl"
    path.write_bytes("".join(json.dumps(row, ensure_ascii=escape) + "\n" for row in rows).encode())
    assert list(data.read(path, prompt="prompt").rows) == rows


@pytest.mark.parametrize(
    ("raw", "rows", "said"),
    [
        ("prompt;completion\na, b;c\nd;e\n", [("a, b", "c"), ("d", "e")], "semicolons"),
        ("prompt|completion\na, b|c;d\n", [("a, b", "c;d")], "vertical bars"),
        ("prompt\tcompletion\n1, 2\t3\n", [("1, 2", "3")], "tabs"),
        ("sep=;\nprompt;completion\na;b\n", [("a", "b")], "semicolons"),
        ('prompt;completion\n"a;\nb";"c, ""d"""\n', [("a;\nb", 'c, "d"')], "semicolons"),
        ("prompt,completion\na;b,c;d\n", [("a;b", "c;d")], ""),
        ("sep=,\nprompt,completion\na;b,c\n", [("a;b", "c")], ""),
    ],
)
def test_what_separates_the_columns_of_a_csv_is_told_and_said(
    raw: str, rows: list[tuple[str, str]], said: str, tmp_path: Path
) -> None:
    found = data.read(put(tmp_path, "a.csv", raw.encode()))
    assert [(row["prompt"], row["completion"]) for row in found.rows] == rows
    assert [line for line in found.said if "separated" in line] == (
        [f"columns are separated by {said}"] if said else []
    )


def test_the_delimiter_is_not_guessed_from_one_column_or_ragged_rows(tmp_path: Path) -> None:
    assert data.read(put(tmp_path, "a.csv", b"prompt\nyes; and no\nno|yes\n")).rows[0]["prompt"] == "yes; and no"
    with pytest.raises(DataError, match=r"line 3: 3 cells, but the header has 2 columns"):
        data.read(put(tmp_path, "b.csv", b"prompt,answer\n1,2\n1,2,3\n"))
    with pytest.raises(DataError, match=r"line 4: 1 cells"):
        data.read(put(tmp_path, "c.csv", b"sep=;\nprompt;answer\n1;2\n3\n" + b"1;2\n"))
