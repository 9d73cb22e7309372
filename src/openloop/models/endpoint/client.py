"""Requests from a background event loop: jobs go in, what became of them comes out, and the caller may be slow."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from openloop.models.endpoint.sender import Done, Job, Sender

GATHER = 0.003
"""Seconds in which further replies join the first of a batch."""


@dataclass
class Client:
    """One per stage. :meth:`submit` jobs, take :meth:`results`, and keep :meth:`room` filled."""

    sender: Sender
    _results: queue.SimpleQueue[Done | BaseException] = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openloop endpoint", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.sender.start(), self._loop).result()

    def room(self) -> int:
        """How many more jobs keep the pipe full."""
        return self.sender.room()

    def submit(self, jobs: Sequence[Job]) -> None:
        """Send jobs as soon as there is room."""
        self.sender.outstanding += len(jobs)
        self._loop.call_soon_threadsafe(lambda: [self._loop.create_task(self._attend(job)) for job in jobs])

    def results(self, timeout: float) -> list[Done]:
        """What is done by now; waits for the first up to ``timeout`` seconds. Raises RunError when going on is vain."""
        found: list[Done] = []
        try:
            item = self._results.get(timeout=timeout)
            time.sleep(GATHER)  # one commit for many replies
            while True:
                if isinstance(item, BaseException):
                    raise item
                found.append(item)
                item = self._results.get_nowait()
        except queue.Empty:
            pass
        self.sender.outstanding -= len(found)
        return found

    def close(self) -> None:
        """Cancel what is in flight and end the loop."""

        async def end() -> None:
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            await self.sender.transport.close()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    async def _attend(self, job: Job) -> None:
        try:
            self._results.put(await self.sender.answer(job))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._results.put(error)
