"""Long tests: `make test-slow`. Their last results are in docs/evidence/slow-tests.md, with the date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Call

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def test_the_demo_shows_what_it_says(openloop_cli: Call, tmp_path: Path) -> None:
    done = openloop_cli("run", ROOT / "examples/addition/recipe.yaml", "--dir", tmp_path / "run", "--json")
    arms = json.loads(done.stdout)["arms"]
    for name, arm in arms.items():
        seeds = {seed: [round(a, 3) for a in s["accuracy"]] for seed, s in arm["seeds"].items()}
        gain = arm["gain"]
        print(f"\n{name}: {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] {seeds}", end="")
    assert arms["verified"]["gain"]["low"] > 0
    assert arms["closed"]["gain"]["high"] < 0.03
    assert arms["oracle"]["gain"]["low"] > 0


def test_two_more_seeds_and_every_optional_arm(openloop_cli: Call, tmp_path: Path) -> None:
    done = openloop_cli(
        "run",
        ROOT / "examples/addition/recipe.yaml",
        "--dir",
        tmp_path / "run",
        "--arms",
        "all",
        "--set",
        "seeds=[4, 5]",
        "--json",
    )
    arms = json.loads(done.stdout)["arms"]
    for name, arm in arms.items():
        print(
            f"\n{name}:",
            {seed: [round(a, 3) for a in s["accuracy"]] for seed, s in arm["seeds"].items()},
            end="",
        )
    assert all(seed["status"] == "done" for arm in arms.values() for seed in arm["seeds"].values())
    outside = {name for name, arm in arms.items() if arm["outside_information"]}
    assert outside == {"verified", "oracle", "verified_accumulate"}
