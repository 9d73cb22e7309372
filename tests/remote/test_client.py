"""Replies are committed as they come, whatever the caller is doing, and before anybody hears of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from openloop.contracts.models import Answer
from openloop.errors import RunError, StoreError
from openloop.records import Asked, Completion, Sampling, Usage
from openloop.remote.client import Client
from openloop.remote.sender import Done, Job
from openloop.testing import FaultyServer
from tests.models.endpoints import PROMPTS, model
from tests.support.processes import HANG


class Answers:
    """A sender that answers jobs from 0 on at once; a job below 0 ends everything."""

    outstanding = 0

    def __init__(self) -> None:
        self.transport = self

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def answer(self, job: Job) -> Done[Completion]:
        if job.number < 0:
            raise RunError("the key is not accepted")
        await asyncio.sleep(0.001 * job.number)
        return Done(job.number, Completion(str(job.number)), Usage())


def client(commit: Any) -> Client[Completion]:
    return Client(Answers(), commit)  # type: ignore[arg-type]  # what it uses of a sender


def numbers(found: Sequence[Done[Completion]]) -> list[int]:
    return [done.number for done in found]


def test_a_reply_is_committed_before_it_is_handed_on() -> None:
    committed: list[int] = []
    mine = client(lambda found: committed.extend(numbers(found)))
    mine.submit([Job(n, {}) for n in range(40)])
    taken: list[int] = []
    while len(taken) < 40:
        taken += numbers(mine.results(1.0))
        assert set(taken) <= set(committed)
    mine.close()
    assert sorted(committed) == sorted(taken) == list(range(40))


def test_replies_are_committed_while_the_caller_is_busy() -> None:
    """The caller takes one batch and turns to something else, as a run does that writes a finished part."""
    sent: list[Asked] = []
    committed: list[Answer] = []
    all_there = threading.Event()

    def commit(done: Sequence[Answer], sending: Sequence[Asked]) -> None:
        sent.extend(sending)
        committed.extend(done)
        if len(committed) == len(PROMPTS):
            all_there.set()

    asked = [Asked(n, prompt, 0, n) for n, prompt in enumerate(PROMPTS)]
    with FaultyServer(slots=1, latency=0.01) as server:
        replies = model(server, concurrency=len(PROMPTS)).stream(iter(asked), Sampling(), commit)
        next(replies)
        assert all_there.wait(HANG)
        assert len(sent) == len(PROMPTS)
        replies.close()


def test_what_has_come_is_committed_when_the_server_refuses_the_rest() -> None:
    committed: list[int] = []
    mine = client(lambda found: committed.extend(numbers(found)))
    mine.submit([Job(0, {}), Job(-1, {})])
    with pytest.raises(RunError, match="the key is not accepted"):
        while True:
            mine.results(1.0)
    mine.close()
    assert committed == [0]


def test_a_commit_that_fails_is_heard_of_and_its_replies_are_not_handed_on() -> None:
    def full(found: Sequence[Done[Completion]]) -> None:
        raise StoreError("the disk is full")

    mine = client(full)
    mine.submit([Job(0, {})])
    with pytest.raises(StoreError, match="the disk is full"):
        while not mine.results(1.0):
            pass
    mine.close()
