"""Inequalities: a bound that fails in no world is reproduced, one that fails in some is false."""

from __future__ import annotations

from openloop.reproduce.inequalities import flow
from openloop.theory.error_bounds import FlowFailures


def test_the_printed_right_side_decides_lemma_4_6() -> None:
    assert flow({"a": FlowFailures(0.01, 0.09), "b": FlowFailures(0.0, 0.08)}, 400).verdict == "false"
    assert flow({"a": FlowFailures(0.0, 0.09)}, 400).verdict == "reproduced"
