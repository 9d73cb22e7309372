"""Work on this machine: in this process, or in worker processes that may die without taking the run along."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from openloop.errors import InputError, RunError
from openloop.run.engine.base import Died, Tell, Work, Worksite, perform
from openloop.run.engine.workers import Place, WorkerPool
from openloop.run.store.storage import Storage
from openloop.user_code import user_files

T = TypeVar("T")

RETRIES = 1
ALONE = Place(threads=None)
"""Where work that wants a process of its own is done if there are no others: it has the machine to itself."""
POLL_SECONDS = 0.2


@dataclass(eq=False)
class LocalExecutor:
    """``places`` for scoring, sampling and selecting, and (``devices``) for training; none works in this process.

    Worker processes start with the first task. Where no device is named, training takes any place.
    """

    places: Sequence[Place] = ()
    devices: Sequence[Place] = ()
    stopped: bool = False
    _storage: Storage = field(default_factory=lambda: Storage(Path()))
    _on_retry: Callable[[str], None] = lambda _: None
    _pools: dict[bool, WorkerPool] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    @property
    def workers(self) -> int:
        return len(self.places)

    def attach(self, storage: Storage, on_retry: Callable[[str], None]) -> None:
        """See :class:`openloop.run.engine.base.Executor`."""
        self._storage, self._on_retry = storage, on_retry

    def map(
        self,
        work: Work[T],
        tasks: Sequence[tuple[Any, ...]],
        *,
        here: bool = False,
        training: bool = False,
        own_process: bool = False,
        tell: Tell | None = None,
    ) -> Iterator[tuple[int, T | Died]]:
        """See :class:`openloop.run.engine.base.Executor`."""
        on_device = training and bool(self.devices)
        tell = tell or (lambda _: None)
        if here or not (self.places or on_device or own_process):
            worksite = Worksite(self._storage, tell)
            for number, task in enumerate(tasks):
                self.require_running()
                yield number, perform(work, worksite, task)
            return
        waiting: dict[Future[T | Died], tuple[int, int]] = {}
        try:
            for number, task in enumerate(tasks):
                waiting[self._submit(on_device, work, task, tell)] = (number, 0)
            while waiting:
                for future in wait(waiting, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done:
                    number, tries = waiting.pop(future)
                    result = self._result(future)
                    if isinstance(result, Died) and tries < RETRIES:
                        self._on_retry(result.reason)
                        waiting[self._submit(on_device, work, tasks[number], tell)] = (number, tries + 1)
                    else:
                        yield number, result
                self.require_running()
        finally:
            for future in waiting:
                future.cancel()

    def _submit(self, on_device: bool, work: Work[T], task: tuple[Any, ...], tell: Tell) -> Future[T | Died]:
        with self._mutex:
            self.require_running()
            if on_device not in self._pools:
                places = self.devices if on_device else self.places or [ALONE]
                self._pools[on_device] = WorkerPool(places, user_files(), self._storage)
            return self._pools[on_device].submit(work, task, tell)

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
        """See :class:`openloop.run.engine.base.Executor`."""
        if self.stopped:
            raise RunError("stopped before it finished; run the same command again to resume")

    def stop(self) -> None:
        """Kill the workers now; what they were doing is lost, what was committed is kept."""
        self.stopped = True
        self.close()

    def close(self) -> None:
        """Let the workers go. An executor that was not stopped starts them anew when it needs them."""
        with self._mutex:
            pools = list(self._pools.values())
            self._pools.clear()
        for pool in pools:
            pool.stop()


def local(workers: int = 0) -> LocalExecutor:
    """Worker processes on this machine, one thread each; 0 works in this process. Raises InputError."""
    if workers < 0:
        raise InputError(f"workers: at least 0 (0 works in this process), got {workers}.")
    return LocalExecutor([Place()] * workers)
