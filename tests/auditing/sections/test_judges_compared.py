"""Several judges of the same rows."""

from __future__ import annotations

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from tests.support.audited import Rows, ids


def judged(errors: dict[str, float], n: int = 500, seed: int = 0) -> Rows:
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        good = bool(rng.random() < 0.6)
        said = {name: int(good ^ (rng.random() < error)) for name, error in errors.items()}
        rows.append({"prompt": f"q{i // 2}", "completion": f"words {i}", "gold": good, "judges": said})
    return rows


def which(found: Audit) -> str:
    return next(said for said in found.said if said.startswith("which judge to use"))


def test_a_better_judge_than_the_verifier_is_recommended() -> None:
    rows = judged({"a": 0.3, "b": 0.08})
    found = library.audit(rows, judge_column=["judges.a", "judges.b"])
    e = found.estimate("judges.accuracy_difference", "judges.a − judges.b")
    assert e.value == pytest.approx(-0.22, abs=0.06) and e.high is not None and e.high < 0
    text = next(f.text for f in found.findings if f.id == "another-judge-is-better")
    assert "Use it: --judge-column judges.b" in text
    assert "use judges.b, which is surely the best" in which(found)
    turned = library.audit(rows, judge_column=["judges.b", "judges.a"])
    assert "another-judge-is-better" not in ids(turned) and "use judges.b" in which(turned)


def test_judges_that_are_alike() -> None:
    found = library.audit(judged({"a": 0.1, "b": 0.1}))
    assert "another-judge-is-better" not in ids(found)
    assert "is not surely better than" in which(found) and "take the cheapest" in which(found)
    same = found.estimate("judges.same_verdict", "judges.a, judges.b")
    assert same.value == pytest.approx(0.82, abs=0.04)


def test_a_judge_may_be_better_for_one_model_only() -> None:
    rng = np.random.default_rng(1)
    rows = judged({"a": 0.1, "b": 0.1}, n=1200)
    for i, row in enumerate(rows):
        row["model"] = ["small", "large"][i % 2]
        worse = "ab"[i % 2]
        row["judges"][worse] = int(row["gold"] ^ (rng.random() < 0.4))
    found = library.audit(rows)
    said = next(text for text in found.said if "is better for rows of" in text)
    assert "judges.a is better for rows of large, and judges.b for rows of small" in said


def test_scores_are_compared_by_rank_and_need_a_threshold_for_the_rest() -> None:
    rng = np.random.default_rng(2)
    rows = [
        {
            "prompt": f"q{i}",
            "completion": f"w{i}",
            "gold": bool(g),
            "s1": float(g + rng.normal()),
            "s2": float(3 * g + rng.normal()),
        }
        for i, g in enumerate(rng.integers(0, 2, 400))
    ]
    found = library.audit(rows, judge_column=["s1", "s2"])
    e = found.estimate("judges.auc_difference", "s1 − s2")
    assert e.high is not None and e.high < 0 and "another-judge-is-better" in ids(found)
    assert any("accuracy, φ and ψ of s2" in text for text in found.unmeasured)
    # Gold as a number: the difference is one of rank correlations.
    graded = [{**row, "gold": 2.5 * row["gold"] + rng.random()} for row in rows]
    e = library.audit(graded, judge_column=["s1", "s2"]).estimate("judges.spearman_difference", "s1 − s2")
    assert e.high is not None and e.high < 0


def test_without_gold_there_is_agreement_only() -> None:
    rows = [{k: v for k, v in row.items() if k != "gold"} for row in judged({"a": 0.1, "b": 0.1})]
    found = library.audit(rows)
    assert any("which judge is better: no row has gold" in text for text in found.unmeasured)
    assert found.estimate("judges.same_verdict", "judges.a, judges.b").n == 500


def test_of_many_judges_each_is_compared_with_the_first() -> None:
    found = library.audit(judged({f"j{i}": 0.2 for i in range(10)}, n=120))
    names = [e.stratum for e in found.estimates if e.name == "judges.auc_difference"]
    assert len(names) == 9 and all(name.startswith("judges.j0 − ") for name in names)
    assert any("only with the first" in text for text in found.unmeasured)


def test_the_judge_that_is_taken_for_gold_judges_no_more() -> None:
    rows = [{k: v for k, v in row.items() if k != "gold"} for row in judged({"a": 0.2, "b": 0.1, "person": 0.0})]
    found = library.audit(rows, gold="judges.person")
    assert [e.stratum for e in found.estimates if e.name == "judges.auc_difference"] == ["judges.a − judges.b"]
