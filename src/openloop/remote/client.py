"""Requests from a background event loop: jobs go in, what became of them comes out, and the caller may be slow.

A reply is committed by a thread of its own, so it waits for nothing that the caller does meanwhile: it is on the disk
:data:`GATHER` seconds and one transaction (or two, if one is under way) after it came.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic

from openloop.remote.sender import A, Done, Job, Sender

GATHER = 0.005
"""Seconds in which further replies join the first of a batch, by the event loop's clock."""


@dataclass
class Client(Generic[A]):
    """One per stage. :meth:`submit` jobs, take :meth:`results`, and keep :meth:`room` filled."""

    sender: Sender[A]
    commit: Callable[[Sequence[Done[A]]], None]
    """Called with every reply before it is handed on, in a thread of its own, one batch after the other."""
    _results: queue.SimpleQueue[list[Done[A]] | BaseException] = field(default_factory=queue.SimpleQueue)
    _arrived: list[Done[A]] = field(default_factory=list)
    """Replies that are not committed yet; touched by the event loop only."""
    _committing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._writer = ThreadPoolExecutor(1, "openloop commits")
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

    def results(self, timeout: float) -> list[Done[A]]:
        """What is committed by now; waits for the first up to ``timeout`` seconds.

        Raises RunError when going on is vain, and what a commit raised.
        """
        found: list[Done[A]] = []
        try:
            item = self._results.get(timeout=timeout)
            while True:
                if isinstance(item, BaseException):
                    raise item
                found += item
                item = self._results.get_nowait()
        except queue.Empty:
            pass
        self.sender.outstanding -= len(found)
        return found

    def close(self) -> None:
        """Cancel what is in flight, commit what has come, and end the loop. Raises what that commit raised."""

        async def end() -> None:
            rest = asyncio.all_tasks() - {asyncio.current_task(), self._committing}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            try:
                if self._committing is not None:
                    await self._committing
                if self._arrived:
                    await self._commit()
            finally:
                await self.sender.transport.close()

        try:
            asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        finally:
            self._writer.shutdown()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)

    async def _attend(self, job: Job) -> None:
        try:
            done = await self.sender.answer(job)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._results.put(error)
        else:
            self._arrived.append(done)  # which list it is may have changed while it was waited for
            if self._committing is None:
                self._committing = self._loop.create_task(self._commit_arrivals())

    async def _commit_arrivals(self) -> None:
        """Commit what has come, and what comes meanwhile; a commit that fails ends it, and the caller hears why."""
        try:
            while self._arrived:
                await asyncio.sleep(GATHER)
                await self._commit()
        except BaseException as error:
            self._results.put(error)
        self._committing = None

    async def _commit(self) -> None:
        batch, self._arrived = self._arrived, []
        await self._loop.run_in_executor(self._writer, self.commit, batch)
        self._results.put(batch)
