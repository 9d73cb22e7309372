"""The life of a stage that asks: requests leave as there is room and money, answers are committed and handed on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, NoReturn, TypeVar

from openloop.errors import SpendingEnded
from openloop.records import Usage
from openloop.remote.client import Client
from openloop.remote.money import Ledger
from openloop.remote.sender import A, Done, Job, Sender

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Request(Generic[R]):
    """One request that waits to be sent."""

    about: R
    """What the caller knows it by."""
    most: Usage
    """The most that it can use."""
    body: Callable[[], Mapping[str, Any]]
    """What is sent; made when it leaves."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[R, A]):
    """What became of a request."""

    about: R
    answer: A
    usage: Usage


@dataclass(frozen=True)
class Exchange(Generic[R, A]):
    """Requests and their answers, until there are no more of either."""

    name: str
    """Of the model, for messages."""
    sender: Callable[[], Sender[A]]
    ledger: Ledger
    deadline: float | None
    """Seconds after which no further request leaves."""
    commit: Callable[[Sequence[Answered[R, A]], Sequence[R]], None]
    """``commit(done, sending)``: called before answers are handed on (as they come, from a thread of its own) and
    before requests leave."""
    used: Callable[[R, A, Usage], Usage] = lambda _about, _answer, usage: usage
    """What a request is taken to have used: what the server counted, unless the caller knows better."""
    unpaid: Callable[[Sequence[R]], None] = lambda _requests: None
    """Told at an early end which requests were refused or never left: they cost nothing."""

    def answers(self, take: Callable[[], Request[R] | None]) -> Iterator[list[Answered[R, A]]]:
        """Answers in batches, in the order in which they come. ``take``: the next request; None while there is none.

        Raises SpendingEnded when the budget or the deadline is reached, after the answers that are in flight.
        """
        held = take()
        if held is None:
            return
        flying: dict[int, Request[R]] = {}

        def answered(found: Sequence[Done[A]]) -> list[Answered[R, A]]:
            pairs = [(flying[done.number].about, done) for done in found]
            return [Answered(about, done.answer, self.used(about, done.answer, done.usage)) for about, done in pairs]

        client = Client(self.sender(), lambda found: self.commit(answered(found), []))
        began, numbers = time.monotonic(), count()
        try:
            while held is not None or flying:
                late = self.deadline is not None and time.monotonic() - began > self.deadline
                room = 0 if late else client.room()
                sending: dict[int, Request[R]] = {}
                while held is not None and len(sending) < room and self.ledger.reserve(held.most):
                    sending[next(numbers)] = held
                    held = take()
                # Without money, until answers have shown that they cost less than they could.
                if sending:
                    self.commit([], [request.about for request in sending.values()])
                    flying |= sending
                    client.submit([Job(number, request.body()) for number, request in sending.items()])
                if held is not None and not flying:
                    self._end(late)
                found = client.results(0.05)
                batch = answered(found)
                for done, one in zip(found, batch, strict=True):
                    self.ledger.settle(flying.pop(done.number).most, one.usage)
                if batch:
                    yield batch
                held = take() if held is None else held
        finally:
            client.close()
            unpaid = [one.about for number, one in flying.items() if number not in client.sender.maybe_paid]
            if unpaid:
                self.unpaid(unpaid)

    def _end(self, late: bool) -> NoReturn:
        over = (
            f"deadline: {self.deadline:g} s have passed"
            if late
            else f"budget: the next request could exceed it (spent so far: {self.ledger})"
        )
        raise SpendingEnded(f"{self.name}: {over}. All replies are kept; raise it and run again to continue.")
