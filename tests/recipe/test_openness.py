"""Outside information is derived from what decides the training rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop.recipe import parse_recipe
from openloop.recipe.openness import openness
from openloop.recipe.parts import Parts

CHECK = {"check": "exact:answer"}


@pytest.mark.parametrize(
    ("arm", "outside", "link"),
    [
        ({}, False, "selection without a signal"),
        ({"signals": "likelihood", "select": {"use": "top", "rate": 0.5}}, False, "inside: the model itself"),
        ({"signals": CHECK, "select": {"use": "threshold", "accept": True}}, True, "outside: row.answer"),
        ({"signals": CHECK}, False, "selection without a signal"),  # verdicts that nothing listens to
        (
            {"signals": CHECK, "select": ["everything", {"use": "random", "rate": 0.5}]},
            False,
            "without a signal",
        ),
        ({"sampler": "oracle"}, True, "oracle answers [outside: row.answer]"),
        ({"sampler": {"use": "categorical"}}, True, "outside: model:categorical"),
        ({"mix": "accumulate"}, False, "real rows that it was already trained on"),
    ],
)
def test_what_an_arm_hears(tmp_path: Path, arm: dict[str, Any], outside: bool, link: str) -> None:
    recipe = parse_recipe({"model": "simulated", "test": "t.jsonl", "arms": {"a": arm}}, base=tmp_path)
    found = openness(Parts(recipe, recipe.arm("a")))
    assert found.outside is outside
    assert link in " → ".join(found.chain)
