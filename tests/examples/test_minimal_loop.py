"""The loop without openloop and the loop through it are the same loop."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from openloop.recipe import read_recipe
from tests.support.recipes import EXAMPLES
from tests.support.runs import run_quietly, summary


def minimal_loop() -> Any:
    spec = importlib.util.spec_from_file_location("minimal_loop", EXAMPLES / "minimal_loop.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.integration
def test_both_agree_to_the_last_digit(tmp_path: Path) -> None:
    small = minimal_loop()
    small.ROUNDS, small.TRAIN_ROWS, small.BATCH_PROMPTS = 2, 150, 1500
    small.GENERATOR, small.STUDENT = {"steps": 250, "lr": 0.003}, {"steps": 30, "lr": 0.001}
    settings = [
        "rounds=2",
        "train_rows=150",
        "prompts.batch=1500",
        "seeds=[7]",
        "generator.fit.steps=250",
        "fit.steps=30",
        "workers=0",
    ]
    recipe = read_recipe(EXAMPLES / "addition" / "recipe.yaml", settings)
    run_quietly(recipe, tmp_path / "run")
    shown = summary(tmp_path / "run")["arms"]
    expected = small.run(7)
    assert {arm: shown[arm]["seeds"]["7"]["accuracy"] for arm in expected} == expected
    assert len({tuple(values) for values in expected.values()}) == 3, "arms that do not differ would prove nothing"


def test_the_minimal_loop_is_short_and_alone() -> None:
    text = (EXAMPLES / "minimal_loop.py").read_text()
    assert len(text.splitlines()) < 300
    assert "import openloop" not in text and "from openloop" not in text
