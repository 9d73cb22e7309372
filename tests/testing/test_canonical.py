"""Two runs are canonically equal where they hold the same rows, whatever it cost to make them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection, signals
from openloop.testing import canonical

ROWS = [{"prompt": f"{i}+{i}=", "answer": str(2 * i)} for i in range(12)]


def made(folder: Path, *, k: int = 2, n: int = 5, **dials: Any) -> dict[str, str]:
    """The canonical content of a small run."""
    run = openloop.Run(folder)
    pool = run.sample(models.simulated(error=0.4, **dials), ROWS, k=k)
    run.select(pool, run.score(pool, signals.exact("answer")), selection.random(n=n))
    run.close()
    return canonical(folder)


def test_what_a_model_costs_does_not_count(tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other", price=0.5)
    assert one == other and sorted(key.split()[0] for key in one) == ["sample", "score", "select"]


@pytest.mark.parametrize(("change", "kinds"), [({"n": 6}, {"select"}), ({"seed": 1}, {"sample", "score", "select"})])
def test_other_work_differs_and_shared_work_does_not(change: dict[str, Any], kinds: set[str], tmp_path: Path) -> None:
    one, other = made(tmp_path / "one"), made(tmp_path / "other", **change)
    assert {key.split()[0] for key in one.keys() - other.keys()} == kinds


def test_rows_that_differ_under_one_name_are_told_apart(tmp_path: Path) -> None:
    luck = {"said": "4"}

    def answer(prompt: Any, seed: int) -> str:
        del prompt, seed
        return luck["said"]

    answer.version = "1"  # type: ignore[attr-defined]
    found = []
    for said in ("4", "5"):
        luck["said"] = said
        run = openloop.Run(tmp_path / said)
        run.sample(models.function(answer), ROWS)
        run.close()
        found.append(canonical(tmp_path / said))
    assert found[0].keys() == found[1].keys() and found[0] != found[1]
