"""When requests are sent and tried again, in virtual time against a server made of a function."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from openloop.errors import RunError
from openloop.models.endpoint.replies import failure, read
from openloop.records import Completion, Usage
from openloop.remote.sender import Done, Job, Sender, not_json, retry_after
from openloop.remote.transport import NoConnection, NoReply, Reply
from tests.support.virtual_time import in_virtual_time

GOOD = Reply(200, json.dumps({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}).encode())


@dataclass
class Server:
    """Answers after ``latency`` seconds, ``slots`` at a time; ``answer(number, time)`` may be an error."""

    answer: Callable[[int, float], Reply] = lambda number, time: GOOD
    latency: float = 0.1
    slots: int = 1_000
    asked: list[tuple[float, int]] = field(default_factory=list)
    """When each request came, and its number."""
    answered: Counter[int] = field(default_factory=Counter)
    busiest: int = 0
    """Most requests in flight at once, those that wait for a slot included."""
    working: int = 0

    async def open(self) -> None:
        self.places = asyncio.Semaphore(self.slots)

    async def close(self) -> None:
        pass

    async def post(self, body: Mapping[str, Any]) -> Reply:
        time, number = asyncio.get_running_loop().time, int(body["number"])
        self.asked.append((time(), number))
        self.working += 1
        self.busiest = max(self.busiest, self.working)
        try:
            async with self.places:
                reply = self.answer(number, time())
                await asyncio.sleep(self.latency if reply.status == 200 else 0.001)
        finally:
            self.working -= 1
        self.answered[number] += reply.status == 200
        return reply


@dataclass
class Ended:
    """What became of all jobs."""

    done: list[Done[Completion]]
    seconds: float

    @property
    def failed(self) -> dict[int, str]:
        return {one.number: str(one.answer.failure) for one in self.done if one.answer.failure}


def check(reply: Any) -> tuple[Completion, Usage]:
    return read(reply, chat=True, as_messages=False, logprobs=False)


def send(server: Server, n: int, **options: Any) -> Ended:
    """Send ``n`` jobs as a client does: as many at once as there is room for."""
    named = {"most": 256, "attempts": 6, "backoff": 0.5, "patience": 600.0} | options

    async def work() -> Ended:
        sender = Sender("http://server", server, check, failure, **named)
        await sender.start()
        done: list[Done[Completion]] = []
        flying: set[asyncio.Task[Done[Completion]]] = set()
        waiting = iter(range(n))
        left = n
        while left or flying:
            for number in [next(waiting) for _ in range(min(left, sender.room()))]:
                flying.add(asyncio.create_task(sender.answer(Job(number, {"number": number}))))
                sender.outstanding, left = sender.outstanding + 1, left - 1
            ended, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
            done += [task.result() for task in ended]
            sender.outstanding -= len(ended)
        return Ended(done, asyncio.get_running_loop().time())

    return in_virtual_time(work())


def until(storm: float, status: int, header: str | None = None) -> Callable[[int, float], Reply]:
    return lambda number, time: Reply(status, b"", header) if time < storm else GOOD


@pytest.mark.parametrize(
    ("storm", "header", "most"),
    [(2.0, "0.05", 300), (10.0, "0.5", 200), (300.0, "1", 600), (300.0, None, 300)],
)
def test_a_storm_of_429_is_waited_for_and_costs_few_requests(storm: float, header: str | None, most: int) -> None:
    server = Server(until(storm, 429, header))
    ended = send(server, 500)
    assert not ended.failed and set(server.answered.values()) == {1} and len(ended.done) == 500
    refused = sum(time < storm for time, _ in server.asked)
    assert 8 <= refused < most  # it looks in now and then, and does not hammer
    assert storm < ended.seconds < storm + 40  # and is back soon after the storm


def test_a_server_that_is_down_is_asked_by_one_request_at_a_time() -> None:
    server = Server(until(100.0, 500))
    ended = send(server, 200, attempts=2)  # which fail while nothing else succeeds: no fault of theirs
    assert not ended.failed and 100 < ended.seconds < 140
    late = [number for time, number in server.asked if 20 < time < 100]
    assert 2 <= len(late) < 12  # a pause of up to 30 s between two looks
    gone = Server(until(1e9, 500))
    with pytest.raises(RunError, match="no answer for"):
        send(gone, 200, patience=60.0)
    assert 60 < gone.asked[-1][0] < 140


def test_a_server_that_cannot_be_reached_ends_it() -> None:
    def absent(number: int, time: float) -> Reply:
        raise NoReply("connection: ClientConnectorError")

    with pytest.raises(RunError, match="no answer for .* s. All replies so far are kept"):
        send(Server(absent), 20, patience=5.0)


def test_a_server_that_was_never_there_is_not_waited_for_as_long_as_one_that_went_away() -> None:
    def nobody(number: int, time: float) -> Reply:
        raise NoConnection("connection refused")

    never = Server(nobody)
    with pytest.raises(RunError, match=r"http://server: connection refused, for .* s\. Start the server, or correct"):
        send(never, 20)
    assert never.asked[-1][0] < 100
    went = Server(lambda number, time: GOOD if not 1 < time < 300 else nobody(number, time), latency=0.2)
    assert not send(went, 2000).failed


def test_a_request_that_always_fails_loses_only_itself() -> None:
    broken = Reply(200, b'{"choices": ')
    server = Server(lambda number, time: broken if number % 10 == 3 else GOOD)
    ended = send(server, 400, attempts=3)
    assert set(ended.failed) == {number for number in range(400) if number % 10 == 3}
    assert all("not JSON" in why and "tries" in why for why in ended.failed.values())
    tries = Counter(number for _, number in server.asked)
    # Each is given up after so many failures beside successes of others, or at the end, when nothing succeeds.
    assert all(tries[number] >= 3 for number in ended.failed) and all(
        tries[number] == 1 for number in range(400) if number % 10 != 3
    )


def test_busy_answers_are_never_counted_against_a_request() -> None:
    server = Server(lambda number, time: Reply(503, b"") if number == 7 and time < 60 else GOOD)
    ended = send(server, 300, attempts=1)
    assert not ended.failed and server.answered[7] == 1


@pytest.mark.parametrize("slots", [48, 100])
def test_concurrency_finds_what_the_server_can_do_and_no_more(slots: int) -> None:
    server = Server(latency=0.2, slots=slots)
    ended = send(server, 6000, most=1000)
    assert slots <= server.busiest <= 6 * slots  # doubling until replies take three times as long
    assert ended.seconds < 1.25 * 6000 * 0.2 / slots  # the slots were hardly ever idle


def test_concurrency_stays_below_what_the_user_allows() -> None:
    server = Server(latency=0.2)
    send(server, 300, most=5)
    assert server.busiest == 5


@pytest.mark.parametrize(
    ("status", "why"), [(401, "key is not accepted"), (403, "may not use this"), (404, "no such model")]
)
def test_some_answers_end_everything(status: int, why: str) -> None:
    server = Server(lambda number, time: Reply(status, b"who  are\nyou?"))
    with pytest.raises(RunError, match=f"http://server answers {status}: .*{why}.* who are you?"):
        send(server, 1)
    assert len(server.asked) == 1


def test_a_refused_request_is_not_tried_again() -> None:
    server = Server(lambda number, time: Reply(400, b"too long") if number == 3 else GOOD)
    ended = send(server, 10)
    assert ended.failed == {3: "status 400: too long"} and len(server.asked) == 10


def test_the_seconds_a_server_asks_for() -> None:
    asked = [None, "2", "0.5", "-1", "soon", "99999", "nan"]
    assert [retry_after(text) for text in asked] == [None, 2, 0.5, None, None, 300, None]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b'data: {"choices": []}\n\n', "a stream of events"),
        (b"<!doctype html><p>Sign in", "a web page"),
        (b"oops", "a reply that is not JSON"),
    ],
)
def test_what_is_no_json_is_called_by_its_name(body: bytes, what: str) -> None:
    assert not_json(body).startswith(what)


def test_what_never_speaks_the_protocol_is_not_asked_for_long() -> None:
    page = Server(lambda number, time: Reply(200, b"<html>welcome</html>"))
    with pytest.raises(RunError, match=r"http://server: malformed.*, to every request for .* s\. `url` must be"):
        send(page, 20)
    assert page.asked[-1][0] < 100
