"""A judge's consistency over the items of its rubric, from what a run recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

import openloop
from openloop import models, signals
from tests.support.rows import sums

ITEMS = ["It is right.", "It is short."]


def judge(noisy: bool) -> object:
    def answer(prompt: object, seed: int) -> str:
        return f"[[1: yes]] [[2: {'yes' if seed % 2 or not noisy else 'no'}]]"

    return models.function(answer, name="noisy" if noisy else "steady")


@pytest.mark.parametrize(("noisy", "least", "most"), [(False, 1.0, 1.0), (True, 0.0, 0.3)])
def test_the_audit_of_a_run_measures_it_over_all_items(tmp_path: Path, noisy: bool, least: float, most: float) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), sums(8, 8))
    run.score(pool, signals.rubric(judge(noisy), items=ITEMS, repeats=4))  # type: ignore[arg-type]
    run.score(pool, signals.exact())
    run.close()
    found = {one.stratum: one.estimate for one in openloop.audit(tmp_path / "run").estimates
             if one.name == "judge.item_consistency"}  # fmt: skip
    assert set(found) == {"level=all", "level=pair", "level=whole", "level=item"}
    assert least <= found["level=all"].value <= most and found["level=all"].n == 64
    assert found["level=all"].low is not None


def test_a_rating_or_a_single_scoring_has_none(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), sums(8, 8))
    run.score(pool, signals.rubric(judge(False), items=ITEMS))  # type: ignore[arg-type]
    run.close()
    names = {one.name for one in openloop.audit(tmp_path / "run").estimates}
    assert "judge.item_consistency" not in names
