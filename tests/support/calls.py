"""Calls that go wrong, for a process of its own to make."""

from __future__ import annotations

import os
import signal
import time

HANGS, DIES, RAISES, DEAF = 3, 5, 7, 9


def odd(n: int) -> int:
    """``n``, unless it is one of the numbers above; what it prints is not an answer."""
    if n == HANGS:
        time.sleep(60)
    if n == DIES:
        os._exit(9)
    if n == RAISES:
        raise ValueError("seven")
    if n == DEAF:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(60)
    os.write(1, b"what work prints is not an answer")
    return n


def same(said: str | int) -> str | int:
    return said
