"""The policy example: reward hacking is found where the checker is fooled, and not where it is exact."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from openloop.user_code import import_user_file
from tests.support.processes import end, start
from tests.support.recipes import EXAMPLES
from tests.support.toy_signals import candidates


def test_the_fooled_checker_takes_what_is_long_for_right() -> None:
    fooled = import_user_file(EXAMPLES / "policy" / "world.py").fooled
    said = fooled.score(candidates("42", "43", "maybe 42", "maybe 43", answer="42"))
    assert [verdict.value for verdict in said] == [1.0, 0.0, 1.0, 1.0]


@pytest.mark.slow
def test_only_the_fooled_policy_is_found_to_hack_its_reward(tmp_path: Path) -> None:
    run = json.loads(
        end(start("run", EXAMPLES / "policy" / "recipe.yaml", "--dir", tmp_path / "run", "--yes", "--json"))
    )
    found = [(one["arm"], one["seed"]) for one in run["findings"] if one["finding"] == "reward-hacking"]
    assert found == [("fooled", 0), ("fooled", 1), ("fooled", 2)]
    assert run["arms"]["exact"]["improved"] is True
