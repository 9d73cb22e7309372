"""Long tests: `make test-slow`. Their last results are in docs/evidence/slow-tests.md, with the date."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from openloop.testing.canonical import canonical
from tests.conftest import Call
from tests.run.test_durability import SLOW, finish, killed_until_done

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def test_the_demo_shows_what_it_says_within_three_minutes(openloop_cli: Call, tmp_path: Path) -> None:
    began = time.monotonic()
    done = openloop_cli("run", ROOT / "examples/addition/recipe.yaml", "--dir", tmp_path / "run", "--json")
    seconds = time.monotonic() - began
    arms = json.loads(done.stdout)["arms"]
    for name, arm in arms.items():
        seeds = {seed: [round(a, 3) for a in s["accuracy"]] for seed, s in arm["seeds"].items()}
        gain = arm["gain"]
        print(f"\n{name}: {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] {seeds}", end="")
    print(f"\n{seconds:.0f} s")
    assert arms["verified"]["gain"]["low"] > 0
    assert arms["closed"]["gain"]["high"] < 0.03
    assert arms["oracle"]["gain"]["low"] > 0
    assert seconds < 180


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


def test_a_hundred_kills(recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe(model=SLOW, workers=2)
    finish(path, tmp_path / "whole")
    kills, attempt = 0, 0
    while kills < 100:
        directory = tmp_path / f"killed{attempt}"
        kills += killed_until_done(path, directory, 1000 + attempt, longest=1.2)
        assert canonical(directory) == canonical(tmp_path / "whole")
        attempt += 1
    print(f"\n{kills} kills over {attempt} runs, every row equal")
