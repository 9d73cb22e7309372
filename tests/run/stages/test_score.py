"""Scoring: a row that kills whoever scores it is lost alone, and code that no file holds is scored in this process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.support.processes import run_recipe
from tests.support.recipes import verified_by
from tests.support.runs import finished, table
from tests.support.user_files import judged_by, write_code

OpenLoop = Callable[..., Any]
DEADLY = """
    import os, signal
    from openloop import signal as make_signal

    @make_signal
    def deadly(candidate):
        if candidate.prompt == "3+4=" and candidate.index == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return candidate.completion.strip() == candidate.row["answer"]
"""


@pytest.mark.integration
def test_a_row_that_kills_its_worker_is_recorded_as_failed_and_no_other(
    recipe: Callable[..., Path], tmp_path: Path
) -> None:
    write_code(tmp_path / "deadly.py", DEADLY)
    arms = {"verified": verified_by("deadly.py:deadly")}
    prompts = {"path": "rows.jsonl", "batch": 120}
    path = recipe(arms=arms, seeds=[0], rounds=1, prompts=prompts, train_rows=None, workers=1)
    run_recipe(path, tmp_path / "run")
    (scored,) = finished(tmp_path / "run", "score", "loop")
    assert (scored.result["generated"], scored.result["scored"], scored.result["error"]) == (240, 239, 1)
    (selected,) = finished(tmp_path / "run", "select")
    assert selected.result["dropped"]["unscored:error"] == 1
    (failed,) = [row for row in table(tmp_path / "run", "score", "loop").to_pylist() if row["outcome"] == "error"]
    assert failed["reason"] == "worker died (signal 9)"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 1 / (candidate.prompt != '3+4=')", "ZeroDivisionError: division by zero"),
        ("return True if candidate.prompt != '3+4=' else float('nan')", "nan"),
        ("return 1 if candidate.prompt != '3+4=' else 7", "out_of_range"),
        ("return True if candidate.prompt != '3+4=' else 'yes'", "returned str, not a number"),
        ("return True if candidate.prompt != '3+4=' else exit(3)", "SystemExit: 3"),
    ],
)
def test_a_signal_that_breaks_on_one_row_loses_that_row_only(
    openloop: OpenLoop, recipe: OpenLoop, tmp_path: Path, body: str, reason: str
) -> None:
    path, directory = recipe(**judged_by(tmp_path, body), seeds=[0]), tmp_path / "run"
    said = openloop("run", path, "--dir", directory, "--json", "--set", "prompts={path: rows.jsonl, batch: 120}")
    assert said.code == 0
    rows = said.json["arms"]["mine"]["rows"][0]
    assert (rows["error"], rows["scored"], rows["kept"]) == (2, 238, 238)
    assert rows["dropped"] == {"unscored:error": 2}
    reasons = [row["reason"] for row in table(directory, "score", "loop").to_pylist() if row["outcome"] == "error"]
    assert reasons == [reason] * 2


def test_a_signal_that_returns_too_few_verdicts_scores_nothing_it_cannot_place(
    openloop: OpenLoop, recipe: OpenLoop, tmp_path: Path
) -> None:
    changes = judged_by(tmp_path, "return [1.0]", scope="prompt")
    said = openloop("run", recipe(**changes), "--json")
    assert said.code == 0
    arms = said.json["arms"]
    assert arms["mine"]["seeds"]["0"]["status"] == "ended"
    assert "120 of 120 rows unscored" in arms["mine"]["seeds"]["0"]["reason"]
    assert arms["closed"]["seeds"]["0"]["status"] == "done"


# ---- code typed into a notebook, or piped into Python: no worker process can import it ---------------------------

SESSION = """
import linecache
import openloop
from openloop import models, signal

def cell(source, number):
    # As a notebook does: the cell's lines can be looked up, but no file of that name exists.
    name = f"<cell {number}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    exec(compile(source, name, "exec"), globals())
"""
CELL = """
limit = {limit}

def helper(text):
    return len(text) {sign} limit

@signal
def short(candidate):
    return helper(candidate.completion)
"""


def session(folder: Path, *, limit: int = 3, sign: str = "<", workers: int = 1) -> tuple[str, str]:
    """Score ten rows with a signal from a cell; what it printed (stage, verdicts) and what it said."""
    code = SESSION + dedent(f"""
        cell({CELL.format(limit=limit, sign=sign)!r}, 1)
        run = openloop.Run({str(folder)!r}, workers={workers})
        rows = [{{"prompt": f"{{i}}+1=", "answer": str(i + 1)}} for i in range(10)]
        pool = run.sample(models.simulated(error=0.0), rows)
        verdicts = run.score(pool, short)
        print(verdicts.stages[0].fingerprint, verdicts.counts["scored"])
        run.close()
        """)
    done = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_signal_from_a_notebook_scores_in_this_process_and_says_so(tmp_path: Path) -> None:
    out, err = session(tmp_path / "run")
    assert out.split()[1] == "10"
    assert "signal 'short' is defined where worker processes cannot import it" in err
    assert "it runs in this process" in err


def test_the_same_cell_again_is_the_same_signal(tmp_path: Path) -> None:
    first, _ = session(tmp_path / "run", workers=0)
    again, said = session(tmp_path / "run", workers=1)
    assert first == again
    assert "worker" not in said  # nothing was left to do


@pytest.mark.parametrize("change", [{"limit": 4}, {"sign": ">"}], ids=["a global", "a helper's source"])
def test_what_a_cell_refers_to_is_part_of_its_identity(tmp_path: Path, change: dict[str, object]) -> None:
    first, _ = session(tmp_path / "run", workers=0)
    changed, _ = session(tmp_path / "run", workers=0, **change)  # type: ignore[arg-type]
    assert first.split()[0] != changed.split()[0]


def test_a_signal_whose_source_is_nowhere_must_name_its_version(tmp_path: Path) -> None:
    code = dedent(f"""
        import openloop
        from openloop import models, signal
        @signal
        def typed(candidate):
            return True
        run = openloop.Run({str(tmp_path / "run")!r})
        pool = run.sample(models.simulated(), [{{"prompt": "1+1=", "answer": "2"}}])
        try:
            run.score(pool, typed)
        except openloop.errors.IdentityError as error:
            print(error)
        """)
    done = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, timeout=60)
    assert "its source cannot be read" in done.stdout, done.stderr
    assert "version" in done.stdout
