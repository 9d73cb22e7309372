"""Processes of openloop, and waiting for what they do."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.recipes import ROOT

HANG = 120.0
"""Seconds after which something that should happen has not, however busy the machine."""


def start(*words: object) -> subprocess.Popen[str]:
    """``openloop WORDS`` as a process (and a process group) of its own."""
    return start_python("-m", "openloop", *words)


def start_python(*words: object) -> subprocess.Popen[str]:
    """Python with some words; this repository can be imported."""
    command = [sys.executable, *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, start_new_session=True, cwd=ROOT, preexec_fn=_hear_ctrl_c
    )


def _hear_ctrl_c() -> None:
    """Tests that are started in the background ignore Ctrl-C, and so would everything that they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end(process: subprocess.Popen[str]) -> str:
    """Wait for a good end; what was printed."""
    out, err = process.communicate(timeout=10 * HANG)
    assert process.returncode == 0, err
    return out


def run_recipe(recipe: Path, directory: Path, *words: str) -> None:
    """``openloop run``, which must end well."""
    end(start("run", recipe, "--dir", directory, "--json", *words))


def wait_until(condition: Callable[[], Any]) -> Any:
    """What a condition becomes when it is true."""
    give_up = time.monotonic() + HANG
    while not (value := condition()):
        assert time.monotonic() < give_up, f"did not happen within {HANG} s"
        time.sleep(0.02)
    return value


def workers_of(pid: int) -> Sequence[int]:
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
    """Whether a process runs (a zombie does not)."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1][:3]
    except OSError:
        return False
