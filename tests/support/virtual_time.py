"""An event loop whose clock jumps to the next thing to do: an hour of pauses takes no time, and none is ever late."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Waits for nothing; says how long it was asked to."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "nothing is left to do, and the test waits still"
        self.passed += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.passed


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; ``asyncio.get_running_loop().time()`` tells virtual seconds, from 0."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)
