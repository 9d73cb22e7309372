"""A policy's training that is killed goes on from its last checkpoint, to the same bits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 10


@pytest.mark.integration
@pytest.mark.parametrize("lora", [0, pytest.param(4, marks=pytest.mark.slow)])
def test_weights_curve_and_rollouts_are_those_of_an_uninterrupted_training(tmp_path: Path, lora: int) -> None:
    """Killed while rollouts and checkpoints are written and between; the signal itself draws on the global state."""
    command = [sys.executable, "-m", "tests.support.killed_policy", str(tmp_path), str(lora), str(KILLS)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    whole, killed = found["whole"], found["killed"]
    assert found["died"] == KILLS
    assert killed["places"] < whole["places"], "the last try went on from a checkpoint"
    assert whole["facts"]["rollouts_unscored"] > 0 and whole["facts"]["length_penalty_from"] is not None
    assert len(whole["rollouts"]) == 24 + 13
    for part in ("revision", "curve", "facts", "rollouts"):
        assert killed[part] == whole[part], part
