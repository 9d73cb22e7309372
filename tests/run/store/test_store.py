"""The run directory: what is no run directory, files that are gone, disks that are full or read-only."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop as library
from openloop import models, signals
from openloop.testing import canonical
from tests.support.processes import HANG, run_recipe, start
from tests.support.refusals import refused
from tests.support.rows import doubles

Call = Callable[..., Any]


def test_metrics_hold_a_line_per_stage_and_survive_a_torn_one(tmp_path: Path) -> None:
    run = library.Run(tmp_path / "run")
    run.sample(models.simulated(), doubles(40))
    run.close()
    metrics = tmp_path / "run" / "metrics.jsonl"
    with metrics.open("a") as file:
        file.write('{"time": 1, "sta')  # a kill in the middle of a line
    run = library.Run(tmp_path / "run")
    run.score(run.sample(models.simulated(), doubles(40)), signals.exact())
    run.close()
    first, torn, last = metrics.read_text().splitlines()
    assert (json.loads(first)["stage"], json.loads(last)["stage"]) == ("sample", "score")
    assert json.loads(first)["requested"] == 40
    assert torn.startswith('{"time": 1')


def test_a_directory_that_is_no_run(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.txt").write_text("mine")
    for place in (full, tmp_path / "nothing", full / "thesis.txt"):
        refused(openloop("show", place), "not a run directory")
        refused(openloop("export", place, "--to", "trl"), "not a run directory")
    refused(openloop("run", recipe(), "--dir", full), "not empty", "thesis.txt", "--dir")
    refused(openloop("run", recipe(), "--dir", full / "thesis.txt"), "thesis.txt")
    for nowhere in (full / "thesis.txt" / "run", Path("/proc/openloop")):
        refused(openloop("run", recipe(), "--dir", nowhere), "cannot be written")
        refused(openloop("init", nowhere), "cannot be written")
    assert [file.name for file in full.iterdir()] == ["thesis.txt"]


def test_a_missing_file_of_rows_in_a_run_directory(openloop: Call, directory: Path) -> None:
    for file in (directory / "candidates").rglob("*.parquet"):
        file.unlink()
    for words in (["show", directory], ["export", directory, "--to", "trl", "--arm", "verified"]):
        refused(openloop(*words), "openloop run")


def test_a_read_only_directory(
    openloop: Call, recipe: Call, directory: Path, read_only_mount: Callable[[Path], Path]
) -> None:
    view = read_only_mount(directory)
    assert openloop("show", view, "--json").code == 0
    refused(openloop("run", recipe(rounds=3), "--dir", view), "--dir")
    refused(openloop("export", view, "--to", "trl", "--arm", "verified"), "cannot be written")


@pytest.mark.integration
def test_a_full_disk_stops_cleanly_and_goes_on_when_there_is_space(
    recipe: Call, tmp_path: Path, full_disk: Path
) -> None:
    path = recipe(seeds=list(range(4)), prompts={"path": "rows.jsonl", "batch": 120}, train_rows=200)
    run_recipe(path, tmp_path / "whole")
    ballast = full_disk / "ballast"
    ballast.write_bytes(b"x" * 41_000_000)
    process = start("run", path, "--dir", full_disk / "run", "--json")
    _, err = process.communicate(timeout=HANG)
    assert process.returncode == 1, err
    assert "full" in err and "free some space" in err and "Traceback" not in err
    ballast.unlink()
    run_recipe(path, full_disk / "run")
    assert canonical(full_disk / "run") == canonical(tmp_path / "whole")
