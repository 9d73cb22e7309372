"""FRANK's summaries: human factuality from 0 to 1 beside automatic metrics. OPENLOOP_DATA names the folder of data."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from tests.support.audited import ids

FOLDER = os.environ.get("OPENLOOP_DATA")
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(FOLDER is None, reason="OPENLOOP_DATA names no folder of data"),
]
METRICS = ("FactCC", "BertScore P Art", "QAGS")


def rows() -> list[dict[str, Any]]:
    def read(name: str) -> list[dict[str, Any]]:
        with gzip.open(Path(str(FOLDER)) / f"{name}.jsonl.gz", "rt") as stream:
            return [json.loads(line) for line in stream]

    metrics = {(row["hash"], row["model_name"]): row for row in read("frank_baseline_metric_scores")}
    return [
        {
            "prompt": row["article"],
            "completion": row["summary"],
            "model": row["model"],
            "factuality": row["factuality"],
            **{name: metrics[row["hash"], row["model"]][name] for name in METRICS},
        }
        for row in read("frank_summaries_factuality")
    ]


def test_correlations_are_those_of_scipy() -> None:
    from scipy import stats

    data = rows()
    found = library.audit(data, judge_column=METRICS)
    score, gold = (np.array([row[name] for row in data], dtype=float) for name in (METRICS[0], "factuality"))
    assert len(data) == 2246 and "factuality>=" in found.sentence
    assert found.estimate("gold.spearman").value == pytest.approx(stats.spearmanr(score, gold).statistic)
    assert found.estimate("gold.kendall").value == pytest.approx(stats.kendalltau(score, gold).statistic)
    articles = np.unique([row["prompt"] for row in data], return_inverse=True)[1]
    inside = [
        stats.spearmanr(score[here], gold[here]).statistic
        for article in range(articles.max() + 1)
        for here in [articles == article]
        if here.sum() >= 3 and len(set(score[here])) > 1 and len(set(gold[here])) > 1
    ]
    e = found.estimate("gold.spearman", "within=prompt")
    assert e.value == pytest.approx(np.mean(inside)) and e.n == len(inside)
    # Most of what FactCC knows of factuality is which system wrote the summary.
    assert "verdict-ranks-models" in ids(found)
    assert "not surely better" not in next(said for said in found.said if said.startswith("which judge"))
