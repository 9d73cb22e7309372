"""Bad files: each is refused with a message that names the file, the line, what is allowed and what to do."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest

import openloop as library
from openloop import data
from openloop.errors import DataError

GOOD = b'{"prompt": "p", "answer": 1}\n'


def zstd(plain: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(plain)
    return sink.getvalue().to_pybytes()


LONG = "".join(json.dumps({"prompt": f"p{i * 7919 % 1000}"}) + "\n" for i in range(1000)).encode()


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("a.jsonl", b"", r"the file is empty \(0 bytes\)"),
        ("a.jsonl", b"\n \n", "the file holds no rows"),
        ("a.jsonl", b"\xef\xbb\xbf", "the file holds no rows|zero rows"),
        ("a.json", b"[]", "zero rows"),
        ("a.csv", b"prompt,answer\n", "zero rows"),
        ("a.jsonl", GOOD + b'{"prompt": "p",\n', r"line 2: broken JSON: .+\(column \d+ of \d+\)"),
        ("a.jsonl", GOOD + b"\n" + b'{"prompt" "p"}\n', r"line 3: broken JSON: Expecting ':' delimiter"),
        ("a.jsonl", GOOD + b'{"prompt": "a"}{"prompt": "b"}\n', "line 2: broken JSON: Extra data"),
        ("a.jsonl", GOOD + b"[1, 2]\n", "line 2: a list, not an object"),
        ("a.jsonl", GOOD + b'"text"\n', "line 2: a text, not an object"),
        ("a.jsonl", GOOD + b"null\n", "line 2: null, not an object"),
        ("a.json", b'[{"prompt": "p"}, 3]', "row 2: a number, not an object"),
        ("a.json", b'[{"prompt": "p"},\n{"prompt" 3}]', "line 2: broken JSON array"),
        ("a.json", b'{\n "data": [{"prompt": "p"}]\n}', r"one JSON object \(its lists: data\)"),
        ("a.jsonl", GOOD + b'{"prompt": "p", "answer": NaN}\n', "line 2: NaN is not JSON; write null"),
        ("a.jsonl", b'{"prompt": "p", "answer": [-Infinity]}\n', "line 1: -Infinity is not JSON"),
        ("a.jsonl", GOOD + b'{"prompt": "p", "answer": 1e999}\n', "line 2: column 'answer' holds inf"),
        ("a.jsonl", b'{"prompt": ' + b"[" * 100_000, "line 1: nested too deeply"),
        ("a.jsonl", GOOD * 2 + b'{"prompt": "\xff"}\n', r"line 3: byte 0xff is not valid UTF-8"),
        ("a.jsonl", '{"prompt": "p"}'.encode("utf-16"), "line 1: .*It looks like UTF-16"),
        (
            "a.jsonl.gz",
            gzip.compress(LONG, mtime=0)[:-20],
            r"gzip data is damaged: it ends early \(truncated\)",
        ),
        ("a.jsonl.gz", gzip.compress(LONG, mtime=0)[:-8] + b"12345678", "gzip data is damaged"),
        ("a.jsonl.zst", zstd(LONG)[:-20], "zstd data is damaged"),
        ("a.zip", b"PK\x03\x04rest", "the zip data is damaged"),
        ("a.parquet", b"PAR1 and then nothing", "the Parquet data is damaged"),
        ("a.arrow", b"ARROW1\0\0 and then nothing", "the Arrow data is damaged"),
        ("notes.txt", b"just words", "not a format that is read .it starts with 'just words'"),
        (
            "a.csv",
            b"prompt,answer\np,1\np\n",
            r"line 3: 1 cells, but the header has 2 columns \(prompt, answer\)",
        ),
        ("a.csv", b'prompt,answer\n"two\nlines",1\np,1,2\n', "line 4: 3 cells"),
        ("a.csv", b"prompt,answer,prompt\n1,2,3\n", "line 1: column 'prompt' appears twice"),
        ("a.csv", b"prompt,,x\n1,2,3\n", "line 1: column 2 of the header has no name"),
        ("a.csv", b'prompt\n"open\n', "broken CSV: unexpected end of data"),
        ("a.jsonl", GOOD * 2 + b'{"prompt": null}\n', "line 3: the prompt is null or missing"),
        ("a.jsonl", GOOD + b'{"answer": 2}\n', "line 2: the prompt is null or missing"),
        ("a.jsonl", GOOD + b'{"prompt": " \\n"}\n', "line 2: the prompt is empty"),
        ("a.jsonl", b'{"messages": []}\n', "line 1: the prompt is empty"),
        (
            "a.jsonl",
            b'{"messages": [{"role": "assistant", "content": "x"}]}\n',
            "line 1: the prompt is empty",
        ),
        (
            "a.jsonl",
            GOOD + b'{"prompt": "p", "answer": null}\n{"prompt": "p", "answer": "4"}\n',
            r"column 'answer' mixes number \(first at line 1\) and text \(first at line 3\)",
        ),
        (
            "a.jsonl",
            GOOD + b'{"prompt": [{"role": "user", "content": "x"}]}\n',
            r"mixes text \(first at line 1\) and list \(first at line 2\).*one kind a run",
        ),
    ],
)
def test_refused(tmp_path: Path, name: str, raw: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(DataError, match=message) as caught:
        data.read(path)
    assert str(path) in str(caught.value)


def test_null_and_whole_beside_decimal_numbers_are_no_mixture() -> None:
    assert len(data.from_rows([{"prompt": "p", "n": n} for n in (None, 1, 2.5)])) == 3


def test_missing_files_name_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(GOOD)
    with pytest.raises(DataError, match=r"trian\.jsonl: no such file; did you mean 'train\.jsonl'\?"):
        data.read(tmp_path / "trian.jsonl")
    with pytest.raises(DataError, match=r"no such file\. The folder .* holds: train\.jsonl"):
        data.read(tmp_path / "zzz")
    with pytest.raises(DataError, match="no such folder either"):
        data.read(tmp_path / "no" / "file.jsonl")


def test_folders_without_data_say_what_is_below(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x")
    with pytest.raises(DataError, match=r"a folder without data files\. Allowed: .*\.jsonl"):
        data.read(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.jsonl").write_bytes(GOOD)
    with pytest.raises(DataError, match="Folders in it that hold data: .*sub"):
        data.read(tmp_path)


def test_needed_columns() -> None:
    rows = [{"prompt": "p", "answer": "1"}, {"prompt": "q", "answer": None}, {"prompt": "r"}]
    assert len(data.from_rows(rows[:1], need=["answer"])) == 1
    with pytest.raises(DataError, match=r"no column 'anwser', which is needed.*did you mean 'answer'"):
        data.from_rows(rows, need=["anwser"])
    with pytest.raises(DataError, match=r"row 2: the needed column 'answer' has no value here, and in 2 of 3"):
        data.from_rows(rows, need=["answer"])
    with pytest.raises(DataError, match="'question', which is needed; it became part of the prompt"):
        data.from_rows([{"question": "q", "answer": "a"}], need=["question"])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "rows in memory: zero rows"),
        ([["p"]], "row 1: a list. Allowed: mappings"),
        ([{"prompt": "p"}, {"prompt": "p", "x": {1}}], r"row 2: column 'x' holds a builtins\.set"),
        ([{"prompt": "p", "x": float("nan")}], "row 1: column 'x' holds nan"),
        ([{"prompt": "p", "x": [object()]}], "row 1: .*not JSON serializable"),
        ([{"prompt": "p", 3: "x"}], "row 1: column name 3 is not text"),
    ],
)
def test_rows_in_memory_refused(rows: list, message: str) -> None:
    with pytest.raises(DataError, match=message):
        data.from_rows(rows)


@pytest.mark.parametrize(("encoding", "named"), [("cp1252", "WINDOWS-1252"), ("utf-16", "UTF-16")])
def test_another_encoding_is_refused_with_the_command_that_converts_it(
    encoding: str, named: str, tmp_path: Path
) -> None:
    path = tmp_path / "my sheet.csv"
    path.write_bytes("prompt;completion\nWhat – is it?;ü\n".encode(encoding))
    with pytest.raises(DataError, match=f"iconv -f {named} -t UTF-8 '.*my sheet.csv' > utf8.csv"):
        library.read(path)
