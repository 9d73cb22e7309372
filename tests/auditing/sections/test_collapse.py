"""`openloop audit NEW --baseline OLD`: whether the rows say fewer different things."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import openloop
from openloop.auditing import Audit

Row = dict[str, Any]
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "bdfgklmnprst"]


def rows(seed: int, prompts: int = 80, each: int = 3, topics: int = 60, repeated: float = 0.0) -> list[Row]:
    """Answers of twelve words from the vocabulary of one of ``topics``; some repeat the prompt's first answer."""
    rng = np.random.default_rng(seed)
    made = []
    for prompt in range(prompts):
        first = ""
        for k in range(each):
            topic = int(rng.integers(topics))
            text = " ".join(WORDS[(topic * 12 + int(w)) % len(WORDS)] for w in rng.integers(0, 12, 12))
            text = first if k and rng.random() < repeated else text
            first = first or text
            made.append({"prompt": f"Write the {prompt}th text.", "completion": text})
    return made


def audited(tmp_path: Path, new: list[Row], old: list[Row]) -> Audit:
    (tmp_path / "old.jsonl").write_text("".join(json.dumps(row) + "\n" for row in old))
    return openloop.audit(new, baseline=tmp_path / "old.jsonl")


def collapse(audit: Audit) -> list[str]:
    return [finding.text for finding in audit.findings if finding.id == "collapse"]


def test_rows_about_few_things_have_collapsed_and_the_other_way_round_they_have_not(tmp_path: Path) -> None:
    wide, narrow = rows(0), rows(1, topics=6)
    (text,) = collapse(audited(tmp_path, narrow, wide))
    assert "as many different things" in text
    assert collapse(audited(tmp_path, wide, narrow)) == []


def test_answers_that_repeat_within_a_prompt_have_collapsed_too(tmp_path: Path) -> None:
    audit = audited(tmp_path, rows(1, repeated=0.8), rows(0))
    assert any(text.startswith("Two answers to one prompt are the same") for text in collapse(audit))
    assert audit.estimate("drift.same_answers").value > 0.4


def test_the_same_source_has_not_collapsed(tmp_path: Path) -> None:
    found = [
        collapse(audited(tmp_path, rows(2 * seed, prompts=40), rows(2 * seed + 1, prompts=40))) for seed in range(15)
    ]
    assert sum(map(bool, found)) == 0


def test_more_answers_a_prompt_are_no_collapse(tmp_path: Path) -> None:
    assert collapse(audited(tmp_path, rows(1, each=8), rows(0, each=2))) == []


def worked_out(rows: list[Row], answers: int) -> list[Row]:
    """The same with a final answer below the working."""
    rng = np.random.default_rng(9)
    return [{**row, "completion": f"{row['completion']}\n#### {rng.integers(answers)}"} for row in rows]


def test_final_answers_that_repeat_have_collapsed_though_their_working_differs(tmp_path: Path) -> None:
    one, many = worked_out(rows(1), 1), worked_out(rows(0), 50)
    assert any(
        text.startswith("Two answers to one prompt are the same") for text in collapse(audited(tmp_path, one, many))
    )
    assert collapse(audited(tmp_path, many, one)) == []


def test_a_file_that_marks_its_answers_is_compared_by_whole_texts_with_one_that_does_not(tmp_path: Path) -> None:
    assert collapse(audited(tmp_path, worked_out(rows(1), 1), rows(0))) == []
