"""Pairs of which nothing, or the contrary, is learned."""

from __future__ import annotations

from pathlib import Path

import openloop
from openloop.auditing.result import Audit, Decision
from tests.support.pair_files import judged_pairs, preference_data


def ids(found: Audit) -> set[str]:
    return {finding.id for finding in found.findings}


def test_identical_pairs_block_and_are_left_out(tmp_path: Path) -> None:
    rows = preference_data(800, bad=0.02)
    for row in rows[:8]:
        row["rejected"] = row["chosen"].upper() + " "
    found = openloop.audit(rows, keep=tmp_path / "kept.jsonl")
    assert "identical-pairs" in ids(found)
    assert found.decision is Decision.SELECT_FIRST and found.selection is not None
    assert found.selection.kept == 792 == len((tmp_path / "kept.jsonl").read_text().splitlines())
    assert found.estimate("pairs.identical").value == 0.01
    assert "identical-pairs" not in ids(openloop.audit(rows[8:]))


def test_a_file_of_identical_pairs_says_why_it_is_not_trained_on() -> None:
    rows = [{**row, "rejected": row["chosen"]} for row in preference_data(60, bad=0.0)]
    found = openloop.audit(rows)
    assert found.decision is Decision.DO_NOT_TRAIN and "identical-pairs" in found.sentence


def test_pairs_that_stand_both_ways_round_are_found() -> None:
    rows = preference_data(400, bad=0.0)
    turned = [{**row, "chosen": row["rejected"], "rejected": row["chosen"], "gold": False} for row in rows[:40]]
    found = openloop.audit([*rows, *turned])
    assert "contradictory-pairs" in ids(found)
    assert found.estimate("pairs.contradictory").value == 80 / 440
    assert "contradictory-pairs" not in ids(openloop.audit([*rows, *rows[:40]]))  # copies agree


def test_the_same_two_responses_to_another_prompt_do_not_contradict() -> None:
    rows = preference_data(400, bad=0.0)
    other = [
        {"prompt": f"other {i}", "chosen": row["rejected"], "rejected": row["chosen"], "gold": True}
        for i, row in enumerate(rows[:40])
    ]
    assert "contradictory-pairs" not in ids(openloop.audit([*rows, *other]))


def test_one_response_that_wins_everywhere_blocks() -> None:
    rows = judged_pairs(600, orders=False)
    for row in rows[:60]:
        row |= {"response_a": "I hope that this helps you with all that you asked", "verdict": "A", "gold": "B"}
    found = openloop.audit(rows)
    (finding,) = (f for f in found.findings if f.id == "constant-completion-wins")
    assert finding.blocking and "I hope that this helps" in finding.text
    for row in rows[:60]:
        row["verdict"] = "B"
    assert "constant-completion-wins" not in ids(openloop.audit(rows))


def test_evaluation_prompts_among_pairs_are_found(tmp_path: Path) -> None:
    rows = preference_data(300)
    prompts = [f"What is the capital of the country that is number {i} in this long list?" for i in range(300)]
    rows = [row | {"prompt": prompt} for row, prompt in zip(rows, prompts, strict=True)]
    path = tmp_path / "eval.jsonl"
    path.write_text(f'{{"prompt": "{prompts[7]}"}}\n')
    assert "contamination" in ids(openloop.audit(rows, eval_set=path))
