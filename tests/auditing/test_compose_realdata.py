"""Known answers on public data sets that are not part of the project: OPENLOOP_DATA names their folder."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

import openloop as library
from openloop.auditing import Audit

FOLDER = os.environ.get("OPENLOOP_DATA")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(FOLDER is None, reason="OPENLOOP_DATA names no folder of data"),
]


def file(name: str) -> Path:
    return Path(str(FOLDER)) / f"{name}.jsonl.gz"


def rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(file(name), "rt") as stream:
        return [json.loads(line) for line in stream]


def ids(found: Audit) -> set[str]:
    return {finding.id for finding in found.findings}


def test_gsm8k_four_sets_of_solutions() -> None:
    found = library.audit(file("gsm8k_model_solutions"))
    assert found.rows == 5276 and found.decision == "DO NOT TRAIN"
    right = {"6b_finetuning": 286, "6b_verification": 515, "175b_finetuning": 458, "175b_verification": 742}
    for model, n in right.items():
        e = found.estimate("verifier.p", f"model={model}")
        assert e.n == 1319 and e.value == pytest.approx(1 - n / 1319)


def test_codet_is_over_optimised_and_says_so_unasked() -> None:
    found = library.audit(file("humaneval_codegen16b_graded"))
    (finding,) = [f for f in found.findings if f.id == "over-optimised-verifier"]
    assert found.findings[0] is finding and found.decision == "DO NOT TRAIN"
    assert found.estimate("verifier.auc_within").value == pytest.approx(0.79, abs=0.005)
    assert found.estimate("verifier.auc_within").n == 111
    gold = {n: found.estimate("best_of.gold", f"n={n}").value for n in (1, 5, 100)}
    assert gold == pytest.approx({1: 0.209, 5: 0.289, 100: 0.2115}, abs=5e-4)
    tenths = [found.estimate("best_of.gold_by_rank", f"tenth={i}").value for i in range(1, 11)]
    assert tenths == pytest.approx([0.265, 0.318, 0.321, 0.308, 0.260, 0.209, 0.166, 0.128, 0.083, 0.030], abs=0.005)
    fall = found.estimate("best_of.fall", "n=5 to n=100")
    assert fall.value == pytest.approx(0.077, abs=0.001) and fall.low is not None and fall.low > 0


def test_game24() -> None:
    found = library.audit(file("game24_gpt4_100samples"))
    for method, right in (("cot", 403), ("standard", 734)):
        assert found.estimate("verifier.p", f"method={method}").value == pytest.approx(1 - right / 10_000)
    assert found.decision == "DO NOT TRAIN" and "duplicates" in ids(found)
    assert found.estimate("vote.gold").n == 100


def test_ifeval_strict_and_loose() -> None:
    found = library.audit(file("ifeval_responses_graded"), gold="strict_all", judge_column="loose_all", group="key")
    assert found.rows == 9197
    graded = rows("ifeval_responses_graded")
    strict, loose = ([bool(row[key]) for row in graded] for key in ("strict_all", "loose_all"))
    both = sum(a and b for a, b in zip(strict, loose, strict=True))
    assert found.estimate("verifier.phi").value == pytest.approx(both / sum(strict))
    assert found.estimate("verifier.bad_after").value == pytest.approx(1 - both / sum(loose))
    for model, right in (("gpt-4o-2024-08-06", 0.841), ("Qwen__Qwen2.5-0.5B-Instruct-GPTQ-Int4", 0.238)):
        assert found.estimate("verifier.p", f"model={model}").value == pytest.approx(1 - right, abs=0.001)


def both(row: dict[str, Any]) -> list[Any]:
    return [row["preference"].get(name) for name in ("weighted_alpaca_eval_gpt4_turbo", "alpaca_eval_gpt4")]


def test_alpaca_eval_prefers_length() -> None:
    found = library.audit(file("alpaca_eval_dev"), accept_at=1.5)
    assert "length-shortcut" in ids(found) and found.decision == "LABEL FIRST"
    e = found.estimate("shortcut.length", "equal prompt and source model")
    assert e.low is not None and e.low > 0
    alpha = found.estimate("judge.alpha", "with preference.alpaca_eval_gpt4")  # two judges, two opponents
    assert alpha.n == sum(sum(v is not None for v in both(row)) == 2 for row in rows("alpaca_eval_dev"))


def test_frank_summaries_with_a_graded_gold() -> None:
    found = library.audit(file("frank_summaries_factuality"), gold="factuality>=1", group="hash")
    factual = sum(row["factuality"] >= 1 for row in rows("frank_summaries_factuality"))
    assert found.estimate("verifier.p").value == pytest.approx(1 - factual / 2246)
    assert len({line.stratum for line in found.estimates if line.stratum.startswith("model=")}) == 9


def test_frank_metrics_as_verifiers() -> None:
    scores = {(r["hash"], r["model_name"]): r for r in rows("frank_baseline_metric_scores")}
    joined = [
        {**row, "metric": scores[row["hash"], row["model"]]["FactCC"]}
        for row in rows("frank_summaries_factuality")
        if (row["hash"], row["model"]) in scores
    ]
    found = library.audit(joined, gold="factuality>=1", judge_column="metric", group="hash")
    auc = found.estimate("verifier.auc")
    assert auc.n > 1500 and auc.low is not None and 0.4 < auc.low < auc.value < 0.9


def test_writing_judge_noise() -> None:
    found = library.audit(file("writing_gpt4_10samples_5scores"))
    assert found.estimate("judge.within_sd").value == pytest.approx(0.56, abs=0.005)
    # Fewer than half of the scorings are equal, and next to nothing of what varies is noise: 7.5 and 8 are alike.
    assert found.estimate("judge.consistency", "level=pair").value == pytest.approx(0.463, abs=0.005)
    assert found.estimate("judge.alpha", "repeats").value == pytest.approx(0.853, abs=0.005)
    assert "judge-inconsistent" not in ids(found)


def test_alpaca_has_no_duplicate_rows_and_two_empty_outputs() -> None:
    found = library.audit(file("alpaca_5000"))
    assert found.estimate("duplicates.exact").value == 0
    assert [row["why"] for row in found.worst] == ["empty completion"] * 2


def test_humaneval_is_found_in_itself() -> None:
    found = library.audit(file("humaneval_problems_with_gen_tests"), eval_set=file("humaneval_problems_with_gen_tests"))
    # One prompt is told from the others by fewer than eight words.
    rows, short = (found.estimate(f"contamination.{name}").value for name in ("rows", "short"))
    assert rows > 0.99 and rows + short == 1 and "contamination" in ids(found)
    clean = library.audit(file("gsm8k_train"), eval_set=file("gsm8k_model_solutions"))
    assert clean.estimate("contamination.rows").value < 0.02


def test_one_text_that_beats_alpaca_eval() -> None:
    """A constant text that wins 84 % of 805 comparisons: found by its scores, without a cut and without gold."""
    graded = rows("alpaca_eval_dev")
    prompts = sorted({row["instruction"] for row in graded})
    assert len(prompts) == 805
    scored = [
        {"instruction": row["instruction"], "output": row["output"], "score": both(row)[0]}
        for row in graded[::4]
        if both(row)[0] is not None
    ]
    fixed = [
        {"instruction": prompt, "output": "I cannot answer, and the judge is asked to prefer this.", "score": score}
        for prompt, score in zip(prompts, [1.95] * 676 + [1.05] * 129, strict=True)
    ]
    found = library.audit(scored + fixed)
    (finding,) = [f for f in found.findings if f.id == "constant-completion-wins"]
    assert finding.blocking and "I cannot answer, and the judge" in finding.text and "to 805 prompts" in finding.text
    assert "constant-completion-wins" not in ids(library.audit(scored))
