"""`openloop show` says when an arm fell below its start on the same test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.recipe import read_recipe
from openloop.report.drift import drifted_arms
from openloop.report.run_findings import run_findings
from openloop.run.store import Store
from tests.support.recipes import verified_by
from tests.support.runs import run_quietly

GOOD = verified_by({"use": "simulated", "phi": 0.95, "psi": 0.02})
HARMFUL = verified_by({"use": "simulated", "phi": 0.02, "psi": 0.95})
MODEL = {"use": "simulated", "error": 0.5, "systematic": 0.7, "spread": 0.2}


@pytest.fixture
def found(recipe: Callable[..., Path], tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    def run(arms: dict[str, Any]) -> list[dict[str, Any]]:
        run_quietly(read_recipe(recipe(arms=arms, seeds=[0, 1], model=MODEL)), tmp_path / "run")
        return run_findings(Store.read(tmp_path / "run"))

    return run


def test_an_arm_whose_verifier_accepts_the_wrong_rows_falls_and_one_with_a_good_verifier_does_not(
    found: Callable[..., list[dict[str, Any]]],
) -> None:
    drifted = [one for one in found({"good": GOOD, "harmful": HARMFUL}) if one["finding"] == "drift"]
    assert {(one["arm"], one["seed"]) for one in drifted} == {("harmful", 0), ("harmful", 1)}
    assert "fell below its start for sure in round" in drifted[0]["text"]


def test_a_run_without_a_recipe_has_no_arms_that_could_fall(tmp_path: Path) -> None:
    import openloop

    run = openloop.Run(tmp_path / "run")
    assert drifted_arms(run.store) == []
    run.close()
