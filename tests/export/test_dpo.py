"""Pairs of accepted and rejected completions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openloop import data, export
from openloop.records import Candidate
from tests.export.candidates import ASK, REPLY, candidate


def pairs(tmp_path: Path, given: list[Candidate], accepted: list[bool | None], **more: Any) -> list[tuple[str, str]]:
    path = export.write(
        given, tmp_path / "d.jsonl", to="dpo", accepted=accepted, plain=True, overwrite=True, **more
    ).path
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(list(row) == ["prompt", "chosen", "rejected"] for row in rows)
    return [(row["chosen"], row["rejected"]) for row in rows]


POOL = [candidate(completion=text, index=i) for i, text in enumerate("ABCDE")]


def test_pairs_are_accepted_against_rejected_of_one_prompt(tmp_path: Path) -> None:
    flags = [True, False, True, False, None]
    assert pairs(tmp_path, POOL, flags) == [("A", "B"), ("C", "D")]
    assert pairs(tmp_path, POOL[::-1], flags[::-1]) == [("A", "B"), ("C", "D")]
    both = [("A", "B"), ("A", "D"), ("C", "B"), ("C", "D")]
    assert pairs(tmp_path, POOL, flags, pairs_per_prompt=2) == both
    assert pairs(tmp_path, POOL, flags, pairs_per_prompt=9) == both
    other = candidate("3+3=", "Z", prompt_id="q")
    assert pairs(tmp_path, [*POOL, other], [*flags, False]) == [("A", "B"), ("C", "D")]
    twins = [candidate(completion=text, index=i) for i, text in enumerate("AAB")]
    assert pairs(tmp_path, twins, [True, False, False]) == [("A", "B")]


def test_pairs_are_counted_and_read_back(tmp_path: Path) -> None:
    bad = [{"role": "assistant", "content": "5"}]
    chat = [candidate(ASK, REPLY), candidate(ASK, bad, index=1), candidate(ASK, REPLY, index=2)]
    written = export.write(chat, tmp_path / "d.jsonl", to="dpo", accepted=[True, False, None])
    assert written.said == ("1 pairs from 2 of 3 candidates; 1 are unscored",)
    rows = data.read(written.path)
    assert (rows.layout, list(rows.rows)) == (
        "preference",
        [{"prompt": ASK, "chosen": REPLY, "rejected": bad}],
    )
