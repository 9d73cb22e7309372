"""How many requests may be in flight: more while it goes well, half when the server is busy or slow."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

SLACK = 0.05
"""Seconds that a mean latency may grow by before it counts as trouble: less is the client's own machine."""


@dataclass
class Limiter:
    """Additive increase, multiplicative decrease, with a doubling start; lives in one event loop.

    A window is as many successes as the limit: after each the limit grows by one (doubles until the first trouble).
    Trouble halves it, once a window. A latency of three times the best seen, held over a window, is trouble too.
    Requests sent before the limit was last halved do not count towards latency: one stall does not halve it twice.
    """

    most: int
    limit: float = 4.0
    now: Callable[[], float] = time.monotonic
    """The clock that latencies are measured by, seconds."""
    flying: int = 0
    starting: bool = True
    best: float = math.inf
    """Smallest mean latency of a window, seconds."""
    _good: int = 0
    _latency: float = 0.0
    _quiet: int = 0
    """Successes to wait for before the limit may be halved again."""
    _halved: float = -math.inf
    """When, by the clock."""
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    async def enter(self) -> None:
        """Wait for a place."""
        while self.flying >= max(1, int(self.limit)):
            place = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            await place
        self.flying += 1

    def leave(self) -> None:
        """Give the place back."""
        self.flying -= 1
        self._wake()

    def succeeded(self, latency: float) -> None:
        """A reply came, after so many seconds."""
        self._quiet = max(0, self._quiet - 1)
        if self.now() - latency < self._halved:
            return
        self._good += 1
        self._latency += latency
        if self._good < self.limit:
            return
        mean = self._latency / self._good
        self._good, self._latency = 0, 0.0
        self.best = min(self.best, mean)
        if mean > max(3 * self.best, self.best + SLACK):
            self.trouble()
            return
        self.limit = min(self.most, self.limit * 2 if self.starting else self.limit + 1)
        self._wake()

    def trouble(self) -> None:
        """The server was busy, failed or slow."""
        self.starting = False
        if self._quiet == 0:
            self.limit = max(1.0, self.limit / 2)
            self._quiet = int(self.limit)
            self._halved = self.now()
        self._good, self._latency = 0, 0.0

    def _wake(self) -> None:
        room = max(1, int(self.limit)) - self.flying
        while room > 0 and self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                room -= 1
