"""AlpacaEval's verdicts against one reference: numbers counted here in another way."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pytest

import openloop

FOLDER = os.environ.get("OPENLOOP_DATA")
TURBO, CHAIN = "weighted_alpaca_eval_gpt4_turbo", "alpaca_eval_cot_gpt4_turbo_fn"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(FOLDER is None, reason="OPENLOOP_DATA names no folder of data"),
]


def test_strengths_and_accuracy_of_alpaca_eval() -> None:
    """Every model meets one reference, so its strength is the log odds of its share of wins, ties one half each."""
    with gzip.open(Path(str(FOLDER)) / "alpaca_eval_dev.jsonl.gz", "rt") as stream:
        rows = [json.loads(line) for line in stream]
    reference = {row["idx"]: row["output"] for row in rows if row["model"] == "gpt4_1106_preview"}
    models = {row["model"] for row in rows if CHAIN in row["preference"]} | {"claude", "vicuna-7b"}
    used = [row for row in rows if row["model"] in models and row["preference"].get(TURBO) is not None]
    pairs = [
        {
            "instruction": row["instruction"],
            "output_1": reference[row["idx"]],
            "output_2": row["output"],
            "generator_1": "reference",
            "generator_2": row["model"],
            "preference": row["preference"][TURBO],
            "gold": row["preference"].get(CHAIN),
        }
        for row in used
    ]
    found = openloop.audit(pairs)
    base = found.estimate("pairs.strength", "model=reference").value
    for model in models - {"gpt4_1106_preview"}:
        mine = np.array([row["preference"][TURBO] for row in used if row["model"] == model])
        share = ((mine > 1.5) + 0.5 * (mine == 1.5)).mean()
        value = found.estimate("pairs.strength", f"model={model}").value - base
        assert value == pytest.approx(np.log(share / (1 - share)), abs=1e-6), model
    both = [(row["preference"][TURBO], row["preference"].get(CHAIN)) for row in used]
    known = np.array([pair for pair in both if pair[1] is not None], dtype=float)
    sides = np.sign(np.where(known == 0, 1.5, known) - 1.5)
    assert found.estimate("pairs.accuracy").value == pytest.approx((1 - np.abs(sides[:, 0] - sides[:, 1]) / 2).mean())
    longer = np.array([len(p["output_1"]) - len(p["output_2"]) for p in pairs])
    wins = np.array([1.5 - p["preference"] for p in pairs])
    preferred = (np.sign(wins * longer)[longer != 0] + 1) / 2
    assert found.estimate("pairs.longer_preferred").value == pytest.approx(preferred.mean())
    assert any("reference is shown first in 100%" in said for said in found.unmeasured)
