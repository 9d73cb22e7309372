"""Where work runs: in this process, or in worker processes that may die without taking the run along.

``Engine.map`` is the only seam: a function and its parts go out, results come back, and the caller, the one
writer, commits them. A worker that dies (killed, out of memory, a crash in C) costs its part one retry; a
second death returns :class:`Died` for that part, and no other part is touched.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from openloop.errors import InputError, RunError
from openloop.run.engine.workers import Died, WorkerPool
from openloop.user_code import user_files

T = TypeVar("T")

RETRIES = 1
POLL_SECONDS = 0.2


@dataclass(eq=False)
class Engine:
    """Runs functions over parts. ``workers=0`` is this process; worker processes start with the first part."""

    workers: int = 0
    on_retry: Callable[[str], None] | None = None
    stopped: bool = False
    _pool: WorkerPool | None = None
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def map(
        self, function: Callable[..., T], parts: Sequence[tuple[Any, ...]], *, here: bool = False
    ) -> Iterator[tuple[int, T | Died]]:
        """Yield ``(part number, result or Died)`` as parts finish.

        ``here=True`` keeps the work in this process: for what cannot be sent to another one. An exception
        that the function raises is raised here, and the parts not yet started are cancelled.
        """
        if here or not self.workers:
            for number, arguments in enumerate(parts):
                self.require_running()
                yield number, function(*arguments)
            return
        waiting: dict[Future[T | Died], tuple[int, int]] = {}
        try:
            for number, arguments in enumerate(parts):
                waiting[self._submit(function, arguments)] = (number, 0)
            while waiting:
                for future in wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done:
                    number, tries = waiting.pop(future)
                    result = self._result(future)
                    if isinstance(result, Died) and tries < RETRIES:
                        if self.on_retry is not None:
                            self.on_retry(result.reason)
                        waiting[self._submit(function, parts[number])] = (number, tries + 1)
                    else:
                        yield number, result
                self.require_running()
        finally:
            for future in waiting:
                future.cancel()

    def call(self, function: Callable[..., T], *arguments: Any, here: bool = False) -> T | Died:
        """Run one function on one part."""
        return next(result for _, result in self.map(function, [arguments], here=here))

    def _submit(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> Future[T | Died]:
        with self._mutex:
            self.require_running()
            if self._pool is None:
                self._pool = WorkerPool(self.workers, user_files())
            return self._pool.submit(function, arguments)

    def _result(self, future: Future[T | Died]) -> T | Died:
        try:
            result = future.result()
        except CancelledError:
            self.require_running()
            raise
        if isinstance(result, Died):
            self.require_running()  # a worker that we killed ourselves is no accident
        return result

    def require_running(self) -> None:
        """Raise when the engine was stopped: long work asks between its steps."""
        if self.stopped:
            raise RunError("stopped before it was done; run the same command again to go on")

    def stop(self) -> None:
        """Kill the workers now; what they were doing is lost, what was committed is kept."""
        self.stopped = True
        self.close()

    def close(self) -> None:
        """Let the workers go. An engine that was not stopped starts them anew when it needs them."""
        with self._mutex:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()


def require_workers(workers: int) -> int:
    """Check a number of workers."""
    if workers < 0:
        raise InputError(f"workers: at least 0 (0 works in this process), got {workers}.")
    return workers
