"""The demo: what it shows, over its seeds and arms. Slow; the last results are in docs/evidence/slow-tests.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import end, start
from tests.support.recipes import EXAMPLES

pytestmark = pytest.mark.slow


def shown(directory: Path, *words: str) -> dict[str, Any]:
    """The arms of the demo after a run, their accuracies printed."""
    out = end(start("run", EXAMPLES / "addition" / "recipe.yaml", "--dir", directory, "--json", *words))
    arms: dict[str, Any] = json.loads(out)["arms"]
    for name, arm in arms.items():
        gain = arm["gain"]
        said = f"{gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]" if gain else "no gain yet"
        seeds = {seed: [round(value, 3) for value in held["accuracy"]] for seed, held in arm["seeds"].items()}
        print(f"\n{name}: {said} {seeds}", end="")
    return arms


def test_the_demo_shows_what_it_says(tmp_path: Path) -> None:
    arms = shown(tmp_path / "run")
    assert arms["verified"]["gain"]["low"] > 0
    assert arms["closed"]["gain"]["high"] < 0.03
    assert arms["oracle"]["gain"]["low"] > 0


def test_two_more_seeds_and_every_optional_arm(tmp_path: Path) -> None:
    arms = shown(tmp_path / "run", "--arms", "all", "--set", "seeds=[4, 5]")
    assert all(seed["status"] == "done" for arm in arms.values() for seed in arm["seeds"].values())
    outside = {name for name, arm in arms.items() if arm["outside_information"]}
    assert outside == {"verified", "oracle", "verified_accumulate"}
