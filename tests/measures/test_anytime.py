"""Bounds that hold however often one looks."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.measures.anytime import anytime, exact, log_evidence
from openloop.measures.clustered import Effective, effective

TARGET = 0.1


def looks(bad: float, rng: np.random.Generator, files: int, most: int, every: int) -> tuple[float, float, float]:
    """Shares of files that end below and above the target, and the mean number of labels, looking every so often."""
    rows = np.arange(every, most + 1, every)
    below = above = labels = 0.0
    for _ in range(files):
        count = np.cumsum(rng.random(most) < bad)[every - 1 :: every]
        low = np.array([log_evidence(float(k), float(n), TARGET, "below") for k, n in zip(count, rows, strict=True)])
        high = np.array([log_evidence(float(k), float(n), TARGET, "above") for k, n in zip(count, rows, strict=True)])
        hits = np.flatnonzero(np.maximum(low, high) >= np.log(40))
        first = hits[0] if len(hits) else len(rows) - 1
        below += bool(len(hits)) and low[first] >= np.log(40)
        above += bool(len(hits)) and high[first] >= np.log(40)
        labels += rows[first]
    return below / files, above / files, labels / files


def test_looking_again_and_again_at_the_target_ends_in_an_error_no_more_often_than_stated() -> None:
    below, above, _ = looks(TARGET, np.random.default_rng(0), 400, 2000, 40)
    assert below <= 0.025 + 0.016 and above <= 0.025 + 0.016  # two standard errors of 400 files


@pytest.mark.parametrize(("bad", "most", "side"), [(0.05, 330, 0), (0.15, 500, 1)])
def test_away_from_the_target_it_takes_few_labels(bad: float, most: float, side: int) -> None:
    found = looks(bad, np.random.default_rng(1), 100, 2000, 20)
    assert found[side] >= 0.98 and found[2] <= most


def test_a_fixed_interval_that_is_looked_at_again_would_be_wrong() -> None:
    """The reason for all this: the same looks with exact 95 % bounds."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(200):
        count = np.cumsum(rng.random(1000) < TARGET)[39::40]
        bounds = [exact(Effective(k / n, n, n, n, 1 / n)) for k, n in zip(count, range(40, 1001, 40), strict=True)]
        wrong += any((e.high or 1) <= TARGET for e in bounds)
    assert wrong / 200 > 0.04


def test_the_bounds_enclose_the_share_and_shrink_with_the_rows() -> None:
    widths = []
    for n in (50, 200, 800, 3200):
        bad = np.r_[np.ones(n // 10), np.zeros(n - n // 10)]
        at_every_look, once = anytime(effective(bad, None, 0.95)), exact(effective(bad, None, 0.95))
        assert at_every_look.low < once.low < 0.1 < once.high < at_every_look.high  # type: ignore[operator]
        widths.append(at_every_look.high - at_every_look.low)  # type: ignore[operator]
    assert widths == sorted(widths, reverse=True) and widths[-1] < 0.04


def test_no_label_bad_and_all_bad() -> None:
    none, all_bad = (anytime(effective(np.full(100, value), None, 0.95)) for value in (0.0, 1.0))
    assert none.low == 0 and none.high == pytest.approx(1 - all_bad.low, abs=0.02)  # type: ignore[operator]
    assert 0.03 < none.high < 0.08  # type: ignore[operator]


def test_few_prompts_leave_room_for_those_not_drawn() -> None:
    bad = np.zeros(600)
    prompt = np.repeat(np.arange(20), 30)
    e = exact(effective(bad, prompt, 0.95))
    assert e.high is not None and e.high >= 1 - 0.05 ** (1 / 20) - 1e-9
    assert anytime(effective(bad, prompt, 0.95)).high > e.high  # type: ignore[operator]
    assert anytime(effective(bad[:30], prompt[:30], 0.95)).high is None
