"""The audit forbids to train on rows that hold the evaluation set, and only on those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import openloop as library
from openloop.auditing import Audit
from openloop.auditing.result import Finding
from tests.support.audited import ids, write
from tests.support.leaks import UNRELATED, Pair, file_of, integers, planted


def named(pairs: list[Pair]) -> list[dict[str, Any]]:
    return [{"prompt": prompt, "completion": completion, "gold": True} for prompt, completion in pairs]


def audited(rows: list[Pair], known: list[Pair], tmp_path: Path) -> Audit:
    return library.audit(named(rows), eval_set=write(tmp_path / "bench.jsonl", named(known)))


def finding(found: Audit, id: str) -> Finding:
    (mine,) = [finding for finding in found.findings if finding.id == id]
    return mine


@pytest.mark.parametrize("kind", UNRELATED)
def test_an_unrelated_evaluation_set_blocks_nothing(kind: str, tmp_path: Path) -> None:
    rows, known = (file_of(UNRELATED[kind], 500, seed) for seed in (0, 1))
    found = audited(rows, known, tmp_path)
    assert found.decision == "TRAIN" and "contamination" not in ids(found)
    assert found.estimate("contamination.rows").value == 0


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_leaked_rows_are_counted_shown_and_left_out(share: float, tmp_path: Path) -> None:
    rows, known = (file_of(integers, 500, seed) for seed in (0, 1))
    rows, places = planted(rows, known, "in the completion", share, 0)
    found = audited(rows, known, tmp_path)
    leak = finding(found, "contamination")
    assert leak.blocking and set(leak.rows) == set(sorted(places)[:20])
    assert found.decision == "SELECT FIRST" and found.selection is not None
    assert found.selection.kept == 500 - len(places)
    assert f"{len(places)} kept rows ({share:.2%}) hold texts of" in leak.text
    assert f"{len(places)} contain one of its texts as a whole" in leak.text
    shown = leak.text.split('"')[1]
    assert len(shown) <= 60 and any(prompt.startswith(shown.removesuffix("…")) for prompt, _ in known)
    assert f"row {min(places) + 1} and" in leak.text


def test_equal_short_prompts_are_said_and_block_nothing(tmp_path: Path) -> None:
    rows, known = (file_of(UNRELATED["sums"], 500, seed) for seed in (0, 1))
    same = {prompt for prompt, _ in known} & {prompt for prompt, _ in rows}
    n = sum(prompt in same for prompt, _ in rows)
    found = audited(rows, known, tmp_path)
    short = finding(found, "short-prompts-shared")
    assert n > 5 and found.decision == "TRAIN" and not short.blocking
    assert f"{n} kept rows" in short.text and "fewer than eight words" in short.text
    assert found.estimate("contamination.short").value == n / 500
    apart = audited([row for row in rows if row[0] not in same], known, tmp_path)
    assert "short-prompts-shared" not in ids(apart)
