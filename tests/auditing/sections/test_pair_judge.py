"""Pairs: the judge against gold and against the other order."""

from __future__ import annotations

import pytest

import openloop
from openloop.auditing.result import Audit
from tests.support.pair_files import judged_pairs


def ids(found: Audit) -> set[str]:
    return {finding.id for finding in found.findings}


def test_accuracy_is_given_for_each_order_and_for_each_judge() -> None:
    rows = judged_pairs(400, right=0.9)
    turn = {"A": "B", "B": "A"}
    for i, row in enumerate(rows):
        row["verdict_other"] = row["gold"] if i % 4 else turn[row["gold"]]
    found = openloop.audit(rows, judge_column=["verdict", "verdict_other"])
    first = sum(row["verdict"] == row["gold"] for row in rows) / 400
    second = sum(turn[row["verdict_swapped"]] == row["gold"] for row in rows) / 400
    assert found.estimate("pairs.accuracy", "order=as first asked").value == pytest.approx(first)
    assert found.estimate("pairs.accuracy", "order=swapped").value == pytest.approx(second)
    assert found.estimate("pairs.accuracy").value == pytest.approx((first + second) / 2)
    assert found.estimate("pairs.accuracy", "judge=verdict_other").value == pytest.approx(0.75)
    difference = found.estimate("pairs.accuracy_difference", "judge=verdict minus verdict_other")
    assert difference.value == pytest.approx(first - 0.75)
    consistent = sum(row["verdict"] == turn[row["verdict_swapped"]] for row in rows) / 400
    assert found.estimate("pairs.consistency").value == pytest.approx(consistent)
    right = [row for row in rows if row["verdict"] == row["gold"]]
    agree = sum(row["verdict"] == turn[row["verdict_swapped"]] for row in right) / len(right)
    phi = found.estimate("pairs.orders_agree", "the preferred response is better (φ of keeping those)")
    assert phi.value == pytest.approx(agree)


@pytest.mark.parametrize("gold", [True, False])
@pytest.mark.parametrize(("position", "which"), [(0.25, "first"), (-0.25, "second")])
def test_a_position_wins_over_both_orders_with_and_without_gold(position: float, which: str, gold: bool) -> None:
    found = openloop.audit(judged_pairs(800, position=position, gold=gold))
    (text,) = (finding.text for finding in found.findings if finding.id == "judge-prefers-position")
    assert f"shown {which}" in text


@pytest.mark.parametrize(("position", "which"), [(0.3, "first"), (-0.3, "second")])
def test_one_order_tells_a_position_by_gold(position: float, which: str) -> None:
    found = openloop.audit(judged_pairs(1200, position=position, orders=False))
    (text,) = (finding.text for finding in found.findings if finding.id == "judge-prefers-position")
    assert f"shown {which}" in text and "ask in both orders" in text
    without = openloop.audit(judged_pairs(400, position=position, orders=False, gold=False))
    assert "judge-prefers-position" not in ids(without)
    assert any(said.startswith("position preference: one order and no gold") for said in without.unmeasured)


def test_a_model_that_is_always_shown_first_is_no_position() -> None:
    rows = [row | {"model_a": "old", "model_b": "new"} for row in judged_pairs(600, position=0.4, orders=False)]
    found = openloop.audit(rows)
    assert "judge-prefers-position" not in ids(found)
    assert any("in 100% of its pairs" in said for said in found.unmeasured)


def test_orders_that_agree_are_no_finding() -> None:
    assert "orders-disagree" in ids(openloop.audit(judged_pairs(600, right=0.8)))
    assert "orders-disagree" not in ids(openloop.audit(judged_pairs(600, right=0.99)))
