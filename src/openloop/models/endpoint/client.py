"""Requests over HTTP from a background event loop: sent as fast as the server takes them, tried again when it fails."""

from __future__ import annotations

import asyncio
import json
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openloop.errors import RunError
from openloop.models.endpoint.limiter import Breaker, Limiter
from openloop.models.endpoint.replies import Malformed, failure
from openloop.records import Completion, Usage

FATAL = {401: "the key is not accepted", 403: "the key has no right to this", 404: "no such model or path"}
BUSY = {408, 409, 425, 429, 503, 529}
"""Statuses by which a server asks to come back: no fault of the request, and never counted against it."""
MOST_FAILING = 64
GATHER = 0.003
"""Seconds in which further replies join the first of a batch."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request: a number of the caller's, and its body."""

    number: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job."""

    number: int
    completion: Completion
    usage: Usage


@dataclass
class Client:
    """One per stage. :meth:`submit` jobs, take :meth:`results`, and keep :meth:`room` filled."""

    url: str
    headers: Mapping[str, str]
    read: Callable[[Any], tuple[Completion, Usage]]
    most: int
    timeout: float
    attempts: int
    backoff: float
    patience: float
    """Seconds without any success after which a server counts as gone, or the requests that are left as at fault."""
    limiter: Limiter = field(init=False)
    breaker: Breaker = field(init=False)
    _results: queue.SimpleQueue[Done | BaseException] = field(default_factory=queue.SimpleQueue)
    _outstanding: int = 0
    _successes: int = 0
    _failing: int = 0
    """Jobs in flight that have failed at least once: they do not keep others from being sent."""

    def __post_init__(self) -> None:
        self.limiter = Limiter(self.most, limit=min(32.0, self.most))
        self.breaker = Breaker(first_pause=2 * self.backoff, longest_pause=min(30.0, self.patience / 10))
        self._last_success = time.monotonic()
        self._secret = self.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="openloop endpoint", daemon=True)
        self._thread.start()
        self._session: Any = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    async def _open(self) -> Any:
        import aiohttp

        connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300)
        timeout = aiohttp.ClientTimeout(total=self.timeout)
        return aiohttp.ClientSession(connector=connector, timeout=timeout, headers=dict(self.headers))

    def room(self) -> int:
        """How many more jobs keep the pipe full: the limit, a quarter in reserve (as much while it doubles)."""
        healthy = self._outstanding - min(self._failing, MOST_FAILING)
        ahead = self.limiter.limit * (2 if self.limiter.starting else 1.25)
        return max(0, int(min(ahead, self.most * 1.25)) + 1 - healthy)

    def submit(self, jobs: Sequence[Job]) -> None:
        """Send jobs as soon as there is room."""
        self._outstanding += len(jobs)
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
        self._outstanding -= len(found)
        return found

    def close(self) -> None:
        """Cancel what is in flight and end the loop."""

        async def end() -> None:
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            await self._session.close()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    async def _attend(self, job: Job) -> None:
        try:
            self._results.put(await self._answer(job))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._results.put(error)

    async def _answer(self, job: Job) -> Done:
        """Try until there is an answer, or until the request itself is at fault."""
        tries = failed = 0
        seen = self._successes
        try:
            while True:
                done, pause, reason = await self._try(job, tries)
                if done is not None:
                    return done
                self._failing += tries == 0
                tries += 1
                # A failure speaks against the request itself only if others have succeeded since the one before.
                if not reason.startswith("busy"):
                    failed += self._successes > seen
                    if failed >= self.attempts or self._given_up(tries):
                        return Done(job.number, failure(f"{reason} ({tries} tries)"), Usage())
                seen = self._successes
                await asyncio.sleep(pause)
        finally:
            self._failing -= tries > 0
            self.breaker.gave_up(job.number)

    def _given_up(self, tries: int) -> bool:
        """Nothing has succeeded for long: what is left is at fault, or the server is gone (RunError)."""
        quiet = time.monotonic() - self._last_success
        if quiet <= self.patience:
            return False
        if self._successes == 0 or self._outstanding > MOST_FAILING:
            raise RunError(f"{self.url}: no answer for {quiet:,.0f} s. All replies are kept; run again to go on.")
        return tries >= self.attempts

    async def _try(self, job: Job, tries: int) -> tuple[Done | None, float, str]:
        """One try with its place in the queue: what is done, or how long to pause and why."""
        await self.breaker.ready(job.number)
        await self.limiter.enter()
        began = time.perf_counter()
        try:
            completion, usage, wait, reason = await self._once(job)
        finally:
            self.limiter.leave()
        if completion is not None:
            self._successes += 1
            self._last_success = time.monotonic()
            self.breaker.succeeded()
            if reason == "":
                self.limiter.succeeded(time.perf_counter() - began)
            return Done(job.number, completion, usage), 0.0, ""
        self.limiter.trouble()
        self.breaker.failed(job.number)
        pause = wait if wait is not None else self.backoff * 2 ** min(tries, 6)
        return None, pause * (0.75 + 0.5 * ((job.number * 2_654_435_761 + tries) % 1024) / 1024), reason

    async def _once(self, job: Job) -> tuple[Completion | None, Usage, float | None, str]:
        """One try: a completion, or none with the seconds the server asks to wait and the reason."""
        import aiohttp

        try:
            async with self._session.post(self.url, json=job.body) as response:
                raw = await response.read()
                status = response.status
                wait = retry_after(response.headers.get("Retry-After"))
        except TimeoutError:
            return None, Usage(), None, f"no reply within {self.timeout:g} s"
        except (aiohttp.ClientError, OSError) as error:
            return None, Usage(), None, f"connection: {type(error).__name__}"
        if self._secret:
            raw = raw.replace(self._secret, b"***")  # servers have been known to repeat it
        if status in FATAL:
            raise RunError(f"{self.url} answers {status}: {FATAL[status]}. {excerpt(raw)}")
        if status in BUSY or (status >= 500 and wait is not None):
            return None, Usage(), wait, f"busy ({status})"
        if status >= 500:
            return None, Usage(), None, f"status {status}"
        if status >= 400:  # the request itself: too long a prompt, an option that the server does not know
            asked = ", a JSON schema asked for" if "response_format" in job.body else ""
            return failure(f"status {status}{asked}: {excerpt(raw)}"), Usage(), None, "refused"
        try:
            completion, usage = self.read(json.loads(raw))
        except (ValueError, Malformed, RecursionError) as error:
            what = str(error) if isinstance(error, Malformed) else "a reply that is no JSON"
            return None, Usage(), None, f"malformed: {what}"
        return completion, usage, None, ""


def retry_after(text: str | None) -> float | None:
    """Seconds of a Retry-After header, at most 300; a date, or nonsense, is passed over."""
    try:
        seconds = float(text) if text is not None else None
    except ValueError:
        return None
    return None if seconds is None or not seconds >= 0 else min(300.0, seconds)


def excerpt(raw: bytes) -> str:
    """The start of an error's body, on one line."""
    return " ".join(raw[:300].decode("utf-8", "replace").split())[:160]
