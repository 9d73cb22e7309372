"""What is found of a verifier: that it is the wrong way round, separates nothing, leaves rows out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Finding
from tests.support.audited import GOOD, Rows, ids
from tests.support.worlds import World


def found_in(rows: Rows, name: str, **told: Any) -> Finding | None:
    return next((f for f in library.audit(rows, **told).findings if f.id == name), None)


def ranked(pull: float, k: int = 1, seed: int = 0) -> Rows:
    """A score that rises by ``pull`` where a row is good."""
    rng = np.random.default_rng(seed)
    good = rng.random(800) < 0.7
    score = np.round(rng.normal(pull * good), 3)
    return [
        {"prompt": f"q{i // k}", "completion": f"some words, {i}", "gold": bool(g), "nll": float(s)}
        for i, (g, s) in enumerate(zip(good, score, strict=True))
    ]


@pytest.mark.parametrize("k", [1, 8], ids=["alone", "eight a prompt"])
def test_a_score_of_which_less_is_better(k: int) -> None:
    """A loss: it is named for what it is, and not for what follows from it (harder selection picks worse rows)."""
    found = library.audit(ranked(-1.5, k), judge_column="nll")
    assert ids(found) & {"verifier-reversed", "over-optimised-verifier", "verdict-adds-nothing"} == {
        "verifier-reversed"
    }
    (finding,) = (f for f in found.findings if f.id == "verifier-reversed")
    assert "--lower-is-better" in finding.text and not finding.blocking and finding.weight == 0.85
    for pull in (1.5, 0.0, -0.05):
        assert found_in(ranked(pull, k), "verifier-reversed", judge_column="nll") is None


def test_a_score_that_follows_the_difficulty_is_not_reversed() -> None:
    """Within each prompt it ranks rightly; prompts that are hard score high."""
    rng = np.random.default_rng(0)
    rows: Rows = []
    for i in range(800):
        hard = i // 4 % 2
        good = bool(rng.random() < (0.2 if hard else 0.9))
        rows.append(
            {"prompt": f"q{i // 4}", "completion": f"c {i}", "gold": good, "score": 3 * hard + good + rng.random()}
        )
    assert found_in(rows, "verifier-reversed", judge_column="score") is None


def test_a_verdict_that_passes_the_bad_rows() -> None:
    rows = World(0.3, 0.8, 0.2, 400, 1).rows()
    turned = [{**row, "verdict": not row["verdict"]} for row in rows]
    finding = found_in(turned, "verifier-reversed")
    assert finding is not None and "of the bad rows and" in finding.text
    assert found_in(rows, "verifier-reversed") is None
    assert found_in(World(0.3, 0.5, 0.52, 400, 1).rows(), "verifier-reversed") is None


def test_a_verdict_that_never_differs() -> None:
    rows = World(0.3, 1.0, 1.0, 100, 1).rows()
    finding = found_in(rows, "verdict-adds-nothing")
    assert finding is not None and "accepts every scored row" in finding.text and "left out of the file" in finding.text


def test_unscored_rows_that_are_not_random() -> None:
    rng = np.random.default_rng(0)
    rows = World(0.4, 0.9, 0.2, 600, 1).rows()
    at_random = [{**row, "verdict": None} if i % 5 == 0 else {**row} for i, row in enumerate(rows)]
    for row in rows:
        if not row["gold"] and rng.random() < 0.4:
            row["verdict"] = None
    found = library.audit(rows)
    assert "unscored-not-random" in ids(found) and "unscored-not-random" not in ids(library.audit(at_random))
    plain, wide = found.estimate("verifier.psi"), found.estimate("verifier.psi.worst_case")
    assert plain.n_unscored > 50
    assert wide.high > plain.high + 0.1 and wide.low < plain.low - 0.03  # type: ignore[operator]


def test_a_few_rows_without_a_verdict_are_no_evidence() -> None:
    """Ten of 600 rows, none of the thirty bad ones among them: what a draw gives three times in five."""
    rows = World(0.05, 0.9, 0.2, 600, 1).rows()
    lost = [i for i, row in enumerate(rows) if row["gold"]][:10]
    assert (
        found_in([{**r, "verdict": None} if i in lost else r for i, r in enumerate(rows)], "unscored-not-random")
        is None
    )


def test_unscored_rows_are_nowhere_zero() -> None:
    rows = [{**GOOD, "prompt": f"q{i}", "verdict": None if i % 4 == 0 else bool(i % 2)} for i in range(80)]
    found = library.audit(rows)
    phi = found.estimate("verifier.phi")
    assert (phi.n, phi.n_unscored) == (60, 20) and phi.value == pytest.approx(40 / 60)
