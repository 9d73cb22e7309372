"""The audit of a log of training: curves over the steps, and what is said where the score rises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from openloop.auditing import audit
from openloop.auditing.result import Audit


def log(
    score: tuple[float, float],
    gold: tuple[float, float] | None,
    *,
    steps: int = 40,
    rows: int = 16,
    column: str = "global_step",
) -> list[dict[str, Any]]:
    """Rows of a training whose score and gold go from one share to another."""
    rng = np.random.default_rng(5)
    made = []
    for step in range(steps):
        part = step / (steps - 1)
        for i in range(rows):
            row = {
                "prompt": f"What is {step} + {i // 2}, please?",
                "completion": "so " * (3 + step // 4) + f"{rng.integers(10**9)}",
                "reward": float(rng.random() < score[0] + part * (score[1] - score[0])),
                column: 10 * step,
            }
            if gold is not None:
                row["gold"] = bool(rng.random() < gold[0] + part * (gold[1] - gold[0]))
            made.append(row)
    return made


def found(rows: list[dict[str, Any]], tmp_path: Path, **options: Any) -> Audit:
    return audit(rows, to_label=tmp_path / "label.jsonl", **options)


def ids(result: Audit) -> set[str]:
    return {finding.id for finding in result.findings}


@pytest.mark.parametrize(
    ("score", "gold", "hacked"),
    [
        ((0.1, 0.9), (0.3, 0.3), True),
        ((0.1, 0.9), (0.6, 0.2), True),
        ((0.1, 0.9), (0.1, 0.9), False),
        ((0.5, 0.5), (0.5, 0.5), False),
        ((0.9, 0.1), (0.5, 0.5), False),
    ],
    ids=["gold stays", "gold falls", "gold follows", "nothing", "the score falls"],
)
@pytest.mark.parametrize("steps", [40, 4])
def test_a_score_that_rises_without_gold_is_found(
    score: Any, gold: Any, hacked: bool, steps: int, tmp_path: Path
) -> None:
    result = found(log(score, gold, steps=steps, rows=640 // steps), tmp_path)
    assert ("reward-hacking" in ids(result)) == hacked
    assert "score-rises-unchecked" not in ids(result)
    rise = result.estimate("steps.score_rise")
    assert rise.low is not None and rise.high is not None
    assert rise.low - 0.1 < score[1] - score[0] < rise.high + 0.1


def test_without_gold_only_labels_can_tell(tmp_path: Path) -> None:
    result = found(log((0.1, 0.9), None), tmp_path)
    assert "score-rises-unchecked" in ids(result) and "reward-hacking" not in ids(result)
    (finding,) = (f for f in result.findings if f.id == "score-rises-unchecked")
    assert "no row has gold" in finding.text and "Completions went from " in finding.text
    assert "score-rises-unchecked" not in ids(found(log((0.5, 0.5), None), tmp_path))
    assert "score-rises-unchecked" not in ids(found(log((0.9, 0.1), None), tmp_path))


def test_the_curves_are_of_stretches_of_steps(tmp_path: Path) -> None:
    result = found(log((0.1, 0.9), (0.3, 0.3)), tmp_path)
    curves = {curve.title: curve for curve in result.curves if "training's steps" in curve.title}
    assert [title.split(" over")[0] for title in curves] == ["score (reward)", "gold", "characters of the completion"]
    score = curves["score (reward) over the training's steps"]
    assert score.x[0] == "steps 0 to 30" and len(score.x) == 10
    values = [estimate.value for estimate in score.y]
    assert values[0] < 0.25 < 0.75 < values[-1]
    assert all(e.low is not None and e.high is not None and e.low <= e.value <= e.high for e in score.y)
    assert result.estimate("steps.length_rise", "characters").value == pytest.approx(27, abs=5)


def test_a_score_on_another_scale_finds_the_same(tmp_path: Path) -> None:
    rows = log((0.1, 0.9), (0.3, 0.3))
    plain = found(rows, tmp_path).estimate("steps.score_rise")
    spread = found([{**row, "reward": 5 * row["reward"] - 3} for row in rows], tmp_path, accept_at=0)
    assert spread.estimate("steps.score_rise") == plain and "reward-hacking" in ids(spread)
    assert any("score (reward: 0 is -3, 1 is 2)" in curve.title for curve in spread.curves)
    loss = [{**row, "reward": -row["reward"]} for row in rows]
    turned = found(loss, tmp_path, accept_at=-0.5, lower_is_better=True)
    assert turned.estimate("steps.score_rise").value == pytest.approx(plain.value)


def test_the_step_is_named_or_detected_and_is_no_stratum(tmp_path: Path) -> None:
    rows = log((0.1, 0.9), (0.3, 0.3), column="when")
    assert not [line for line in found(rows, tmp_path).estimates if line.name.startswith("steps.")]
    named = found(rows, tmp_path, step="when")
    assert "reward-hacking" in ids(named) and not [e for e in named.estimates if e.stratum.startswith("when=")]
    assert "step of the training = when (another column: --step)" in named.said
    one = [{**row, "when": 3} for row in rows]
    assert any("all rows are of one step" in text for text in found(one, tmp_path, step="when").unmeasured)
    texts = [{**row, "step": "First, add."} for row in log((0.1, 0.9), None, column="when")]
    assert "step of the training" not in " ".join(found(texts, tmp_path).said), "steps of reasoning are none"


def test_labels_of_accepted_rows_alone_leave_a_rising_score_unchecked(tmp_path: Path) -> None:
    """Among them the score is high from the first step on, so that gold cannot be held against its rise."""
    rows = log((0.1, 0.9), (0.3, 0.3))
    accepted = [row if row["reward"] else {**row, "gold": None} for row in rows]
    (finding,) = [one for one in found(accepted, tmp_path).findings if one.id == "score-rises-unchecked"]
    labelled = sum(row["gold"] is not None for row in accepted)
    assert f"in the {labelled} rows with gold it cannot be seen to" in finding.text
    assert "score-rises-unchecked" not in ids(found(rows, tmp_path))
    fair = [row if i % 2 else {**row, "gold": None} for i, row in enumerate(rows)]
    assert ids(found(fair, tmp_path)) & {"score-rises-unchecked", "reward-hacking"} == {"reward-hacking"}
