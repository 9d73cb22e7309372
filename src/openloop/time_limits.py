"""A call that may hang says how many seconds it may take, and there is one way to end it.

    with time_limit(5.0): judge(candidate)              # TimeLimitExceeded after five seconds
    with OwnProcess("package.module:function", 5.0) as process: process.call("an argument")

The clock is the alarm of the process that runs the call. It reaches the main thread only: in any other thread there is
no limit. A loop in C does not hear it; so in a process that can be replaced (a worker, an :class:`OwnProcess`) a call
that goes on for :data:`GRACE` seconds more ends the process, and whoever started it finds the row that did it.
"""

from __future__ import annotations

import faulthandler
import functools
import importlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self, TextIO

from openloop.errors import InputError

DEFAULT_SECONDS = 60.0
"""What a call may take unless told otherwise."""
GRACE = 5.0
"""Seconds more until a call that ignores its alarm ends its process."""
WATCH = 1.0
"""Seconds between two settings of the watchdog, which cost 50 µs each."""
TOGETHER = 32
"""Calls sent to a process of its own at once."""
ROOM = 32_768
"""Characters of them: half of what a pipe holds, so that sending never waits for what is being computed."""


class TimeLimitExceeded(BaseException):
    """A call took longer than it may. Not an Exception: what scores may catch those."""


class CallFailed(Exception):
    """A call in a process of its own raised, or its process ended."""


def require_seconds(seconds: float | None, who: str) -> float | None:
    """Check a time limit; None is no limit. Raises InputError."""
    if seconds is not None and not seconds > 0:
        raise InputError(f"{who}: seconds must be above 0, or None for no limit; got {seconds}.")
    return seconds


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise :class:`TimeLimitExceeded` inside the block when it takes longer; None is no limit.

    Limits may be nested: the one that is over first counts.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, _exceeded)
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    nested = before is _exceeded and left > 0
    if _watchdog is not None and not nested:
        _watchdog.watch(seconds)
    signal.setitimer(signal.ITIMER_REAL, min(seconds, left) if nested else seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(1e-3, left - (time.monotonic() - began)))


def _exceeded(*_: object) -> None:
    raise TimeLimitExceeded


# ---- where a process may be ended -----------------------------------------------------------------------


@dataclass
class Watchdog:
    """Ends this process when a call ignores its alarm: a thread of C, which no loop can hold up."""

    end_after: Callable[[float], None]
    """Ends the process after so many seconds; each setting replaces the one before."""
    cancel: Callable[[], None]
    grace: float = GRACE
    now: Callable[[], float] = time.monotonic
    _set_at: float = -math.inf
    _ends_at: float = -math.inf

    def watch(self, seconds: float) -> None:
        """A call begins. Setting the watchdog is dear, so one setting serves the calls of a second."""
        now = self.now()
        end = now + seconds + self.grace
        if now > self._set_at + WATCH or end > self._ends_at:
            self._set_at, self._ends_at = now, end + WATCH
            self.end_after(self._ends_at - now)

    def rest(self) -> None:
        """No call is running."""
        if self._ends_at > -math.inf:
            self._set_at = self._ends_at = -math.inf
            self.cancel()


_watchdog: Watchdog | None = None
"""None where this process must not be ended."""


def end_this_process_when_ignored(last_words: TextIO | None = None, grace: float = GRACE) -> None:
    """From now on a call that ignores its alarm ends this process, after writing a traceback to ``last_words``."""
    global _watchdog
    file = last_words or open(os.devnull, "w")  # noqa: PTH123, SIM115  # as long as the process lives
    end_after = functools.partial(faulthandler.dump_traceback_later, exit=True, file=file)
    _watchdog = Watchdog(end_after, faulthandler.cancel_dump_traceback_later, grace)


