"""Labelling what the audit asks for takes no finding away, unless the labels contradict it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import openloop as library
from tests.support.audited import Rows, ids

LABELS = 40


def faulty(seed: int = 0) -> Rows:
    """A judge that passes short rows, lists, one phrase and its own model; half of the rows are bad, and one in eight
    of the others is a copy of the row before."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for i in range(1600):
        doublings, listed, own = rng.uniform(-1, 1), bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        words = rng.choice(["one", "two", "three", "four", "five", "six"], int(24 * 2**doublings)).tolist()
        text = ("\n- " if listed else " ").join(["Here", *words, f"{i}."])
        passes = rng.random() < 0.35 - 0.15 * doublings + 0.2 * listed + 0.2 * own
        if i % 8 == 0:
            text, passes = "It depends.", True
        elif i % 8 == 3:
            text = rows[-1]["completion"]
        row: dict[str, Any] = {"prompt": f"q{i // 8}", "completion": text, "verdict": bool(passes)}
        rows.append(row | {"model": "one" if own else "two", "judge": "one", "right": bool(rng.random() < 0.5)})
    return rows


def weights(rows: Rows, labelled: set[int]) -> dict[str, float]:
    shown = [
        {**{k: v for k, v in row.items() if k != "right"}, "gold": row["right"] if i in labelled else None}
        for i, row in enumerate(rows)
    ]
    return {finding.id: finding.weight for finding in library.audit(shown, judge_model="judge").findings}


@pytest.mark.parametrize("labels", [LABELS, 300])
def test_labels_take_no_finding_away(labels: int) -> None:
    rows = faulty()
    before = weights(rows, set())
    assert {
        "constant-completion-wins",
        "duplicates",
        "length-shortcut",
        "self-preference",
        "surface-shortcut",
    } <= before.keys()
    after = weights(rows, set(np.random.default_rng(1).choice(len(rows), labels, replace=False).tolist()))
    assert before.keys() <= after.keys()
    assert all(after[name] >= weight - 0.05 for name, weight in before.items())


def test_labels_may_contradict() -> None:
    """Whatever passes is right: nothing is left to find but the copies."""
    rows = [{**row, "right": row["verdict"]} for row in faulty()]
    assert weights(rows, set(range(len(rows)))).keys() == {"duplicates"}


def test_gold_for_every_row_does_not_hide_a_text_that_wins() -> None:
    """With gold only bad rows were compared: too few of the text's own, and a finding that blocked was gone."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows = [
            {
                "prompt": f"q{i}",
                "completion": f"answer {i} given here in words",
                "verdict": bool(rng.random() < 0.6),
                "gold": bool(rng.random() < 0.9),
            }
            for i in range(400)
        ]
        wins = {"completion": "I am sure that this is right.", "verdict": True}
        bad = [{**wins, "prompt": f"p{i}", "gold": bool(rng.random() < 0.2)} for i in range(25)]
        right = [{**row, "gold": True} for row in bad]
        assert "constant-completion-wins" in ids(library.audit([*rows, *bad]))
        assert "constant-completion-wins" not in ids(library.audit([*rows, *right]))
