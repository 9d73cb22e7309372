"""`openloop score`: files that cannot be scored, and odd ones that can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.refusals import refused

Call = Callable[..., Any]
ROW = '{"prompt": "1+1=", "answer": "2"}\n'


def test_scoring_what_cannot_be_scored(openloop: Call, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(ROW)
    refused(openloop("score", file, "--signal", "exact:answer"), "no completion", "--completion answer")
    refused(openloop("score", tmp_path / "no.jsonl", "--signal", "exact:answer"), "no.jsonl")
    file.write_text('{"prompt": "1+1=", "completion": "2", "answer": "2"}\n')
    refused(openloop("score", file, "--signal", "exakt"), "is not a name that openloop ships", "exact")
    for unfit in ("signal", "FunctionSignal", "json:loads", "exact:", "x.py:f", ""):
        refused(openloop("score", file, "--signal", unfit))
    refused(openloop("score", file, "--signal", "exact:answer", "--out", tmp_path), str(tmp_path))


def test_a_csv_with_a_byte_order_mark_and_crlf_scores(openloop: Call, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"\xef\xbb\xbfprompt,completion,answer\r\n1+1=,2,2\r\n1+2=,4,3\r\n")
    assert openloop("score", file, "--signal", "exact:answer", "--json").json["accept_rate"] == 0.5
