"""When a request is sent, and whether it is tried again: as fast as the server takes them, patiently when it fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from openloop.errors import RunError
from openloop.records import Usage
from openloop.remote.breaker import Breaker
from openloop.remote.limiter import Limiter
from openloop.remote.transport import NoConnection, NoReply, Reply, Transport

A = TypeVar("A")
"""What a reply is read as: a completion, vectors."""
FATAL = {401: "the key is not accepted", 403: "the key may not use this", 404: "no such model or path"}
BUSY = {408, 409, 425, 429, 503, 529}
"""Statuses by which a server asks to come back: no fault of the request, and never counted against it."""
MOST_FAILING = 64
"""Jobs that fail again and again without keeping others from being sent."""
NOTHING = Usage(requests=1)
MALFORMED = "malformed"
"""How the reason begins of a reply that is no answer of this protocol."""
ABSENT = 60.0
"""Seconds after which a server that has never been there is not waited for any longer."""
BACK_FROM_NOBODY = 1.0
"""Seconds for which tries to connect are waited for where nobody has ever answered."""
LINGER = 60.0
"""Seconds for which the requests in flight are waited for after a refusal: what they bring may be paid for."""


class Malformed(ValueError):
    """Not a usable reply: worth another try."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request: a number of the caller's, and its body."""

    number: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done(Generic[A]):
    """What became of a job."""

    number: int
    answer: A
    usage: Usage


@dataclass(frozen=True, slots=True)
class Tried(Generic[A]):
    """One try: an answer, or the reason why there is none."""

    answer: A | None
    usage: Usage = NOTHING
    reason: str = ""
    """Empty for an answer that the server made; ``refused`` for one that says why there is none."""
    connected: bool = True
    """Whether there was a server to answer."""
    wait: float | None = None
    """Seconds that the server asks to wait."""


