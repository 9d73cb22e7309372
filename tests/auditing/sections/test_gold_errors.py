"""What if gold is wrong: how much of it the bounds would bear, and how often labels of one text differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Audit
from openloop.auditing.sections.gold_errors import SUPPOSED
from openloop.records import Estimate
from tests.support.audited import Rows, write


def rows_of(gold: Any, **columns: Any) -> Rows:
    return [{"prompt": f"q{i}", "completion": f"answer {i}", "good": bool(good)} for i, good in enumerate(gold)]


def with_bad(bad: int, n: int = 600) -> Audit:
    """So many bad rows, of prompts of their own."""
    return library.audit(rows_of(np.arange(n) >= bad), gold="good")


def held(found: Audit, name: str, stratum: str = "") -> list[Estimate]:
    return [line.estimate for line in found.estimates if line.name == name and line.stratum == stratum]


def bounds(found: Audit) -> tuple[float, float]:
    e = found.estimate("decision.bad_after")
    assert e.low is not None and e.high is not None
    return e.low, e.high


def test_misses_that_a_file_within_the_target_would_bear() -> None:
    """As many as tolerated, taken for true, bring the upper bound to the target."""
    found = with_bad(20)
    misses = found.estimate("gold.tolerated_misses").value
    assert found.decision == "TRAIN" and 0.2 < misses < 0.7
    assert bounds(found)[1] / (1 - misses) == pytest.approx(0.1)
    assert not held(found, "gold.tolerated_false_alarms")
    for error, decision in ((misses - 0.01, "TRAIN"), (misses + 0.01, "LABEL FIRST")):
        rows = rows_of(np.arange(600) >= 20)
        assert library.audit(rows, gold="good", label_error=(0.0, error)).decision == decision


def test_false_alarms_that_a_file_above_the_target_would_bear() -> None:
    found = with_bad(120)
    alarms = found.estimate("gold.tolerated_false_alarms").value
    assert found.decision == "DO NOT TRAIN" and 0.02 < alarms < 0.1
    assert (bounds(found)[0] - alarms) / (1 - alarms) == pytest.approx(0.1)
    assert not held(found, "gold.tolerated_misses")
    for error, above in ((alarms - 0.005, True), (alarms + 0.005, False)):
        supposed = library.audit(rows_of(np.arange(600) >= 120), gold="good", label_error=(error, 0.0))
        assert (bounds(supposed)[0] > 0.1) is above


def test_a_file_that_is_not_settled_bears_none() -> None:
    for bad in (50, 60, 70):
        found = with_bad(bad)
        assert not held(found, "gold.tolerated_misses") and not held(found, "gold.tolerated_false_alarms")


def test_the_surer_the_file_the_more_it_bears() -> None:
    borne = [with_bad(bad).estimate("gold.tolerated_misses").value for bad in (30, 20, 10, 0)]
    assert borne == sorted(borne)
    alarms = [with_bad(bad).estimate("gold.tolerated_false_alarms").value for bad in (100, 150, 250)]
    assert alarms == sorted(alarms)


def test_the_share_for_supposed_misses() -> None:
    found = with_bad(60)
    value, (low, high) = 0.1, bounds(found)
    for missed in SUPPOSED:
        (e,) = held(found, "verifier.bad_after", f"gold misses={missed:.0%}")
        assert (e.value, e.low, e.high) == pytest.approx([v / (1 - missed) for v in (value, low, high)])
    (all_bad,) = held(library.audit(rows_of(np.zeros(200)), gold="good"), "verifier.bad_after", "gold misses=20%")
    assert (all_bad.value, all_bad.high) == (1, 1)


def test_what_is_supposed_already_is_not_counted_twice() -> None:
    rows = rows_of(np.arange(600) >= 20)
    plain, supposed = (library.audit(rows, gold="good", label_error=error) for error in (0.0, (0.0, 0.1)))
    assert plain.estimate("gold.tolerated_misses") == supposed.estimate("gold.tolerated_misses")


def test_without_gold_nothing_is_said() -> None:
    found = library.audit([{"prompt": f"q{i}", "completion": f"c{i}", "verdict": True} for i in range(60)])
    assert not any(line.name.startswith("gold.") for line in found.estimates)


def labelled_twice(error: float, n: int = 400, seed: int = 0, bad: float = 0.3) -> Rows:
    """Each row twice, with two labels that err independently."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) >= bad
    return [row for _ in range(2) for row in rows_of(truth ^ (rng.random(n) < error))]


@pytest.mark.parametrize("error", [0.05, 0.15])
def test_labels_of_one_text_that_differ_tell_their_error(error: float) -> None:
    """Two labels that each err with chance e differ with chance 2e(1 − e)."""
    found = library.audit(labelled_twice(error), gold="good")
    differ, e = found.estimate("gold.disagreement"), found.estimate("gold.error")
    assert e.value == pytest.approx(error, abs=0.03)
    assert differ.n == 400 and differ.low is not None and differ.high is not None
    assert differ.low <= 2 * error * (1 - error) <= differ.high
    assert differ.value == pytest.approx(2 * e.value * (1 - e.value))


def test_labels_that_are_tossed_err_half_the_time() -> None:
    rng = np.random.default_rng(0)
    tossed = [row for _ in range(2) for row in rows_of(rng.random(400) < 0.5)]
    assert library.audit(tossed, gold="good").estimate("gold.error").value > 0.35


def test_three_labels_of_a_text_are_three_pairs() -> None:
    """Of a hundred texts, in forty one of three labels differs: two of its three pairs."""
    good = np.ones((3, 100), dtype=bool)
    good[1, :40] = False
    found = library.audit([row for labels in good for row in rows_of(labels)], gold="good")
    assert found.estimate("gold.disagreement").value == pytest.approx(0.4 * 2 / 3)


def test_copies_that_agree_are_no_second_opinion() -> None:
    assert not held(library.audit(labelled_twice(0.0), gold="good"), "gold.disagreement")


@pytest.mark.parametrize(("texts", "said"), [(29, False), (30, True)])
def test_few_texts_labelled_twice_say_nothing(texts: int, said: bool) -> None:
    rows = [*labelled_twice(0.3, texts), *rows_of(np.ones(200))[100:]]
    assert bool(held(library.audit(rows, gold="good"), "gold.disagreement")) is said


def test_a_label_that_was_read_is_no_second_opinion(tmp_path: Path) -> None:
    rows = labelled_twice(0.2)
    labels = write(tmp_path / "labels.jsonl", rows[:5])
    assert held(library.audit(rows, gold="good"), "gold.disagreement")
    assert not held(library.audit(rows, gold="good", labels=labels), "gold.disagreement")
