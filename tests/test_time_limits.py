"""What hangs loses its own rows: in this process, in a worker, in a process of its own, and where it hears no alarm."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import openloop as package
from openloop import models
from openloop.errors import InputError
from openloop.time_limits import (
    GRACE,
    WATCH,
    CallFailed,
    OwnProcess,
    TimeLimitExceeded,
    Watchdog,
    require_seconds,
    time_limit,
)
from openloop.user_code import import_user_file
from tests.support.calls import DEAF, DIES, HANGS, RAISES


def alarm() -> float:
    """Seconds until this process's alarm; 0 where none is set."""
    return signal.getitimer(signal.ITIMER_REAL)[0]


# ---- in this process ------------------------------------------------------------------------------------


def test_a_block_that_takes_too_long_is_ended_and_leaves_no_alarm() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeLimitExceeded), time_limit(0.05):
        time.sleep(60)
    assert alarm() == 0 and signal.getsignal(signal.SIGALRM) is before
    with time_limit(60.0):
        assert alarm() > 0
    assert alarm() == 0 and signal.getsignal(signal.SIGALRM) is before


def test_of_nested_limits_the_one_that_is_over_first_counts() -> None:
    with pytest.raises(TimeLimitExceeded), time_limit(0.05), time_limit(60.0):
        time.sleep(60)
    with time_limit(100.0):
        with time_limit(1000.0):
            assert 0 < alarm() <= 100
        with time_limit(50.0):
            assert 0 < alarm() <= 50
        assert 50 < alarm() <= 100
    assert alarm() == 0


def test_an_outer_limit_holds_after_an_inner_one_was_exceeded() -> None:
    with pytest.raises(TimeLimitExceeded), time_limit(2.0):
        with pytest.raises(TimeLimitExceeded), time_limit(0.01):
            time.sleep(60)
        time.sleep(60)


def test_none_is_no_limit() -> None:
    with time_limit(None):
        assert alarm() == 0


def test_in_another_thread_there_is_no_limit_and_no_crash() -> None:
    found: list[float] = []

    def work() -> None:
        with time_limit(0.001):
            found.append(alarm())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [0]


def test_what_ends_a_call_is_not_caught_by_what_catches_exceptions() -> None:
    assert not issubclass(TimeLimitExceeded, Exception)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_seconds_that_are_no_time_are_refused(seconds: float) -> None:
    with pytest.raises(InputError, match="mine: seconds must be above 0"):
        require_seconds(seconds, "mine")
    assert require_seconds(None, "mine") is None


# ---- the watchdog, with a clock of its own --------------------------------------------------------------


class Watched:
    """A watchdog whose clock is a number and whose settings are noted: ``(when, ends at)``, or "cancelled"."""

    def __init__(self) -> None:
        self.time, self.settings = 0.0, list[Any]()
        self.dog = Watchdog(
            lambda seconds: self.settings.append((self.time, self.time + seconds)),
            lambda: self.settings.append("cancelled"),
            now=lambda: self.time,
        )

    def ends_at(self) -> float:
        return float(self.settings[-1][1])


def test_many_short_calls_share_a_setting_and_none_ends_early() -> None:
    watched = Watched()
    for step in range(1000):
        watched.time = step * WATCH / 250
        watched.dog.watch(5.0)
        assert watched.time + 5.0 + GRACE <= watched.ends_at() <= watched.time + 5.0 + GRACE + WATCH
    assert len(watched.settings) <= 4


def test_a_call_that_may_take_longer_moves_the_end() -> None:
    watched = Watched()
    watched.dog.watch(1.0)
    watched.time = WATCH / 2
    watched.dog.watch(500.0)
    assert watched.ends_at() >= watched.time + 500.0 + GRACE


def test_where_no_call_runs_nothing_ends_the_process() -> None:
    watched = Watched()
    watched.dog.rest()
    assert watched.settings == []  # nothing was set
    watched.dog.watch(1.0)
    watched.dog.rest()
    watched.dog.rest()
    assert watched.settings[1:] == ["cancelled"]
    watched.dog.watch(1.0)
    assert watched.settings[2:] == [(0.0, 1.0 + GRACE + WATCH)]


# ---- in a process of its own ----------------------------------------------------------------------------


@pytest.fixture
def process() -> Iterator[OwnProcess]:
    with OwnProcess("tests.support.calls:odd", seconds=2.0, grace=1.0) as made:
        yield made


def answers(process: OwnProcess, *numbers: int) -> list[Any]:
    found: list[Any] = []
    for n in numbers:
        try:
            found.append(process.call(n))
        except (TimeLimitExceeded, CallFailed) as error:
            found.append(f"{type(error).__name__} {error}".strip())
    return found


