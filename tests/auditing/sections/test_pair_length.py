"""Pairs: does the longer response win more often than it should?"""

from __future__ import annotations

import pytest

import openloop
from tests.support.pair_files import judged_pairs, preference_data


@pytest.mark.parametrize(("length", "word"), [(0.25, "longer"), (-0.25, "shorter")])
def test_a_judge_that_likes_length_is_found_at_equal_gold(length: float, word: str) -> None:
    found = openloop.audit(judged_pairs(1000, length=length, orders=False))
    (finding,) = (finding for finding in found.findings if finding.id == f"judge-prefers-{word}")
    assert f"the {word} one wins" in finding.text
    assert found.estimate("pairs.length_bias").value == pytest.approx(length / 2, abs=0.05)
    odds = found.estimate("pairs.length_log_odds", "equal gold")
    assert odds.low is not None and odds.high is not None
    assert (odds.low > 0) if length > 0 else (odds.high < 0)


def test_longer_responses_that_are_better_are_no_bias() -> None:
    rows = judged_pairs(1000, orders=False)
    for row in rows:
        row["gold"] = "A" if len(row["response_a"]) > len(row["response_b"]) else "B"
        row["verdict"] = row["gold"]
    for row in rows[::10]:
        row["verdict"] = "A" if row["gold"] == "B" else "B"
    found = openloop.audit(rows)
    assert found.estimate("pairs.longer_preferred").value > 0.85
    assert not [finding for finding in found.findings if finding.id.startswith("judge-prefers-")]


def test_without_gold_length_is_said_and_not_blamed() -> None:
    rows = preference_data(600)
    for row in rows:
        row["chosen"], row["rejected"] = sorted((row["chosen"], row["rejected"]), key=len, reverse=True)
        del row["gold"]
    (finding,) = (f for f in openloop.audit(rows).findings if f.id == "judge-prefers-longer")
    assert "is not known" in finding.text and finding.weight <= 0.4
    turned = [{**row, "chosen": row["rejected"], "rejected": row["chosen"]} for row in rows]
    assert [f.id for f in openloop.audit(turned).findings if f.id.startswith("judge-")] == ["judge-prefers-shorter"]
