"""A run may be stopped anywhere: it goes on, loses nothing committed, and ends with the same rows."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

import openloop
from openloop import models, selection, signals
from openloop.run.store import Store
from openloop.testing.canonical import canonical

Recipe = Callable[..., Path]
SLOW = {"use": "simulated", "error": 0.4, "spread": 0.2, "seconds_per_prompt": 0.004}
TINY = {
    "model": {"use": "tiny", "d_model": 16, "layers": 1, "heads": 2, "context": 12},
    "real": {"path": "rows.jsonl", "completion": "answer"},
    "generator": {"fit": {"steps": 150, "lr": 0.01}},
    "fit": {"steps": 150, "lr": 0.003},
    "sampling": {"max_tokens": 4},
    "evaluate": "exact:answer",
    "seeds": [0],
    "train_rows": 40,
    "arms": {"closed": {}, "oracle": {"sampler": "oracle"}},
}


def start(recipe: Path, directory: Path, *words: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "openloop",
        "run",
        str(recipe),
        "--dir",
        str(directory),
        "--json",
        *words,
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def finish(recipe: Path, directory: Path, *words: str) -> None:
    process = start(recipe, directory, *words)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err


def killed_until_done(recipe: Path, directory: Path, seed: int, longest: float) -> int:
    """Kill -9 at random instants until a run ends before its instant comes; returns the number of kills."""
    rng, kills = random.Random(seed), 0
    while True:
        process = start(recipe, directory)
        try:
            _, err = process.communicate(timeout=rng.uniform(0.25, longest))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
        else:
            assert process.returncode == 0, err
            return kills
        longest *= 1.05  # a busy machine must get there as well


def test_twenty_five_kills_at_random_instants_change_no_row(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(model=SLOW, workers=2)
    finish(path, tmp_path / "whole")
    kills, attempt = 0, 0
    while kills < 25:
        directory = tmp_path / f"killed{attempt}"
        kills += killed_until_done(path, directory, attempt, longest=1.1)
        assert canonical(directory) == canonical(tmp_path / "whole")
        attempt += 1
        assert attempt < 20, "the run is too short to be killed"


def test_kills_inside_training_change_no_weight(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(**TINY, workers=1)
    finish(path, tmp_path / "whole")
    kills = killed_until_done(path, tmp_path / "killed", seed=3, longest=4.0)
    assert kills >= 2
    assert canonical(tmp_path / "killed") == canonical(tmp_path / "whole")


LOOP = """
    import os, signal, sys
    import openloop
    from openloop import models, selection, signals

    directory, at = sys.argv[1], int(sys.argv[2])
    run = openloop.Run(directory)
    seen = []

    def kill_between_file_and_row(kind, detail):
        seen.append(kind)
        if at and seen.count("renamed") == at:
            os.kill(os.getpid(), signal.SIGKILL)

    run.store.observers.append(kill_between_file_and_row)
    rows = [{"prompt": f"{a}+{b}=", "answer": str(a + b)} for a in range(40) for b in range(40)]
    student = models.simulated(error=0.4)
    for round in range(2):
        pool = run.sample(student, rows, k=2, seed=round)
        kept = run.select(pool, run.score(pool, signals.simulated()), selection.threshold(accept=True))
        student = run.train(student, kept)
    print(run.evaluate(student, rows))
"""


def test_a_kill_between_a_file_and_its_row_leaves_no_trace(tmp_path: Path) -> None:
    script = tmp_path / "loop.py"
    script.write_text(dedent(LOOP))

    def call(directory: Path, at: int) -> int:
        return subprocess.run([sys.executable, script, directory, str(at)], capture_output=True).returncode

    assert call(tmp_path / "whole", 0) == 0
    for at in (1, 3, 5, 6, 8):
        directory = tmp_path / f"killed{at}"
        assert call(directory, at) == -signal.SIGKILL
        assert call(directory, 0) == 0
        assert canonical(directory) == canonical(tmp_path / "whole")


def test_one_and_two_workers_and_none_give_the_same_rows(recipe: Recipe, tmp_path: Path) -> None:
    for settings in ({}, TINY):
        path = recipe(**settings)
        kind = "tiny" if settings else "simulated"
        for workers in ("0", "1", "2"):
            finish(path, tmp_path / kind / workers, "--workers", workers)
        rows = [canonical(tmp_path / kind / workers) for workers in ("0", "1", "2")]
        assert rows[0] == rows[1] == rows[2]


def test_a_second_process_is_told_who_holds_the_directory(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(model=SLOW | {"seconds_per_prompt": 0.05})
    first = start(path, tmp_path / "run")
    wait_for(tmp_path / "run" / "store.sqlite")
    time.sleep(0.3)
    second = start(path, tmp_path / "run")
    _, err = second.communicate(timeout=30)
    first.kill()
    first.communicate()
    assert second.returncode == 2
    assert f"in use by process {first.pid}" in err and "--dir" in err


def test_a_full_disk_stops_cleanly_and_goes_on_when_there_is_space(
    recipe: Recipe, tmp_path: Path, full_disk: Path
) -> None:
    path = recipe(seeds=list(range(4)), prompts={"path": "rows.jsonl", "batch": 120}, train_rows=200)
    finish(path, tmp_path / "whole")
    ballast = full_disk / "ballast"
    ballast.write_bytes(b"x" * 41_000_000)
    process = start(path, full_disk / "run")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert "full" in err and "free some space" in err and "Traceback" not in err
    ballast.unlink()
    finish(path, full_disk / "run")
    assert canonical(full_disk / "run") == canonical(tmp_path / "whole")


@pytest.mark.parametrize("workers", ["0", "2"])
def test_ctrl_c_stops_within_two_seconds_and_says_how_to_go_on(recipe: Recipe, tmp_path: Path, workers: str) -> None:
    path = recipe(model=SLOW | {"seconds_per_prompt": 0.05})
    process = start(path, tmp_path / "run", "--workers", workers)
    wait_for(tmp_path / "run" / "store.sqlite")
    time.sleep(1.0)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 2.0
    assert process.returncode == 130
    assert "Resume with: openloop run" in err and "Traceback" not in err


def test_workers_do_not_outlive_a_killed_run(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(model=SLOW | {"seconds_per_prompt": 0.05})
    process = start(path, tmp_path / "run", "--workers", "2")
    children = wait_until(lambda: workers_of(process.pid))
    process.kill()
    process.communicate()
    wait_until(lambda: not any(alive(child) for child in children))


def test_a_worker_killed_once_costs_a_retry_and_no_row(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(model=SLOW)
    finish(path, tmp_path / "whole", "--workers", "0")
    process = start(path, tmp_path / "run", "--workers", "1")
    os.kill(wait_until(lambda: workers_of(process.pid))[0], signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    events = [kind for _, kind, _ in Store.read(tmp_path / "run").journal.events()]
    assert "retry" in events
    assert canonical(tmp_path / "run") == canonical(tmp_path / "whole")


DEADLY = """
    import os, signal
    from openloop import signal as make_signal

    @make_signal
    def deadly(candidate):
        if candidate.prompt == "3+4=" and candidate.index == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return candidate.completion.strip() == candidate.row["answer"]