@pytest.mark.integration
def test_a_call_that_hangs_raises_or_dies_loses_itself_only(process: OwnProcess) -> None:
    assert answers(process, 1, HANGS, 2, RAISES, 4, DIES, 6) == [
        1,
        "TimeLimitExceeded",
        2,
        "CallFailed ValueError: seven",
        4,
        "CallFailed its process ended (9)",
        6,
    ]


@pytest.mark.integration
def test_of_many_calls_sent_together_each_has_its_own_outcome(process: OwnProcess) -> None:
    found = list(process.calls([n] for n in [1, HANGS, 2, RAISES, 4, DIES, 6, DEAF, 8, DIES]))
    assert [repr(outcome) for outcome in found] == [
        "1",
        "TimeLimitExceeded()",
        "2",
        "CallFailed('ValueError: seven')",
        "4",
        "CallFailed('its process ended (9)')",
        "6",
        "TimeLimitExceeded()",
        "8",
        "CallFailed('its process ended (9)')",
    ]


def test_every_one_of_very_many_calls_is_answered_in_order_and_a_large_one_goes_alone() -> None:
    texts = [f"{n}" + "x" * (200_000 if n in (3, 70) else n) for n in range(100)]
    with OwnProcess("tests.support.calls:same", seconds=60.0) as process:
        assert list(process.calls([text] for text in texts)) == texts
        assert list(process.calls([])) == []


def test_answers_that_nobody_took_are_not_taken_for_the_next_ones() -> None:
    with OwnProcess("tests.support.calls:same", seconds=60.0) as process:
        assert next(process.calls([[n] for n in range(100)])) == 0
        assert process.call(7) == 7


@pytest.mark.integration
def test_a_call_that_hears_no_alarm_ends_its_process_and_is_late(process: OwnProcess) -> None:
    assert answers(process, 1, DEAF, 2) == [1, "TimeLimitExceeded", 2]


@pytest.mark.integration
def test_an_answer_that_nobody_waited_for_is_not_taken_for_the_next() -> None:
    with OwnProcess("tests.support.calls:odd", seconds=None) as process:
        assert process.call(1) == 1
        with pytest.raises(TimeLimitExceeded), time_limit(0.05):
            process.call(HANGS)
        assert process.call(2) == 2


def test_a_process_that_was_never_asked_never_started() -> None:
    with OwnProcess("nowhere:nothing", seconds=1.0):
        pass


# ---- in a run -------------------------------------------------------------------------------------------

HOW = {
    "sleeps": "time.sleep(3600)",
    "counts": "while True: pass",
    "catches what is raised": "while True:\n            try: time.sleep(3600)\n            except Exception: pass",
    "matches": "re.fullmatch('(a+)+b', 'a' * 60)",
    "waits for a lock": "lock = threading.Lock(); lock.acquire(); lock.acquire()",
    "listens": "a, b = socket.socketpair(); a.recv(1)",
}


def outcomes(folder: Path, body: str, workers: int) -> list[str]:
    """Of five rows, judged by a function in a file of its own that hangs on the fourth."""
    path = folder / "hanging.py"
    path.write_text(
        "import re, socket, threading, time\nfrom openloop import signal\n"
        "@signal(seconds=2.0)\ndef judge(candidate):\n"
        f"    if candidate.completion == '3':\n        {body}\n    return True\n"
    )
    run = package.Run(folder / "run", workers=workers)
    pool = run.sample(models.function(lambda prompt, seed: prompt[1:], name="numbers"), [f"q{i}" for i in range(5)])
    found = [verdict.outcome.value for verdict in run.score(pool, import_user_file(path).judge)]
    run.close()
    return found


@pytest.mark.parametrize("how", HOW)
def test_a_row_that_hangs_is_a_timeout(how: str, tmp_path: Path) -> None:
    assert outcomes(tmp_path, HOW[how], workers=0) == ["scored"] * 3 + ["timeout", "scored"]


@pytest.mark.integration
@pytest.mark.parametrize("how", HOW)
def test_a_row_that_hangs_in_a_worker_is_a_timeout(how: str, tmp_path: Path) -> None:
    assert outcomes(tmp_path, HOW[how], workers=1) == ["scored"] * 3 + ["timeout", "scored"]


@pytest.mark.slow
def test_what_hears_no_alarm_ends_its_worker_and_loses_its_row(tmp_path: Path) -> None:
    assert outcomes(tmp_path, "sum(range(10**14))", workers=1) == ["scored"] * 3 + ["error", "scored"]
