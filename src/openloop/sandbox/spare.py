"""A sandbox that was started ahead: it waits for its program while the one before it runs.

Nothing of a program is in it, and it runs one program like any other sandbox: only its start has happened earlier. It
belongs to the process that started it, never to a fork of that process, and ends with it, however that ends.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

from openloop.sandbox.base import OVERHEAD, Limits

Start = Callable[[Limits], "subprocess.Popen[bytes]"]
_AT_ONCE = 4096
"""Bytes that an empty pipe takes whole (PIPE_BUF): enough to see whether anybody is there to read them."""


class Spare:
    """At most one waiting sandbox, of the limits asked for last. Any thread may use it."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._renew()
        os.register_at_fork(after_in_child=self._belongs_to_the_parent)

    def _renew(self) -> None:
        self._turn = threading.Lock()
        self._starting = threading.Lock()
        self._wanted: SimpleQueue[Limits] = SimpleQueue()
        self._starter: threading.Thread | None = None
        self._waiting: tuple[Limits, subprocess.Popen[bytes]] | None = None
        self._closed = False

    def take(self, limits: Limits, message: bytes) -> tuple[subprocess.Popen[bytes] | None, int]:
        """The waiting sandbox, and how many bytes of the message it has got; None where none waits for these limits.

        One that died while it waited is not taken: it had nothing of the message.
        """
        with self._turn:
            if self._waiting is None or self._waiting[0] != limits:
                return None, 0
            _, process = self._waiting
            self._waiting = None
        assert process.stdin is not None, "it is made with pipes"
        if process.poll() is None:
            with suppress(BrokenPipeError):
                return process, os.write(process.stdin.fileno(), message[:_AT_ONCE])
        _end(process)
        return None, 0

    def prepare(self, limits: Limits) -> None:
        """Start one, in a thread of its own, unless one waits for these limits."""
        from multiprocessing.util import Finalize

        with self._turn:
            if self._closed or (self._waiting and self._waiting[0] == limits):
                return
            if self._starter is None:
                # A sandbox dies with the thread that started it: this one lives as long as the process.
                self._starter = threading.Thread(target=self._keep_starting, name="openloop-spare", daemon=True)
                self._starter.start()
                atexit.register(self.close)
                Finalize(None, self.close, exitpriority=100)  # a worker of multiprocessing ends without atexit
        self._wanted.put(limits)

    def clear(self) -> None:
        """End what waits or is being started."""
        with self._starting, self._turn:
            waiting, self._waiting = self._waiting, None
        if waiting:
            _end(waiting[1])

    def close(self) -> None:
        """End what waits, for good."""
        self._closed = True
        self.clear()

    def _keep_starting(self) -> None:
        while True:
            limits = self._wanted.get()
            with self._starting:
                with self._turn:
                    waiting = self._waiting
                if self._closed or (waiting and waiting[0] == limits):
                    continue
                try:
                    started = self._start(limits)
                except (OSError, RuntimeError):  # no memory, or the interpreter ends: whoever needs one says why
                    continue
                with self._turn:
                    waiting, self._waiting = self._waiting, (limits, started)
            if waiting:
                _end(waiting[1])

    def _belongs_to_the_parent(self) -> None:
        """In a fork: leave the parent's sandbox alone and begin without one."""
        waiting = self._waiting
        self._renew()
        if waiting:
            process = waiting[1]
            process.returncode = 0  # it is no child of this process: nothing to wait for
            for pipe in (process.stdin, process.stdout, process.stderr):
                with suppress(OSError):
                    assert pipe is not None, "it is made with pipes"
                    pipe.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it end by itself, for want of a program.

    Killed while it starts, bubblewrap leaves a process behind that waits for it for ever.
    """
    with process:
        assert process.stdin is not None, "it is made with pipes"
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(OVERHEAD)
        process.kill()  # which does nothing to one that has ended
