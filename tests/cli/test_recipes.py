"""Verbs about a recipe and its run: what they do, what they print, and that work is done once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openloop as library

Call = Callable[..., Any]


def test_a_new_folder_validates_and_runs_as_it_stands(openloop: Call, tmp_path: Path) -> None:
    said = openloop("init", tmp_path / "mine")
    assert said.code == 0
    assert f"next: openloop run {tmp_path / 'mine' / 'recipe.yaml'}" in said.out
    assert openloop("validate", tmp_path / "mine/recipe.yaml").out.endswith("valid\n")
    small = ["--set", "seeds=[0]", "--set", "rounds=1", "--set", "prompts={path: questions.jsonl, batch: 20}"]
    said = openloop("run", tmp_path / "mine/recipe.yaml", *small)
    assert said.code == 0
    assert (tmp_path / "mine/runs/mine/store.sqlite").exists()


def test_init_says_its_files_and_leaves_a_full_folder_alone(openloop: Call, tmp_path: Path) -> None:
    files = openloop("init", tmp_path / "mine", "--json").json["files"]
    assert all(Path(file).exists() for file in files)
    before = {file: Path(file).read_bytes() for file in files}
    said = openloop("init", tmp_path / "mine")
    assert (said.code, said.out) == (2, "")
    assert "is not empty" in said.err
    assert {file: Path(file).read_bytes() for file in files} == before


def test_validate_counts_the_work_and_spends_nothing(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    path = recipe(optional_arms={"cool": {"sampling": {"temperature": 0.5}}})
    found = openloop("validate", path, "--json").json
    assert found["arms"] == ["closed", "verified", "cool"]
    assert found["work"]["trainings"] == 3 * 2 * 2
    assert found["work"]["test answers"] == (3 * 2 * 2 + 2) * 120
    assert not (tmp_path / "runs").exists()
    assert "probes" in openloop("validate", path).out


def test_plan_says_new_then_reused(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    path = recipe()
    before = openloop("plan", path, "--json").json
    assert {stage["status"] for stage in before["stages"]} == {"new"}
    assert before["open_ended"] is True
    assert not (tmp_path / "runs").exists()
    assert "train_rows" in openloop("plan", path).out
    openloop("run", path, "--json")
    after = openloop("plan", path, "--json").json
    assert {stage["status"] for stage in after["stages"]} == {"reused"}


def test_a_second_run_computes_nothing(openloop: Call, finished: tuple[Path, Path]) -> None:
    path, directory = finished
    before = {file: file.stat().st_mtime_ns for file in directory.rglob("*.parquet")}
    lines = (directory / "metrics.jsonl").read_text()
    assert openloop("run", path, "--dir", directory).code == 0
    assert {file: file.stat().st_mtime_ns for file in directory.rglob("*.parquet")} == before
    assert (directory / "metrics.jsonl").read_text() == lines


def test_more_seeds_reuse_what_the_first_ones_did(openloop: Call, finished: tuple[Path, Path]) -> None:
    path, directory = finished
    before = sorted((directory / "candidates").iterdir())
    shown = openloop("run", path, "--dir", directory, "--set", "seeds=[0, 1, 2]", "--json").json
    assert list(shown["arms"]["closed"]["seeds"]) == ["0", "1", "2"]
    assert set(before) < set((directory / "candidates").iterdir())


def test_a_changed_signal_scores_again_and_samples_only_what_follows_from_it(
    openloop_cli: Call, recipe: Call, tmp_path: Path
) -> None:
    code = "from openloop import signal\n\n@signal\ndef good(candidate):\n    return {}\n"
    arms = {"verified": {"signals": {"good": "mine.py:good"}, "select": ["everything"]}}
    path, directory = recipe(arms=arms, rounds=1), tmp_path / "run"
    (tmp_path / "mine.py").write_text(code.format("True"))
    assert openloop_cli("run", path, "--dir", directory, "--json").returncode == 0
    pools = set((directory / "candidates").iterdir())
    verdicts = set((directory / "verdicts").iterdir())
    (tmp_path / "mine.py").write_text(code.format("len(candidate.completion) > 0"))
    stages = json.loads(openloop_cli("plan", path, "--dir", directory, "--json").stdout)["stages"]
    loop = {stage["kind"]: stage["status"] for stage in stages if stage["step"]["purpose"] == "loop"}
    assert (loop["sample"], loop["score"]) == ("reused", "recomputed")
    assert openloop_cli("run", path, "--dir", directory, "--json").returncode == 0
    assert set((directory / "candidates").iterdir()) >= pools
    assert len(set((directory / "verdicts").iterdir()) - verdicts) >= 2


def test_what_was_paid_for_is_not_paid_again_unasked(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    model = {"use": "simulated", "metered": True, "price": 0.01}
    options: dict[str, Any] = {"arms": {"closed": {}}, "train_rows": None, "seeds": [0], "model": model}
    directory = tmp_path / "run"
    plan = openloop("plan", recipe(**options), "--dir", directory, "--json").json
    assert sum(stage["money"] for stage in plan["stages"]) > 0
    assert openloop("run", recipe(**options), "--dir", directory, "--json").code == 0
    changed = recipe(**options | {"model": model | {"error": 0.2}})
    said = openloop("run", changed, "--dir", directory)
    assert said.code == 2
    assert "would be paid for again" in said.err
    assert openloop("run", changed, "--dir", directory, "--yes", "--json").code == 0


def test_what_show_prints_as_json(openloop: Call, finished: tuple[Path, Path]) -> None:
    shown = openloop("show", finished[1], "--json").json
    assert shown["decision"].split()[0] in {"TRAIN", "DO", "UNDECIDED:"}
    closed, verified = shown["arms"]["closed"], shown["arms"]["verified"]
    assert (closed["outside_information"], verified["outside_information"]) == (False, True)
    for arm in (closed, verified):
        assert [len(arm["seeds"][seed]["accuracy"]) for seed in ("0", "1")] == [3, 3]
        assert all(0 <= value <= 1 for seed in arm["seeds"].values() for value in seed["accuracy"])
        assert {seed["status"] for seed in arm["seeds"].values()} == {"done"}
        assert len(arm["rows"]) == 2
        for rows in arm["rows"]:
            assert rows["requested"] == rows["generated"] + rows["request_failed"]
            assert rows["generated"] == rows["kept"] + sum(rows["dropped"].values())
            assert rows["kept"] == 2 * 80
    for rows in verified["rows"]:
        outcomes = sum(rows[key] for key in ("scored", "abstained", "timeout", "error"))
        assert outcomes == rows["generated"]
    assert verified["rows"][0]["dropped"]["rejected"] > 0


def test_unscored_rows_are_counted_by_outcome(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    check = {"use": "simulated", "abstain": 0.1, "timeout": 0.1, "error": 0.1}
    arms = {"a": {"signals": {"check": check}, "select": {"use": "threshold", "accept": True}}}
    shown = openloop("run", recipe(arms=arms, rounds=1), "--json").json
    rows = shown["arms"]["a"]["rows"][0]
    assert min(rows["abstained"], rows["timeout"], rows["error"], rows["scored"]) > 0
    assert rows["scored"] + rows["abstained"] + rows["timeout"] + rows["error"] == rows["generated"]
    assert {f"unscored:{kind}" for kind in ("abstained", "timeout", "error")} <= rows["dropped"].keys()


def test_what_show_prints_for_people(openloop: Call, finished: tuple[Path, Path]) -> None:
    said = openloop("show", finished[1])
    assert said.code == 0
    for text in ("closed", "verified", "start", "Outside information: yes", "Outside information: no"):
        assert text in said.out


def test_a_run_made_by_python_is_shown_but_has_no_arms(openloop: Call, tmp_path: Path) -> None:
    run = library.Run(tmp_path / "run")
    from openloop import models

    run.sample(models.simulated(), [{"prompt": "1+1=", "answer": "2"}])
    run.close()
    assert openloop("show", tmp_path / "run", "--json").json["stages"][0]["stage"] == "sample"
    assert "sample" in openloop("show", tmp_path / "run").out
    said = openloop("export", tmp_path / "run", "--to", "trl")
    assert said.code == 2
    assert "Run.export" in said.err


def test_a_failed_arm_is_exit_code_1_and_the_others_go_on(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from openloop.models.simulated import simulated\n\n"
        "class Broken:\n"
        "    name, revision = 'broken', '1'\n"
        "    def sample(self, prompts, k, sampling):\n"
        "        raise RuntimeError('out of tokens')\n\n"
        "broken = Broken()\n"
    )
    path = recipe(arms={"closed": {}, "broken": {"sampler": "mine.py:broken"}})
    said = openloop("run", path, "--json")
    assert said.code == 1
    arms = said.json["arms"]
    assert arms["broken"]["seeds"]["0"]["status"] == "failed"
    assert "out of tokens" in arms["broken"]["seeds"]["0"]["reason"]
    assert arms["closed"]["seeds"]["0"]["status"] == "done"


def test_a_test_that_scored_nothing_is_told_as_such_and_never_as_nan(
    openloop: Call, recipe: Call, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "from openloop import signal\n\n@signal\ndef broken(candidate):\n    return candidate.row['gold']\n"
    )
    path, directory = recipe(evaluate="mine.py:broken"), tmp_path / "run"
    said = openloop("run", path, "--dir", directory)
    assert "nothing was scored: 120 answers, error KeyError ('gold')" in said.out
    assert "UNDECIDED: no test answer was scored both before and after training." in said.out
    assert "one seed" not in said.out and "nan" not in said.out.lower()
    held = openloop("show", directory, "--json")
    assert "NaN" not in held.out and held.json["findings"][0]["finding"] == "test-unscored"


def test_a_signal_that_reads_a_column_no_row_has_is_refused_before_anything_is_spent(
    openloop: Call, recipe: Call
) -> None:
    said = openloop("validate", recipe(evaluate="exact:anwser"))
    assert said.code == 2 and "tests.test: signal 'accuracy' reads 'anwser', which no row has" in said.err
    assert "did you mean 'answer'?" in said.err
    assert openloop("validate", recipe(evaluate="exact:answer")).code == 0
