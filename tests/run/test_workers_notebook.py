"""Code typed into a notebook or piped into Python: no file holds it, so no worker process can import it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

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
