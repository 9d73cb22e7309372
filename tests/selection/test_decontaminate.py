"""Rows that hold a text of an evaluation set are dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openloop import selection
from openloop.records import Candidate
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector


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
