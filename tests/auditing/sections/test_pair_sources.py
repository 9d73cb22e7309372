"""Pairs: strengths of the models behind the responses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import openloop


def tournament(n: int = 1500, *, length: float = 0.0, gold_too: bool = False, seed: int = 0) -> list[dict[str, Any]]:
    """Three equal models of which ``wordy`` writes more; ``length`` is what a doubling is worth, in log odds."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        models = [str(model) for model in rng.permutation(["wordy", "plain", "terse"])[:2]]
        words = [int(rng.integers(8, 20)) * (3 if model == "wordy" else 1) for model in models]
        p = 1 / (1 + np.exp(-length * np.log2(words[0] / words[1])))
        win = rng.random() < p
        better = rng.random() < (p if gold_too else 0.5)
        texts = [" ".join(f"w{rng.integers(99)}" for _ in range(count)) for count in words]
        rows.append(
            {
                "prompt": f"p{i}",
                "response_a": texts[0],
                "response_b": texts[1],
                "model_a": models[0],
                "model_b": models[1],
                "winner": models[0] if win else models[1],
                "gold": "A" if better else "B",
            }
        )
    return rows


def test_strengths_by_model_are_log_odds_of_wins() -> None:
    rows = tournament(length=0.8)
    found = openloop.audit(rows)
    value = {m: found.estimate("pairs.strength", f"model={m}").value for m in ("wordy", "plain", "terse")}
    met = [row for row in rows if {row["model_a"], row["model_b"]} == {"wordy", "plain"}]
    rate = sum(row["winner"] == "wordy" for row in met) / len(met)
    assert value["wordy"] - value["plain"] == pytest.approx(np.log(rate / (1 - rate)), abs=0.25)
    assert sum(value.values()) == pytest.approx(0)


def test_a_model_that_wins_by_length_alone_is_found_and_one_that_is_better_is_not() -> None:
    (finding,) = (f for f in openloop.audit(tournament(length=0.8)).findings if f.id == "source-wins-by-length")
    assert finding.text.startswith("wordy wins by length") and "gold grants it less" in finding.text
    for rows in (tournament(), tournament(length=0.8, gold_too=True), tournament(length=-0.8)):
        assert all(not f.text.startswith("wordy wins") for f in openloop.audit(rows).findings)


def test_models_never_compared_and_models_that_never_lose_are_said() -> None:
    rows = tournament(200)
    apart = [row | {"model_a": "x", "model_b": "y", "winner": "x" if i % 3 else "y"} for i, row in enumerate(rows)]
    said = " ".join(openloop.audit([*rows, *apart]).unmeasured)
    assert "2 groups that were never compared" in said
    for row in rows:
        if "wordy" in (row["model_a"], row["model_b"]):
            row["winner"] = "wordy"
    assert "never loses or never wins" in " ".join(openloop.audit(rows).unmeasured)
    for row in rows:
        del row["model_a"], row["model_b"]
        row["winner"] = "A"
    assert "no column names two models" in " ".join(openloop.audit(rows).unmeasured)
