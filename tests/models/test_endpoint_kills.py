"""Sampling over HTTP and killed again and again: nothing committed is asked for again, and no row is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from openloop.testing import FaultyServer, canonical
from openloop.testing.faulty_server import ANSWERED, FAULTS
from tests.support.kills import ASKED, Killer, Program, most_in_flight
from tests.support.runs import possibly_paid
from tests.support.user_files import write_code

pytestmark = pytest.mark.integration
PASSING = sorted(FAULTS.keys() - ANSWERED - {"stall"})
ROWS, K, AT_ONCE = 150, 4, 16
SCRIPT = f"""
    import sys, openloop
    from openloop import models
    run = openloop.Run(sys.argv[1])
    rows = [{{"prompt": f"question {{i}}", "answer": str(i)}} for i in range({ROWS})]
    run.sample(models.endpoint(url=sys.argv[2], model="faulty", backoff=0.01, concurrency={AT_ONCE}), rows, k={K})
    run.close()
"""


def sample_and_kill(folder: Path, kills: int, seed: int) -> None:
    """As many kills as asked for, and the rows of a run that met neither a kill nor a fault."""
    folder.mkdir(exist_ok=True)
    script, killer = write_code(folder / "sample.py", SCRIPT), Killer()
    with FaultyServer(answer=killer) as server:
        whole = Program([script, folder / "whole", server.url], folder / "whole", killer)
        places = whole.count_places()
    with FaultyServer(PASSING, share=0.3, slots=8, answer=killer) as server:
        killed = Program([script, folder / "killed", server.url], folder / "killed", killer)
        done = killed.run_killed({place: places[place] for place in (ASKED, "replies")}, kills, seed)
        answered, distinct = sum(server.answered.values()), len(server.answered)
    assert len(done) >= 0.7 * kills and {kill.place for kill in done} == {ASKED, "replies"}, done
    assert distinct == ROWS * K
    assert canonical(killed.directory) == canonical(whole.directory)
    # Asked again: only what was in flight at a kill, which the run recorded as possibly paid.
    assert answered - distinct <= possibly_paid(killed.directory) <= len(done) * most_in_flight(AT_ONCE)


def test_ten_kills(tmp_path: Path) -> None:
    sample_and_kill(tmp_path, 10, seed=1)


@pytest.mark.slow
def test_a_hundred_kills(tmp_path: Path) -> None:
    for seed in range(2, 14):
        sample_and_kill(tmp_path / str(seed), 9, seed)
