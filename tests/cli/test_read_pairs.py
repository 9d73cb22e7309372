"""``openloop read FILE`` of pairs and of several people's labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import openloop as library
from tests.conftest import Said
from tests.support.audited import write
from tests.support.pair_files import judged_pairs, preference_data

Cli = Callable[..., Said]


def test_pairs_are_shown_as_pairs_and_every_column_is_accounted_for(openloop: Cli, tmp_path: Path) -> None:
    rows = [{**row, "topic": "x", "nll": i / 7, "note": "long " * 20} for i, row in enumerate(judged_pairs(60))]
    path = write(tmp_path / "pairs.jsonl", rows)
    said = openloop("read", path)
    assert said.code == 0 and "60 pairs" in said.out and "verdict, responses" in said.out
    held = json.loads(openloop("read", path, "--json").out)
    assert held["unit"] == "pairs" and held["can_be_audited"]
    roles = {use["column"]: use["role"] for use in held["columns"]}
    assert set(roles) == set(rows[0])
    assert roles["response_a"] == "first response" and roles["gold"] == "gold" and roles["verdict"] == "verdict"
    assert roles["topic"] == roles["note"] == "ignored" and roles["nll"] == "number"
    assert [row["preferred"] for row in held["examples"]] == [
        {"A": "response_a", "B": "response_b", "tie": "tie"}[row["verdict"]] for row in rows[:3]
    ]
    assert any("topic (the same in every row)" in sentence for sentence in library.audit(path).said)


def test_what_is_named_changes_how_pairs_are_read(openloop: Cli, tmp_path: Path) -> None:
    path = write(tmp_path / "pairs.jsonl", [{**row, "mine": row["gold"]} for row in preference_data(40)])
    held = json.loads(openloop("read", path, "--gold", "mine", "--json").out)
    assert {use["column"]: use["why"] for use in held["columns"]}["mine"].startswith("named with --gold")
    one_side = json.loads(openloop("read", path, "--completion", "chosen", "--json").out)
    assert one_side["unit"] == "rows"
    wrong = openloop("read", path, "--gold", "prompt")
    assert wrong.code == 2 and "which of two" in wrong.err and "Traceback" not in wrong.err


def test_two_responses_without_a_verdict_are_shown_and_said(openloop: Cli, tmp_path: Path) -> None:
    rows = [{"prompt": f"q {i}", "response_a": f"a {i}", "response_b": f"b {i}"} for i in range(5)]
    said = openloop("read", write(tmp_path / "two.jsonl", rows))
    assert said.code == 0 and "no column says which of them is preferred" in " ".join(said.out.split())
    assert "audit them" not in said.out


@pytest.mark.parametrize("ending", [".parquet", ".jsonl.gz", ".csv"])
def test_pairs_are_written_so_that_the_audit_is_the_same(openloop: Cli, tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / "pairs.jsonl", judged_pairs(300, position=0.3))
    out = tmp_path / f"again{ending}"
    said = openloop("read", path, "--out", out)
    assert said.code == 0 and "wrote 300 pairs" in said.out, said.err
    first, again = library.audit(path), library.audit(out)
    assert first.sentence == again.sentence and len(first.estimates) == len(again.estimates)


def test_labels_of_several_people_in_a_cell_are_said_to_be_lost_in_csv(openloop: Cli, tmp_path: Path) -> None:
    rows = [
        {"prompt": f"q {i}", "completion": f"t {i}", "annotations": {"ann": i % 2, "bob": int(i % 3 > 0)}}
        for i in range(30)
    ]
    path = write(tmp_path / "rows.jsonl", rows)
    assert "not read back from CSV" in openloop("read", path, "--out", tmp_path / "a.csv").out
    assert "not read back" not in openloop("read", path, "--out", tmp_path / "a.jsonl").out
    named = openloop("read", path, "--annotators", "annotations", "--json")
    assert "annotators' labels" in named.out
