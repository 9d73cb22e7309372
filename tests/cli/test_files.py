"""Verbs about a file of rows: audit, score."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.refusals import refused

Call = Callable[..., Any]


def test_a_receipt_says_how_often_good_and_bad_rows_are_accepted(openloop: Call, tmp_path: Path) -> None:
    rows = [
        {"prompt": f"{i}", "completion": f"{i if i % 4 else i + 1}", "answer": f"{i}", "good": bool(i % 3)}
        for i in range(240)
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    receipt = openloop("score", file, "--signal", "exact:answer", "--gold", "good", "--json").json
    assert receipt["phi"]["value"] == receipt["psi"]["value"] == 0.75  # 3 and 4 share no factor
    assert (receipt["phi"]["n"], receipt["psi"]["n"]) == (160, 80)
    assert receipt["phi"]["low"] < 0.75 < receipt["phi"]["high"] < receipt["psi"]["high"]
    said = openloop("score", file, "--signal", "exact:answer", "--gold", "good").out
    assert "phi: 0.750 [" in said and "accept_rate: 0.750" in said
    assert "did you mean 'good'" in openloop("score", file, "--signal", "exact:answer", "--gold", "god").err
    assert "Allowed: true/false" in openloop("score", file, "--signal", "exact:answer", "--gold", "answer").err


def test_a_file_is_scored_and_its_outcomes_counted(openloop: Call, tmp_path: Path) -> None:
    file, out = tmp_path / "rows.jsonl", tmp_path / "verdicts.jsonl"
    rows = [
        {"prompt": "1+1=", "completion": "2", "answer": "2"},
        {"prompt": "1+2=", "completion": "2", "answer": "3"},
        {"prompt": "1+3=", "completion": "4", "answer": None},
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    counted = openloop("score", file, "--signal", "exact:answer", "--out", out, "--json").json
    assert (counted["rows"], counted["scored"], counted["accept_rate"]) == (3, 2, 0.5)
    assert [json.loads(line)["value"] for line in out.read_text().splitlines()] == [1.0, 0.0, None]
    assert "accept_rate: 0.5" in openloop("score", file, "--signal", "exact:answer").out


def test_the_receipt_says_which_columns_were_read(openloop: Call, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"problem": f"{i}", "generations": [f"{i}", ""], "answer": f"{i}"} for i in range(3)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = openloop("score", file, "--signal", "exact:answer", "--json").json
    assert (made["rows"], made["accept_rate"]) == (6, 0.5)
    assert made["read"] == (
        "one row for each completion in the list generations; prompt = problem, completion = completion; "
        "3 of 6 completions are empty"
    )


def test_score_asks_which_of_two_columns_the_model_wrote(openloop: Call, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"problem": f"{i}", "response": f"{i}", "output": "no", "answer": f"{i}"} for i in range(3)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    refused = openloop("score", file, "--signal", "exact:answer")
    assert refused.code == 2 and f"openloop score {file} --signal exact:answer --completion output" in refused.err
    rates = [
        openloop("score", file, "--signal", "exact:answer", "--completion", column, "--json").json["accept_rate"]
        for column in ("response", "output")
    ]
    assert rates == [1.0, 0.0]


def test_where_nothing_was_scored_the_command_fails_and_says_why(openloop: Call, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"prompt": "1+1=", "completion": "2", "answer": "2"}) + "\n")
    said = openloop("score", file, "--signal", "exact:anwser")
    assert said.code == 1 and "nothing was scored" in said.err
    assert "rows.jsonl: line 1: the row has no 'anwser'; it has: answer" in said.err
    assert openloop("score", file, "--signal", "exact:answer").code == 0


def test_what_to_generate_next_is_of_one_file_and_beside_real_rows(openloop: Call, tmp_path: Path) -> None:
    file, out = tmp_path / "rows.jsonl", tmp_path / "next.jsonl"
    file.write_text('{"prompt": "1+1=", "completion": "2"}\n' * 3)
    refused(openloop("audit", file, "--to-generate", out), "Add --real FILE.")
    refused(
        openloop("audit", file, file, "--real", file, "--to-generate", out), "--to-generate", "of one file at a time"
    )
    said = openloop("audit", file, "--real", file, "--to-generate", out, "--to-label", tmp_path / "label.jsonl").out
    assert "Nothing is written" in " ".join(said.split())
    assert not out.exists()
