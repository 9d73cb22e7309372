"""A clock for functions that score: a call that takes too long is ended, and only its own rows are lost.

    with limited(5.0): judge(candidate)      # Late after five seconds

The clock is this process's alarm, so it runs in the main thread only; elsewhere there is no limit. In a worker process
what ignores the alarm too (a loop in C) ends the process, and the engine finds the row that did it.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TextIO

SECONDS = 60.0
"""What a call may take unless told otherwise."""
GRACE = 5.0
"""Seconds more before a worker process that ignores the alarm is ended."""
WATCH = 1.0
"""Seconds between two looks at a worker's calls."""


class Late(BaseException):
    """A call took longer than it may. No Exception: what scores may catch those."""


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Raise :class:`Late` inside the block when it takes longer; None is no limit. Clocks may be nested."""
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    _watch(seconds)
    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, _late)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(1e-3, left - (time.monotonic() - began)))


def _late(*_: object) -> None:
    raise Late


# ---- in a worker process --------------------------------------------------------------------------------

_deadly = False
_watched = 0.0


def end_this_process() -> None:
    """From now on a call that ignores its alarm ends this process."""
    global _deadly
    _deadly = True


def rest() -> None:
    """No call is running."""
    global _watched
    _watched = 0.0
    faulthandler.cancel_dump_traceback_later()


def _watch(seconds: float) -> None:
    global _watched
    now = time.monotonic()
    if _deadly and now > _watched + WATCH:
        _watched = now
        faulthandler.dump_traceback_later(seconds + GRACE + WATCH, exit=True, file=_nowhere())


@cache
def _nowhere() -> TextIO:
    return Path(os.devnull).open("w")  # as long as the process lives
