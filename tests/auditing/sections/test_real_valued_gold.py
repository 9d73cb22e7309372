"""Gold that is a number: rank correlation, a curve, and the threshold that a decision needs."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Decision
from tests.conftest import Said
from tests.support.audited import Rows, ids, write

Cli = Callable[..., Said]


def graded(n: int = 400, follows: float = 1.0, k: int = 4, seed: int = 0) -> Rows:
    """Grades 1 to 5 by people, and a score that follows them so closely."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        quality = rng.normal()
        grade = int(np.clip(round(3 + 1.2 * quality), 1, 5))
        score = float(follows * quality + rng.normal())
        rows.append({"prompt": f"q{i // k}", "completion": f"w{i}", "human_score": grade, "score": score})
    return rows


def test_without_a_threshold_the_correlation_is_told_and_one_is_asked_for() -> None:
    from scipy import stats

    rows = graded()
    found = library.audit(rows)
    gold, score = ([row[name] for row in rows] for name in ("human_score", "score"))
    assert found.decision is Decision.LABEL_FIRST and found.to_label is None
    assert "human_score" in found.sentence and "from 1 to 5" in found.sentence and "no threshold" in found.sentence
    assert f">=4 calls {np.mean(np.array(gold) >= 4):.0%} good" in found.sentence
    assert found.estimate("gold.spearman").value == pytest.approx(stats.spearmanr(score, gold).statistic)
    assert found.estimate("gold.kendall").value == pytest.approx(stats.kendalltau(score, gold).statistic)
    assert found.estimate("gold.spearman", "within=prompt").low is not None
    means = [e.estimate.value for e in found.estimates if e.name == "gold.mean"]
    assert means[0] > means[-1] + 1


def test_the_command_that_is_shown_works(openloop: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "my rows.jsonl", graded())
    said = openloop("audit", file, "--json", "-")
    assert said.code == 0
    command = said.json["sentence"].split("Name one: ")[1].split(";")[0].rstrip(".")
    verb, *words = shlex.split(command)
    assert verb == "openloop"
    again = openloop(*words, "--json", "-")
    assert again.code == 0 and "no threshold" not in again.json["sentence"]
    assert {"gold.spearman", "verifier.auc"} <= {e["name"] for e in again.json["estimates"]}


def test_a_threshold_decides_and_the_correlation_stays() -> None:
    rows = graded()
    plain = [{**row, "human_score": row["human_score"] >= 4} for row in rows]
    found = library.audit(rows, gold="human_score>=4")
    assert found.sentence == library.audit(plain).sentence
    assert found.estimate("gold.spearman") == library.audit(rows).estimate("gold.spearman")
    below = library.audit(rows, gold="human_score<=2")  # low is good: the order of gold turns round
    assert below.estimate("gold.spearman").value == pytest.approx(-found.estimate("gold.spearman").value)


def test_a_verdict_against_gold_and_one_that_has_nothing_to_do_with_it() -> None:
    assert "verdict-against-gold" in ids(library.audit(graded(follows=-1)))
    assert "verdict-against-gold" not in ids(library.audit(graded(follows=-1), lower_is_better=True))
    assert "verdict-unrelated-to-gold" in ids(library.audit(graded(n=4000, follows=0)))
    assert not {"verdict-against-gold", "verdict-unrelated-to-gold"} & ids(library.audit(graded()))


def test_shares_of_tests_and_text_numbers_are_scores_too() -> None:
    shares = [{**row, "human_score": (row["human_score"] - 1) / 4} for row in graded()]
    texts = [{**row, "human_score": str(row["human_score"])} for row in graded()]
    for rows in (shares, texts):
        found = library.audit(rows, gold="human_score")
        assert found.estimate("gold.spearman").value == library.audit(graded()).estimate("gold.spearman").value


def test_gold_that_is_the_same_everywhere_has_no_threshold() -> None:
    found = library.audit([{**row, "human_score": 3} for row in graded(40)], gold="human_score")
    assert "same in every row" in found.sentence


def test_several_people_are_each_compared() -> None:
    rng = np.random.default_rng(1)
    rows = [
        {**row, "human_scores": [int(np.clip(row["human_score"] + rng.integers(-1, 2), 1, 5)) for _ in range(3)]}
        for row in graded()
    ]
    for row in rows:
        del row["human_score"]
    found = library.audit(rows)
    good = np.mean([sum(label >= 4 for label in row["human_scores"]) > 1 for row in rows])
    assert f">=4 calls {good:.0%} good" in found.sentence and "--gold 'human_scores>=" in found.sentence
    assert library.audit(rows, gold="human_scores>=4").estimate("verifier.p").value == pytest.approx(1 - good)


def test_a_verdict_that_only_tells_models_apart() -> None:
    rng = np.random.default_rng(3)
    rows = []
    for i in range(800):
        strong = i % 2
        grade = float(np.clip(round(2 + 2 * strong + rng.normal()), 1, 5))
        score = 2 * strong + float(rng.normal())
        rows.append(
            {
                "prompt": f"q{i // 2}",
                "completion": f"w{i}",
                "model": ["small", "large"][strong],
                "human_score": grade,
                "score": score,
            }
        )
    found = library.audit(rows)
    assert "verdict-ranks-models" in ids(found)
    assert found.estimate("gold.spearman", "within=model").value == pytest.approx(0, abs=0.08)
    mixed = [{**row, "model": ["small", "large"][i // 2 % 2]} for i, row in enumerate(rows)]
    assert "verdict-ranks-models" not in ids(library.audit(mixed))
