"""Rows that hold a text of an evaluation set are dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openloop import selection
from openloop.measures.contamination import search
from openloop.measures.known_texts import KnownTexts
from openloop.records import Candidate
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector
from tests.support.leaks import UNRELATED, file_of, planted


@pytest.fixture
def bench(tmp_path: Path) -> str:
    path = tmp_path / "bench.jsonl"
    path.write_text(json.dumps({"prompt": "What is the capital of France?", "completion": "Paris"}) + "\n")
    return str(path)


def test_it_keeps_the_contract(bench: str) -> None:
    check_selector(selection.decontaminate(path=bench))


def test_decontaminate_names_how(bench: str) -> None:
    pool = CandidatePool(
        [
            Candidate("c0", "p", "what is the capital of FRANCE?", "It is Paris."),
            Candidate("c1", "q", "And Spain?", "Madrid"),
        ]
    )
    assert selection.decontaminate(path=bench).select(pool).dropped == {"c0": "contaminated:exact"}
    assert not selection.decontaminate(path=bench, of="completion").select(pool).dropped


def test_of_completion_compares_what_was_generated_with_prompts(bench: str) -> None:
    pool = CandidatePool([Candidate("c0", "p", "Write a question.", "What is the capital of France?")])
    assert selection.decontaminate(path=bench, of="completion").select(pool).dropped == {"c0": "contaminated:exact"}


def test_equal_answers_are_no_contamination(bench: str) -> None:
    pool = CandidatePool([Candidate("c0", "p", "Where was Marie Curie buried?", "Paris")])
    assert not selection.decontaminate(path=bench).select(pool).dropped


@pytest.mark.parametrize("kind", UNRELATED)
def test_it_drops_the_rows_in_which_the_audit_finds_the_evaluation_set(kind: str, tmp_path: Path) -> None:
    known, rows = (file_of(UNRELATED[kind], 200, seed) for seed in (0, 1))
    rows, _ = planted(rows, known, "inside a longer prompt", 0.05, 0)
    (tmp_path / "bench.jsonl").write_text("".join(json.dumps({"prompt": p, "completion": c}) + "\n" for p, c in known))
    pool = CandidatePool([Candidate(f"c{i}", f"p{i}", *pair) for i, pair in enumerate(rows)])
    leaks = search(KnownTexts.of(known), rows)
    dropped = selection.decontaminate(path=str(tmp_path / "bench.jsonl")).select(pool).dropped
    assert dropped == {f"c{i}": f"contaminated:{leak.how}" for i, leak in enumerate(leaks) if leak is not None}
