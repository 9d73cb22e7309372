"""What is found of a judge: that it contradicts itself, looks at the order, likes its own model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Finding
from tests.support.audited import Rows, ids


def found_in(rows: Rows, name: str, **told: Any) -> Finding | None:
    return next((f for f in library.audit(rows, **told).findings if f.id == name), None)


def scorings(draw: Any, n: int = 300, r: int = 5) -> Rows:
    """Rows with ``r`` scorings each; ``draw(rng)`` gives those of one row."""
    rng = np.random.default_rng(0)
    return [{"prompt": f"q{i}", "completion": f"c {i}", "judge_scores": draw(rng, r)} for i in range(n)]


def test_a_judge_that_is_unsure_of_itself() -> None:
    rng = np.random.default_rng(0)
    rows = [
        {"prompt": f"q{i}", "completion": f"c {i}", "judge_scores": [int(x) for x in rng.integers(1, 10, 5)]}
        for i in range(300)
    ]
    found = library.audit(rows, accept_at=5)
    assert "judge-inconsistent" in ids(found)
    assert found.estimate("judge.consistency", "level=class").value == pytest.approx(0.5, abs=0.06)
    # √(80/12) = 2.58 for 1 to 9 drawn evenly, of which five scorings show 2.20 in the mean
    assert found.estimate("judge.within_sd").value == pytest.approx(2.2, abs=0.1)
    sure = library.audit([{**row, "judge_scores": [row["judge_scores"][0]] * 5} for row in rows], accept_at=5)
    assert "judge-inconsistent" not in ids(sure) and sure.estimate("judge.within_sd").value == 0


def test_a_pairwise_judge_that_prefers_the_first() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(400):
        better = rng.random() < 0.5
        first, swapped = (bool(rng.random() < 0.4) or side for side in (better, not better))
        words = {True: "[[A]]", False: "B"}
        rows.append({"prompt": f"q{i}", "completion": f"c {i}", "verdict": words[first], "other": words[swapped]})
    found = library.audit(rows, swapped="other")
    assert "position-bias" in ids(found)
    e = found.estimate("judge.position_bias")
    assert e.low is not None and e.high is not None and e.low <= 0.2 <= e.high and e.high - e.low < 0.12
    turned = [{**row, "verdict": row["other"], "other": row["verdict"]} for row in rows]
    assert library.audit(turned, swapped="other").estimate("judge.position_bias").value == pytest.approx(e.value)


def test_a_judge_that_likes_its_own() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(2000):
        model, good = str(rng.choice(["one", "two"])), bool(rng.random() < 0.6)
        passes = bool(rng.random() < 0.3 + 0.4 * good + 0.2 * (model == "one"))
        rows.append(
            {
                "prompt": f"q{i}",
                "completion": f"c {i}",
                "model": model,
                "judge": "one",
                "gold": good,
                "verdict": passes,
            }
        )
    found = library.audit(rows, judge_model="judge")
    e = found.estimate("judge.self_preference")
    assert "self-preference" in ids(found) and e.low is not None and e.high is not None and e.low <= 0.2 <= e.high
    other = library.audit([{**row, "judge": "two"} for row in rows], judge_model="judge")
    assert "self-preference" not in ids(other) and other.estimate("judge.self_preference").value < 0


def coin(rng: np.random.Generator, r: int) -> list[int]:
    return [int(x) for x in rng.random(r) < 0.5]


def steady(rng: np.random.Generator, r: int) -> list[int]:
    """One scoring in twelve is wrong, and one row in ten is bad."""
    side = int(rng.random() < 0.9)
    return [side if x else 1 - side for x in rng.random(r) > 1 / 12]


def continuous(rng: np.random.Generator, r: int) -> list[float]:
    """No two scorings are equal, and most of what varies is the row's."""
    return [float(x) for x in np.round(rng.normal() + rng.normal(0, 0.5, r), 4)]


def test_a_coin_flip_is_inconsistent_and_a_steady_judge_is_not() -> None:
    finding = found_in(scorings(coin), "judge-inconsistent")
    assert finding is not None and "give the same verdict 48%" in finding.text and finding.weight > 0.6
    assert "a finding below 0.5" in finding.text and "would not help" in finding.text
    assert found_in(scorings(steady), "judge-inconsistent") is None
    assert found_in(scorings(continuous), "judge-inconsistent") is None
    noisy = scorings(lambda rng, r: [float(x) for x in np.round(0.4 * rng.normal() + rng.normal(size=r), 4)])
    finding = found_in(noisy, "judge-inconsistent")
    assert finding is not None and "scorings a row would bring" in finding.text


def test_a_lean_of_half_a_percent_is_no_finding() -> None:
    """Surely above chance over 40,000 pairs, and harmless; at 10 points it is found, and weighs by its size."""
    rng = np.random.default_rng(0)

    def rows(lean: float, n: int) -> Rows:
        better = rng.random(n) < 0.5
        a, b = (np.where(rng.random(n) < 2 * lean, True, side) for side in (better, ~better))
        return [
            {"prompt": f"q{i}", "completion": f"c {i}", "verdict": bool(x), "other": bool(y)}
            for i, (x, y) in enumerate(zip(a, b, strict=True))
        ]

    small = library.audit(rows(0.005, 40_000), swapped="other")
    assert "position-bias" not in ids(small) and small.estimate("judge.position_bias").low > 0  # type: ignore[operator]
    finding = found_in(rows(0.1, 1_000), "position-bias", swapped="other")
    assert finding is not None and 0.1 <= finding.weight <= 0.3 and "a finding from 52%" in finding.text


def test_scores_of_steps_are_no_repeated_scorings() -> None:
    """A process reward model: as many scores as the completion has steps, or falling from step to step."""
    rng = np.random.default_rng(0)

    def rows(steps: Any, fall: float) -> Rows:
        return [
            {
                "prompt": f"q{i}",
                "completion": f"c {i}",
                "rewards": [float(x) for x in np.round(rng.random(k) - fall * np.arange(k), 2)],
            }
            for i, k in enumerate(steps)
        ]

    lengths = library.audit(rows(rng.integers(1, 7, 300), 0.0), judge_column="rewards")
    places = library.audit(rows([4] * 300, 0.2), judge_column="rewards")
    repeats = library.audit(rows([4] * 300, 0.0), judge_column="rewards")
    lost = library.audit(rows([4] * 220 + [3] * 60 + [2] * 20, 0.0), judge_column="rewards")
    for found, why in ((lengths, "lists of different lengths"), (places, "the place in the list explains")):
        assert "judge-inconsistent" not in ids(found) and any(why in said for said in found.said)
        assert not [e for e in found.estimates if e.name == "judge.within_sd"]
    for found in (repeats, lost):
        assert "judge-inconsistent" in ids(found) and not any(
            "scores of steps" in s or "scores of an answer" in s for s in found.said
        )
