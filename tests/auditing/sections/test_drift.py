"""`openloop audit NEW --baseline OLD`: what has moved on the prompts of both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.auditing import Audit
from openloop.errors import DataError, InputError

Row = dict[str, Any]


def rows(seed: int, good: np.ndarray, each: int = 2, accept: tuple[float, float] = (0.2, 0.9)) -> list[Row]:
    """``each`` answers to as many prompts as ``good`` has shares."""
    rng = np.random.default_rng(seed)
    made = []
    for prompt, share in enumerate(good):
        for _ in range(each):
            gold = bool(rng.random() < share)
            made.append(
                {
                    "prompt": f"Question number {prompt}?",
                    "completion": f"It is {rng.integers(10**9)}.",
                    "gold": gold,
                    "verdict": bool(rng.random() < accept[gold]),
                }
            )
    return made


def written(path: Path, made: list[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in made))
    return path


def drift(audit: Audit) -> list[str]:
    return [finding.text for finding in audit.findings if finding.id == "drift"]


SHARES = np.random.default_rng(5).beta(0.8, 0.8, 150)


def test_answers_that_got_worse_are_found_and_better_ones_are_called_better(tmp_path: Path) -> None:
    old, new = written(tmp_path / "old.jsonl", rows(0, SHARES)), rows(1, np.clip(SHARES - 0.3, 0, 1))
    (worse, *_) = drift(openloop.audit(new, baseline=old))
    assert "what wrote these rows has got worse" in worse
    assert "On the 150 prompts" in worse
    (better, *_) = drift(openloop.audit(rows(0, SHARES), baseline=written(tmp_path / "new.jsonl", new)))
    assert "has improved" in better


def test_nothing_is_found_where_nothing_moved_and_the_numbers_are_there(tmp_path: Path) -> None:
    old = written(tmp_path / "old.jsonl", rows(0, SHARES))
    audit = openloop.audit(rows(1, SHARES), baseline=old)
    assert drift(audit) == []
    assert audit.estimate("drift.gold").low < 0 < audit.estimate("drift.gold").high  # type: ignore[operator]
    p = audit.estimate("drift.p_value", "of=gold")
    assert p.value > 0.01
    assert "a change of 1% a file is seen after about" in p.method


def test_another_verdict_on_the_very_same_answers_is_a_verifier_that_moved(tmp_path: Path) -> None:
    before = rows(0, SHARES)
    rng = np.random.default_rng(3)
    laxer = [row | {"verdict": row["verdict"] or bool(rng.random() < 0.4)} for row in before]
    audit = openloop.audit(laxer, baseline=written(tmp_path / "old.jsonl", before))
    (text,) = drift(audit)
    assert "the verifier itself has moved" in text
    assert audit.estimate("drift.verifier").value > 0.1
    assert audit.estimate("drift.gold").value == 0


def test_false_findings_are_rare(tmp_path: Path) -> None:
    false = 0
    for seed in range(40):
        old = written(tmp_path / "old.jsonl", rows(2 * seed, SHARES[:60], each=3))
        false += bool(drift(openloop.audit(rows(2 * seed + 1, SHARES[:60], each=3), baseline=old)))
    assert false <= 1


def test_files_without_common_prompts_are_not_compared(tmp_path: Path) -> None:
    old = written(tmp_path / "old.jsonl", [row | {"prompt": f"Other {i}"} for i, row in enumerate(rows(0, SHARES))])
    audit = openloop.audit(rows(1, SHARES), baseline=old)
    assert any(text.startswith("drift: 0 of at least 20 prompts are in") for text in audit.unmeasured)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    before, after = rows(0, SHARES), rows(1, np.clip(SHARES - 0.1, 0, 1))
    one = openloop.audit(after, baseline=written(tmp_path / "a.jsonl", before))
    other = openloop.audit(after[::-1], baseline=written(tmp_path / "a.jsonl", before[::-1]))
    of_drift = [[e for e in audit.estimates if e.name.startswith("drift")] for audit in (one, other)]
    assert of_drift[0] == of_drift[1]
    assert len(of_drift[0]) == 5


def test_a_baseline_that_is_missing_or_holds_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.jsonl"):
        openloop.audit(rows(0, SHARES), baseline=tmp_path / "gone.jsonl")
    pairs = [{"prompt": "a", "chosen": f"b{i}", "rejected": "c"} for i in range(5)]
    with pytest.raises(InputError, match="these rows are pairs"):
        openloop.audit(rows(0, SHARES), baseline=written(tmp_path / "pairs.jsonl", pairs))


def test_a_file_with_more_answers_a_prompt_has_not_moved_and_the_draw_is_said(tmp_path: Path) -> None:
    """Means of 16 answers and single ones are not as likely above as below each other, whatever the number moved."""
    small = 0
    for seed in range(12):
        good = np.random.default_rng([6, seed]).beta(12, 1, 60)
        old = written(tmp_path / "old.jsonl", rows(2 * seed, good, each=1))
        audit = openloop.audit(rows(2 * seed + 1, good, each=16), baseline=old)
        e = audit.estimate("drift.p_value", "of=gold")
        assert "of each prompt as many rows of both, drawn" in e.method
        small += e.value <= 0.05
        assert not drift(audit)
    assert small <= 3
