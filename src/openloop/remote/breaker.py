"""No requests while the server is down, but for one at a time that tries whether it is back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

TURNS = 3


@dataclass
class Breaker:
    """Opens after so many failures in a row: everything waits, one request at a time tries, and rows are not failed."""

    after: int = 8
    first_pause: float = 1.0
    longest_pause: float = 30.0
    failures: int = 0
    opened: int = 0
    """How often it opened in this trouble."""
    until: float = 0.0
    trying: bool = False
    holder: int | None = None
    """The request that tries while all others wait; after :data:`TURNS` failures another one does."""
    turns: int = 0

    @property
    def open(self) -> bool:
        """Whether the server counts as down."""
        return self.opened > 0

    async def ready(self, request: int) -> None:
        """Return at once while closed; else when the pause is over and no other request is trying."""
        loop = asyncio.get_running_loop()
        while self.open and (self.trying or self.holder not in (None, request) or loop.time() < self.until):
            await asyncio.sleep(max(0.005, min(0.25, self.until - loop.time())))
        if self.open:
            self.trying, self.holder = True, request

    def succeeded(self) -> None:
        """The server answers."""
        self.failures, self.opened, self.trying, self.holder, self.turns = 0, 0, False, None, 0

    def failed(self, request: int) -> None:
        """The server did not."""
        self.failures += 1
        tried = self.trying and request == self.holder
        if self.failures >= self.after and (not self.open or tried):
            pause = min(self.longest_pause, self.first_pause * 2**self.opened)
            self.opened += 1
            self.until = asyncio.get_running_loop().time() + pause
        if tried:
            self.trying = False
            self.turns += 1
            if self.turns == TURNS:
                self.gave_up(request)

    def gave_up(self, request: int) -> None:
        """A request will not try again: another one may."""
        if request == self.holder:
            self.trying, self.holder, self.turns = False, None, 0