"""


def test_a_row_that_kills_its_worker_is_recorded_as_failed_and_no_other(recipe: Recipe, tmp_path: Path) -> None:
    (tmp_path / "deadly.py").write_text(dedent(DEADLY))
    arm = {"signals": {"deadly": "deadly.py:deadly"}, "select": {"use": "threshold", "accept": True}}
    path = recipe(
        arms={"verified": arm},
        seeds=[0],
        rounds=1,
        prompts={"path": "rows.jsonl", "batch": 120},
        train_rows=None,
        workers=1,
    )
    finish(path, tmp_path / "run")
    shown = show(tmp_path / "run")
    rows = shown["arms"]["verified"]["rows"][0]
    assert (rows["generated"], rows["scored"], rows["error"]) == (240, 239, 1)
    assert rows["dropped"]["unscored:error"] == 1


def test_paid_replies_are_never_requested_again(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(model=SLOW | {"metered": True}, seeds=[0], arms={"closed": {}}, train_rows=None)
    finish(path, tmp_path / "whole")
    directory = tmp_path / "killed"
    assert killed_until_done(path, directory, seed=1, longest=0.8) >= 1
    assert canonical(directory) == canonical(tmp_path / "whole")
    store = Store.read(directory)
    sent, answered = store.database.all("SELECT count(*), count(reply) FROM requests")[0]
    assert sent == answered
    possibly = [d["requests"] for _, kind, d in store.journal.events() if kind == "possibly_paid"]
    assert all(n <= 32 for n in possibly)  # what was in flight at a kill, and no more


def test_the_same_python_again_computes_nothing(tmp_path: Path) -> None:
    rows = [{"prompt": f"{a}+{a}=", "answer": str(2 * a)} for a in range(50)]

    def loop() -> list[str]:
        run = openloop.Run(tmp_path / "run")
        happened: list[str] = []
        run.store.observers.append(lambda kind, detail: happened.append(kind))
        pool = run.sample(models.simulated(), rows, k=4)
        kept = run.select(pool, run.score(pool, signals.exact()), selection.threshold(accept=True))
        run.evaluate(run.train(models.simulated(), kept), rows)
        run.close()
        return happened

    assert "finished" in loop()
    assert set(loop()) == {"reused"}


def test_a_deleted_file_is_made_again(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), [{"prompt": "1+1=", "answer": "2"}], k=4)
    before = list(pool)
    (file,) = (tmp_path / "run" / "candidates").rglob("*.parquet")
    file.unlink()
    assert list(run.sample(models.simulated(), [{"prompt": "1+1=", "answer": "2"}], k=4)) == before


def test_retention_deletes_weights_but_not_their_hash_and_trains_again_when_asked(
    recipe: Recipe, tmp_path: Path
) -> None:
    path = recipe(keep_models="last", rounds=3, seeds=[0], arms={"closed": {}})
    finish(path, tmp_path / "run")
    assert len([p for p in (tmp_path / "run" / "models").iterdir() if p.is_dir()]) == 1
    trained = [at.result for at in Store.read(tmp_path / "run").journal.steps() if at.kind == "train"]
    assert len(trained) == 3 and all(counts["revision"] for counts in trained)
    longer = recipe("longer.yaml", keep_models="last", rounds=3, seeds=[0], sampling={"k": 3}, arms={"closed": {}})
    finish(longer, tmp_path / "run")


def show(directory: Path) -> Any:
    command = [sys.executable, "-m", "openloop", "show", str(directory), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def wait_for(path: Path) -> None:
    wait_until(path.exists)


def wait_until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s")


def workers_of(pid: int) -> list[int]:
    """Worker processes of a run: its children that run spawned Python."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = re.sub(r"\(.*\)", "()", stat.read_text()).split()
            command = (stat.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[3]) == pid and "openloop.run.engine.workers" in command:
            children.append(int(fields[0]))
    return children


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1][:3]
    except OSError:
        return False
