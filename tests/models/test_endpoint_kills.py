"""Sampling over HTTP, killed at random instants: nothing committed is asked for again, and no row is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import openloop
from openloop import models
from openloop.run.store import Store
from openloop.testing import FaultyServer, canonical
from openloop.testing.faulty_server import ANSWERED, FAULTS

PASSING = sorted(FAULTS.keys() - ANSWERED - {"stall"})
ROWS = 150
SCRIPT = f"""
import sys, openloop
from openloop import models
run = openloop.Run(sys.argv[1])
rows = [{{"prompt": f"question {{i}}", "answer": str(i)}} for i in range({ROWS})]
run.sample(models.endpoint(url=sys.argv[2], model="faulty", backoff=0.01, concurrency=16), rows, k=4)
run.close()
"""


def killed_until_done(folder: Path, server: FaultyServer, kills: int, seed: int) -> int:
    """Kill the run at random instants so often; then let it end. Returns how often it was killed while it worked."""
    rng, done = random.Random(seed), 0
    for number in range(kills + 1):
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder), server.url])
        if number == kills:
            assert process.wait(timeout=120) == 0
            return done
        time.sleep(rng.uniform(0.3, 0.9))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            done += 1
        process.wait()
    return done


def check(tmp_path: Path, kills: int, seed: int) -> int:
    with FaultyServer(PASSING, share=0.3, latency=0.02, slots=8) as server:
        killed = killed_until_done(tmp_path / "killed", server, kills, seed)
        answered = sum(server.answered.values())
        assert len(server.answered) == ROWS * 4
    with FaultyServer() as server:
        rows = [{"prompt": f"question {i}", "answer": str(i)} for i in range(ROWS)]
        run = openloop.Run(tmp_path / "whole")
        run.sample(models.endpoint(url=server.url, model="faulty"), rows, k=4)
        run.close()
    assert canonical(tmp_path / "killed") == canonical(tmp_path / "whole")
    # Asked again: only what was in flight at a kill, which the run recorded as possibly paid.
    events = Store.read(tmp_path / "killed").journal.events()
    possibly = sum(detail["requests"] for _, kind, detail in events if kind == "possibly_paid")
    assert answered - ROWS * 4 <= possibly <= killed * (16 * 1.25 + 1 + 16)
    return killed


def test_ten_kills(tmp_path: Path) -> None:
    assert check(tmp_path, 10, 1) >= 3


@pytest.mark.slow
def test_a_hundred_kills(tmp_path: Path) -> None:
    killed = sum(check(tmp_path / str(seed), 12, seed) for seed in range(2, 14))
    assert killed >= 60
