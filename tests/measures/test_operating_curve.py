"""What a cut of the score keeps."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.measures.operating_curve import operating_curve, thresholds
from openloop.measures.verifier_quality import bad_after


def test_the_curve_keeps_less_and_less() -> None:
    rng = np.random.default_rng(0)
    gold = (rng.random(500) < 0.6).astype(float)
    score = gold + rng.normal(size=500)
    curve = operating_curve(score, gold, None)
    assert [cut.kept for cut in curve] == sorted((cut.kept for cut in curve), reverse=True)
    assert curve[-1].bad_after.value < curve[0].bad_after.value
    for cut in curve:
        kept = score >= cut.at
        assert cut.bad_after.value == pytest.approx((gold[kept] == 0).mean())
        assert cut.phi.value == pytest.approx(kept[gold == 1].mean())
    assert thresholds(np.ones(10)) == [] and operating_curve(np.full(4, np.nan), np.ones(4)) == []


def test_the_best_cut_holds_after_looking() -> None:
    """Bounds of all cuts at once: how often does any chosen cut break its promise?"""
    rng = np.random.default_rng(1)
    broken = 0
    for _ in range(300):
        score = rng.random(400)
        gold = (rng.random(400) < 0.85).astype(float)  # every cut keeps 15 % bad rows
        passing = [
            c for c in operating_curve(score, gold, None) if c.bad_after.high is not None and c.bad_after.high <= 0.149
        ]
        broken += bool(passing)
    assert broken / 300 <= 0.05


def test_the_bounds_of_all_cuts_share_the_error() -> None:
    rng = np.random.default_rng(2)
    score, gold = rng.random(400), (rng.random(400) < 0.85).astype(float)
    curve = operating_curve(score, gold, None, level=0.9)
    for cut in curve:
        alone = bad_after(gold, (score >= cut.at).astype(float), None, 1 - 0.1 / len(curve))
        assert (cut.bad_after.low, cut.bad_after.high, cut.bad_after.level) == (alone.low, alone.high, 0.9)