def no_call_is_running() -> None:
    """Say that what follows has no time limit: a caller says so when its last limited call has returned."""
    if _watchdog is not None and signal.getitimer(signal.ITIMER_REAL)[0] == 0:  # or a call around it has a limit
        _watchdog.rest()


# ---- a process of its own -------------------------------------------------------------------------------


@dataclass
class OwnProcess:
    """Calls a ``module:function`` in one process beside this one; a call that hangs or dies loses itself only.

    Arguments and results are JSON: nothing that comes back is executed. The process starts with the first call, and
    anew after one that hung or died. Starting it counts against no call.
    """

    function: str
    seconds: float | None
    """Of one call."""
    grace: float = GRACE
    _process: subprocess.Popen[bytes] | None = None

    def call(self, *arguments: Any) -> Any:
        """What the function returns. Raises TimeLimitExceeded, or CallFailed with the reason."""
        (outcome,) = self.calls([arguments])
        if isinstance(outcome, TimeLimitExceeded | CallFailed):
            raise outcome
        return outcome

    def calls(self, many: Iterable[Sequence[Any]]) -> Iterator[Any]:
        """What the function returns for each of many arguments, in order; where a call is late or fails, the exception.

        Up to :data:`TOGETHER` calls are sent at once: waiting for each answer would take as long as many a call.
        """
        waiting = (json.dumps(arguments) for arguments in many)
        for sent in _portions(waiting):
            while sent:
                outcomes = self._answers(sent)
                yield from outcomes
                sent = sent[len(outcomes) :]  # what came after a call that ended the process is sent again

    def _answers(self, sent: Sequence[str]) -> list[Any]:
        """What became of some calls, up to the first that ended the process."""
        process, outcomes = self._running(), list[Any]()
        assert process.stdin is not None and process.stdout is not None, "it is made with pipes"
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(f"[{','.join(sent)}]\n".encode())
                process.stdin.flush()
            while len(outcomes) < len(sent) and (line := process.stdout.readline()).startswith(b"["):
                what, result = json.loads(line)
                outcomes.append(
                    result if what == "returned" else TimeLimitExceeded() if what == "exceeded" else CallFailed(result)
                )
        except BaseException:
            self.close()  # an answer that nobody waits for must not be taken for the next one
            raise
        if len(outcomes) < len(sent):
            if line:  # the watchdog's last words
                outcomes.append(TimeLimitExceeded())
            else:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(self.grace)
                outcomes.append(CallFailed(f"its process ended ({process.returncode})"))
            self.close()
        return outcomes

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                assert pipe is not None, "it is made with pipes"
                pipe.close()
        process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            code = (
                f"import sys; sys.path[:] = {sys.path!r}\n"
                f"from openloop.time_limits import _serve; _serve({self.function!r}, {self.seconds!r}, {self.grace!r})"
            )
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        return self._process


def _serve(name: str, seconds: float | None, grace: float) -> None:
    """The life of such a process: a JSON line in, a JSON line out. A line that is not JSON is the watchdog's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the function prints is not an answer
    end_this_process_when_ignored(answers, grace)
    module, _, attribute = name.partition(":")
    function = getattr(importlib.import_module(module), attribute)
    for line in sys.stdin:
        for arguments in json.loads(line):
            try:
                with time_limit(seconds):
                    answer = ["returned", function(*arguments)]
            except TimeLimitExceeded:
                answer = ["exceeded", None]
            except Exception as error:
                answer = ["raised", f"{type(error).__name__}: {error}"[:300]]
            answers.write(json.dumps(answer) + "\n")
            answers.flush()  # so that a call that ends this process loses itself only
        no_call_is_running()


def _portions(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in lists of at most :data:`TOGETHER`, and of :data:`ROOM` characters where one alone has no more."""
    portion, size = list[str](), 0
    for text in texts:
        if portion and (len(portion) == TOGETHER or size + len(text) > ROOM):
            yield portion
            portion, size = [], 0
        portion.append(text)
        size += len(text)
    if portion:
        yield portion