@dataclass
class Sender(Generic[A]):
    """Lives in one event loop, whose clock it goes by; :meth:`start` it there, then :meth:`answer` jobs."""

    url: str
    """For messages."""
    transport: Transport
    read: Callable[[Any], tuple[A, Usage]]
    """The answer that a reply holds. Raises :class:`Malformed` where another try may give one."""
    failure: Callable[[str], A]
    """The answer that says why there is none."""
    most: int
    """Requests in flight."""
    attempts: int
    """Failures of one request, while others succeed, after which it is given up."""
    backoff: float
    """Seconds of the first pause; each failure doubles it."""
    patience: float
    """Seconds without any success after which a server counts as gone, or the requests that are left as at fault."""
    outstanding: int = 0
    """Jobs that are not done; kept by the caller."""
    failing: int = 0
    """Jobs in flight that have failed at least once: they do not keep others from being sent."""
    limiter: Limiter = field(init=False)
    breaker: Breaker = field(init=False)
    maybe_paid: set[int] = field(default_factory=set)
    """Numbers of the jobs of which a try left and came to no known end: the server may have answered and charged."""
    _refused: RunError | None = None
    """The refusal of the key or the model, which every further request would meet too."""
    _successes: int = 0
    _last_success: float = 0.0
    _reached: bool = False
    """Whether anybody has ever answered."""

    async def start(self) -> None:
        """Take the time, and open the connections."""
        loop = asyncio.get_running_loop()
        self.limiter = Limiter(self.most, limit=min(32.0, self.most), now=loop.time)
        self.breaker = Breaker(first_pause=2 * self.backoff, longest_pause=min(30.0, self.patience / 10))
        self._last_success = loop.time()
        await self.transport.open()

    def room(self) -> int:
        """How many more jobs keep the pipe full: the limit, a quarter in reserve (as much while it doubles)."""
        healthy = self.outstanding - min(self.failing, MOST_FAILING)
        ahead = self.limiter.limit * (2 if self.limiter.starting else 1.25)
        return max(0, int(min(ahead, self.most * 1.25)) + 1 - healthy)

    async def answer(self, job: Job) -> Done[A]:
        """Try until there is an answer, or until the request itself is at fault. Raises RunError when that is vain."""
        tries = failed = 0
        seen = self._successes
        try:
            while True:
                tried = await self._in_turn(job)
                if tried.answer is not None:
                    return Done(job.number, tried.answer, tried.usage)
                self.failing += tries == 0
                pause = self._pause(job, tries, tried.wait)
                tries += 1
                # A failure speaks against the request itself only if others have succeeded since the one before.
                if not tried.reason.startswith("busy"):
                    failed += self._successes > seen
                    if failed >= self.attempts or self._given_up(tries):
                        return Done(job.number, self.failure(f"{tried.reason} ({tries} tries)"), Usage())
                seen = self._successes
                await asyncio.sleep(pause)
        except RunError:
            if self._refused is not None or not self._reached:
                await self._all_back(LINGER if self._refused is not None else BACK_FROM_NOBODY)
            raise
        finally:
            self.failing -= tries > 0
            self.breaker.gave_up(job.number)

    async def _all_back(self, most: float) -> None:
        """Wait for what is in flight, so that its replies are kept and its refusals known to have cost nothing."""
        now = asyncio.get_running_loop().time
        end = now() + most
        while self.limiter.flying and now() < end:
            await asyncio.sleep(0.01)

    def _pause(self, job: Job, tries: int, wait: float | None) -> float:
        """Seconds until the next try: what the server asks for, or twice the last; spread so that none coincide."""
        pause = wait if wait is not None else self.backoff * 2 ** min(tries, 6)
        return pause * (0.75 + 0.5 * ((job.number * 2_654_435_761 + tries) % 1024) / 1024)

    def _given_up(self, tries: int) -> bool:
        """Nothing has succeeded for long: what is left is at fault, or the server is gone (RunError)."""
        quiet = asyncio.get_running_loop().time() - self._last_success
        if quiet <= self.patience:
            return False
        if self._successes == 0 or self.outstanding > MOST_FAILING:
            raise RunError(
                f"{self.url}: no answer for {quiet:,.0f} s. All replies so far are kept; run again to continue."
            )
        return tries >= self.attempts

    def _require_server(self, tried: Tried[A]) -> None:
        """What never was there, or never spoke this protocol, hardly will: RunError, long before patience ends."""
        quiet = asyncio.get_running_loop().time() - self._last_success
        if self._successes or quiet <= min(self.patience, ABSENT):
            return
        if not self._reached:
            raise RunError(
                f"{self.url}: {tried.reason}, for {quiet:,.0f} s. Start the server, or correct `url`; then run again."
            )
        if tried.reason.startswith(MALFORMED):
            raise RunError(
                f"{self.url}: {tried.reason}, to every request for {quiet:,.0f} s. `url` must be that of an "
                "OpenAI-compatible API, as in http://HOST/v1; correct it, then run again."
            )

    async def _in_turn(self, job: Job) -> Tried[A]:
        """One try in its place in the queue; the limiter and the breaker hear what became of it."""
        await self.breaker.ready(job.number)
        await self.limiter.enter()
        now = asyncio.get_running_loop().time
        began = now()
        try:
            if self._refused is not None:
                raise self._refused
            tried = await self._once(job)
        finally:
            self.limiter.leave()
        if tried.answer is None:
            self.limiter.trouble()
            self.breaker.failed(job.number)
            self._reached |= tried.connected
            self._require_server(tried)
            return tried
        self._reached = True
        self._successes += 1
        self._last_success = now()
        self.breaker.succeeded()
        if not tried.reason:
            self.limiter.succeeded(now() - began)
        return tried

    async def _once(self, job: Job) -> Tried[A]:
        before = job.number in self.maybe_paid
        self.maybe_paid.add(job.number)
        try:
            reply = await self.transport.post(job.body)
        except NoReply as error:
            connected = not isinstance(error, NoConnection)
            if not connected and not before:
                self.maybe_paid.discard(job.number)
            return Tried(None, reason=str(error), connected=connected)
        if 400 <= reply.status < 500 and not before:
            self.maybe_paid.discard(job.number)
        return self._judged(reply, schema="response_format" in job.body)

    def _judged(self, reply: Reply, *, schema: bool) -> Tried[A]:
        """What a reply is: an answer, worth another try, or vain (RunError)."""
        status, wait = reply.status, retry_after(reply.retry_after)
        if status in FATAL:
            self._refused = RunError(f"{self.url} answers {status}: {FATAL[status]}. {excerpt(reply.body)}")
            raise self._refused
        if status in BUSY or (status >= 500 and wait is not None):
            return Tried(None, reason=f"busy ({status})", wait=wait)
        if status >= 500:
            return Tried(None, reason=f"status {status}")
        if status >= 400:  # the request itself: too long a prompt, an option that the server does not know
            asked = ", a JSON schema asked for" if schema else ""
            return Tried(self.failure(f"status {status}{asked}: {excerpt(reply.body)}"), reason="refused")
        try:
            answer, usage = self.read(json.loads(reply.body))
        except (ValueError, Malformed, RecursionError) as error:
            what = str(error) if isinstance(error, Malformed) else not_json(reply.body)
            return Tried(None, reason=f"{MALFORMED}: {what}")
        return Tried(answer, usage)


def retry_after(text: str | None) -> float | None:
    """Seconds of a Retry-After header, at most 300; a date, or nonsense, is ignored."""
    try:
        seconds = float(text) if text is not None else None
    except ValueError:
        return None
    return None if seconds is None or not seconds >= 0 else min(300.0, seconds)


def not_json(raw: bytes) -> str:
    """What a body is that should be JSON, as far as its start tells."""
    start = raw.lstrip()[:6].lower()
    if start.startswith((b"data:", b"event:")):
        return "a stream of events, though none was asked for: does a proxy force streaming?"
    return "a web page, not JSON: is this the address of the API?" if start[:1] == b"<" else "a reply that is not JSON"


def excerpt(raw: bytes) -> str:
    """The start of an error's body, on one line."""
    return " ".join(raw[:300].decode("utf-8", "replace").split())[:160]
