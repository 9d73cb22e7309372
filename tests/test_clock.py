"""What hangs costs its own rows: in this process, in a worker, and where it hears no alarm."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

import openloop as package
from openloop import models, signals
from openloop.clock import Late, limited
from openloop.records import Candidate, Outcome
from openloop.signals.base import checked

HANGS = {
    "sleeps": "time.sleep(3600)",
    "counts": "while True: pass",
    "catches what is raised": "while True:\n            try: time.sleep(3600)\n            except Exception: pass",
    "matches": "re.fullmatch('(a+)+b', 'a' * 60)",
    "waits for a lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "listens": "a, b = socket.socketpair(); a.recv(1)",
}


def hanging(folder: Path, body: str, seconds: float = 0.3) -> Any:
    """A signal in a file of its own that hangs on completion 3."""
    from openloop.user_code import import_user_file

    path = folder / "hanging.py"
    path.write_text(
        "import re, socket, threading, time\nfrom openloop import signal\n"
        f"@signal(seconds={seconds})\ndef judge(candidate):\n"
        f"    if candidate.completion == '3':\n        {body}\n    return True\n"
    )
    return import_user_file(path).judge


@pytest.mark.parametrize("how", HANGS)
@pytest.mark.parametrize("workers", [0, 1])
def test_a_row_that_hangs_is_a_timeout(how: str, workers: int, tmp_path: Path) -> None:
    run = package.Run(tmp_path / "run", workers=workers)
    numbers = models.function(lambda prompt, seed: prompt[1:], name="numbers")
    pool = run.sample(numbers, [f"q{i}" for i in range(6)])
    began = time.monotonic()
    verdicts = run.score(pool, hanging(tmp_path, HANGS[how]))
    assert time.monotonic() - began < 20
    assert [v.outcome.value for v in verdicts] == ["scored"] * 3 + ["timeout"] + ["scored"] * 2
    run.close()


@pytest.mark.slow
def test_what_hears_no_alarm_ends_its_worker_and_costs_its_row(tmp_path: Path) -> None:
    run = package.Run(tmp_path / "run", workers=1)
    numbers = models.function(lambda prompt, seed: prompt[1:], name="numbers")
    pool = run.sample(numbers, [f"q{i}" for i in range(5)])
    verdicts = run.score(pool, hanging(tmp_path, "sum(range(10**14))"))
    assert [v.outcome.value for v in verdicts] == ["scored"] * 3 + ["error"] + ["scored"]
    run.close()


def test_a_group_that_hangs_is_a_timeout_of_its_prompt() -> None:
    @package.signal(scope="prompt", seconds=0.1)
    def slow(group: Any) -> list[bool]:
        if group[0].prompt_id == "p1":
            time.sleep(60)
        return [True] * len(group)

    rows = [Candidate(f"c{i}", f"p{i % 3}", "q", "a") for i in range(6)]
    assert [v.outcome for v in slow.score(rows)] == [Outcome.SCORED, Outcome.TIMEOUT, Outcome.SCORED] * 2


def test_a_reward_that_hangs_on_one_row_scores_the_others() -> None:
    def reward(prompts: Any, completions: Any, **_: Any) -> list[float]:
        if "3" in completions:
            time.sleep(60)
        return [1.0] * len(completions)

    rows = [Candidate(f"c{i}", "p", "q", str(i % 10)) for i in range(9)]
    found = checked(signals.from_reward(reward, seconds=0.2), rows)
    assert [v.outcome is Outcome.TIMEOUT for v in found] == [i == 3 for i in range(9)]


def test_a_pattern_that_takes_for_ever_is_a_timeout() -> None:
    rows = [Candidate("a", "p", "q", "a" * 60), Candidate("b", "p", "q", "ab")]
    assert [v.outcome.value for v in signals.format(pattern="(a+)+b").score(rows)] == ["timeout", "scored"]


def test_clocks_may_be_nested() -> None:
    began = time.monotonic()
    with pytest.raises(Late), limited(0.4):
        with limited(60.0):
            time.sleep(0.1)
        time.sleep(60)
    assert 0.3 < time.monotonic() - began < 5
    with limited(0.1):
        pass
    time.sleep(0.2)  # no alarm is left


def test_in_another_thread_there_is_no_limit_and_no_crash() -> None:
    found: list[str] = []

    def work() -> None:
        with limited(0.01):
            time.sleep(0.1)
            found.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == ["done"]


def test_the_clock_costs_little() -> None:
    fast = package.signal(lambda candidate: True)
    rows = [Candidate(f"c{i}", "p", "q", "a") for i in range(100_000)]
    began = time.monotonic()
    fast.score(rows)
    assert time.monotonic() - began < 5


def test_none_is_no_limit() -> None:
    assert package.signal(seconds=None)(lambda candidate: 1.0).score([Candidate("c", "p", "q", "a")])[0].value == 1.0
