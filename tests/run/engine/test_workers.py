"""Worker processes: the rows do not depend on how many there are, they may die, and they do not outlive their run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from openloop.testing import canonical
from tests.support.processes import HANG, alive, run_recipe, start, wait_until, workers_of
from tests.support.recipes import TINY
from tests.support.runs import events
from tests.support.user_files import write_code

pytestmark = pytest.mark.integration
Recipe = Callable[..., Path]

ENDLESS = """
    import time
    from pathlib import Path

    class Endless:
        name, revision = "endless", "1"

        def sample(self, prompts, k, sampling):
            Path(__file__).with_name("working").touch()
            while True:
                time.sleep(3600)

    endless = Endless()
"""
DIES_ONCE = """
    import os, signal
    from dataclasses import dataclass
    from pathlib import Path
    from openloop.models import simulated

    @dataclass(frozen=True)
    class Fragile:
        name = "fragile"
        revision = "1"

        def sample(self, prompts, k, sampling):
            died = Path(__file__).with_name("died")
            if not died.exists():
                died.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return simulated(error=0.4).sample(prompts, k, sampling)

    fragile = Fragile()
"""


@pytest.fixture
def endless(recipe: Recipe, tmp_path: Path) -> Path:
    """A recipe whose model samples for ever, and says so with a file ``working``."""
    write_code(tmp_path / "endless.py", ENDLESS)
    return recipe(arms={"endless": {"sampler": "endless.py:endless"}}, seeds=[0])


@pytest.mark.parametrize("changes", [{}, TINY], ids=["simulated", "tiny"])
def test_one_and_two_workers_and_none_give_the_same_rows(recipe: Recipe, tmp_path: Path, changes: dict) -> None:
    path = recipe(**changes)
    for workers in ("0", "1", "2"):
        run_recipe(path, tmp_path / workers, "--workers", workers)
    rows = [canonical(tmp_path / workers) for workers in ("0", "1", "2")]
    assert rows[0] == rows[1] == rows[2]


def test_a_worker_killed_once_is_replaced_and_loses_no_row(recipe: Recipe, tmp_path: Path) -> None:
    write_code(tmp_path / "fragile.py", DIES_ONCE)
    path = recipe(arms={"fragile": {"sampler": "fragile.py:fragile"}})
    run_recipe(path, tmp_path / "run", "--workers", "1")
    assert [event["reason"] for event in events(tmp_path / "run", "retry")] == ["worker died (signal 9)"]
    run_recipe(path, tmp_path / "whole", "--workers", "0")  # where nobody dies any more
    assert canonical(tmp_path / "run") == canonical(tmp_path / "whole")


def test_workers_do_not_outlive_a_killed_run(endless: Path, tmp_path: Path) -> None:
    process = start("run", endless, "--dir", tmp_path / "run", "--workers", "2")
    wait_until((tmp_path / "working").exists)
    children = workers_of(process.pid)
    assert children and all(alive(child) for child in children)
    process.kill()
    process.communicate()
    wait_until(lambda: not any(alive(child) for child in children))


@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_ends_work_that_would_never_end_and_says_how_to_go_on(
    endless: Path, tmp_path: Path, workers: str
) -> None:
    process = start("run", endless, "--dir", tmp_path / "run", "--workers", workers)
    wait_until((tmp_path / "working").exists)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=HANG)  # which waiting for the work would not be
    assert process.returncode == 130
    assert "Resume with: openloop run" in err and "Traceback" not in err
