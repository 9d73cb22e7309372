"""A server of the OpenAI HTTP API that fails on purpose, and always in the same way.

    with FaultyServer(faults=["429", "reset", "html"], share=0.3) as server:
        model = models.endpoint(url=server.url, model="faulty")

The answer is a function of the request alone; whether a try of it fails, of the request and of how often it was tried.
So a run against it can be killed, resumed and compared row by row.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from openloop.errors import InputError, nearest
from openloop.testing import faulty_vectors

FAULTS = {
    "429": "busy, with Retry-After",
    "429-bare": "busy, without saying how long",
    "500": "an error of the server",
    "503": "overloaded",
    "reset": "the connection is cut before an answer",
    "stall": "no answer within a minute",
    "half": "the body ends in the middle",
    "malformed": "JSON that does not parse",
    "html": "an error page with status 200",
    "no-choice": "a list of no choices",
    "empty": "a choice with an empty text",
    "filtered": "a choice that was filtered",
    "length": "a text cut by length",
    "extra-choices": "more choices than asked",
    "400-schema": "a refusal of response_format",
    "no-logprobs": "no log-probabilities though asked",
    "same-id": "the id of another reply",
    "drip": "the body a byte at a time",
    "refused": "status 400, with the headers of the request in its body",
    "wrong-shape": "JSON of another shape",
    **faulty_vectors.FAULTS,
}
ANSWERED = {
    "no-choice",
    "empty",
    "filtered",
    "length",
    "extra-choices",
    "same-id",
    "drip",
    "no-logprobs",
    "refused",
    "400-schema",
    *faulty_vectors.FAULTS,
}
"""Faults that are an answer: the same each time the request is made."""


class FaultyServer:
    """Use as a context manager; ``url`` ends in /v1. Serves from a thread of its own on a free port.

    ``faults``: names of :data:`FAULTS`, one drawn for a request; ``share``: of the requests that meet one;
    ``clears_after``: how many tries of such a request fail; ``latency`` seconds for an answer; ``slots``: answers that
    it works on at once, others wait; ``storm``: how many requests get 429 before it takes any; ``refuses``: a status
    that it answers every request with, as 401 for a key that is not accepted.
    """

    def __init__(
        self,
        faults: Sequence[str] = (),
        *,
        share: float = 0.3,
        clears_after: int = 1,
        latency: float = 0.0,
        slots: int | None = None,
        storm: int = 0,
        retry_after: float = 0.05,
        refuses: int | None = None,
        answer: Callable[[str, int], str] | None = None,
    ) -> None:
        for name in faults:
            if name not in FAULTS:
                raise InputError(f"FaultyServer: no fault {name!r}; {nearest(name, FAULTS)}")
        self.faults, self.share, self.clears_after = tuple(faults), share, clears_after
        self.latency, self.slots, self.storm, self.retry_after = latency, slots, storm, retry_after
        self.refuses = refuses
        self.answer = answer
        """``answer(prompt, seed)`` in the place of its own texts."""
        self.tries: Counter[str] = Counter()
        """How often each request was made, by the hash of its body."""
        self.answered: Counter[str] = Counter()
        """How often each was answered."""
        self.tokens = 0
        """Of all answers, in and out."""
        self.keys: set[str] = set()
        """Authorization headers seen."""
        self.busiest = 0
        """Most answers that were worked on at once."""
        self._working = 0

    def __enter__(self) -> FaultyServer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty server", daemon=True)
        self._thread.start()
        self._runner, port = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        self.url = f"http://127.0.0.1:{port}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    async def _end(self) -> None:
        await self._runner.cleanup()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _start(self) -> tuple[Any, int]:
        from aiohttp import web

        self._places = asyncio.Semaphore(self.slots) if self.slots else None
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/chat/completions", self._serve)
        app.router.add_post("/v1/completions", self._serve)
        app.router.add_post("/v1/embeddings", self._serve)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
        await site.start()
        return runner, site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def _serve(self, request: Any) -> Any:
        from aiohttp import web

        body = await request.json()
        name = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:24]
        self.keys.add(request.headers.get("Authorization", ""))
        number = self.tries[name]
        self.tries[name] += 1
        if self.refuses is not None:
            return web.Response(status=self.refuses, text="not with me")
        if self.tries.total() <= self.storm:
            return web.Response(status=429, headers={"Retry-After": f"{self.retry_after}"})
        fault = self._fault(name, number)
        if self._places is not None:
            async with self._places:
                await self._work()
        else:
            await self._work()
        return await self._reply(request, body, name, fault)

    async def _work(self) -> None:
        self._working += 1
        self.busiest = max(self.busiest, self._working)
        if self.latency:
            await asyncio.sleep(self.latency)
        self._working -= 1

    def _fault(self, name: str, number: int) -> str:
        draw = int(name[:8], 16) / 2**32
        if not self.faults or draw >= self.share:
            return ""
        fault = self.faults[int(name[8:16], 16) % len(self.faults)]
        return fault if fault in ANSWERED or number < self.clears_after else ""

    async def _reply(self, request: Any, body: dict[str, Any], name: str, fault: str) -> Any:
        from aiohttp import web

        match fault:
            case "429":
                return web.Response(status=429, headers={"Retry-After": f"{self.retry_after}"}, text="slow down")
            case "429-bare" | "500" | "503":
                return web.Response(status=int(fault[:3]), text="<h1>try again</h1>", content_type="text/html")
            case "refused":
                self.answered[name] += 1
                return web.Response(status=400, text=f"not like this: {dict(request.headers)}")
            case "400-schema" if "response_format" in body:
                return web.json_response({"error": {"message": "unknown field response_format"}}, status=400)
            case "reset":
                request.transport.abort()
                return web.Response()
            case "stall":
                await asyncio.sleep(60)
                return web.Response(status=504)
            case "malformed":
                return web.Response(text='{"choices": [{"message": ', content_type="application/json")
            case "html":
                return web.Response(text="<html><body>Bad gateway</body></html>", content_type="text/html")
            case "wrong-shape":
                return web.json_response({"choices": [{"message": "text"}]})
        if "input" in body and (why := faulty_vectors.refusal(body, fault)):
            return web.json_response({"error": {"message": why}}, status=400)
        text = json.dumps(self._answer(body, name, fault)).encode()
        if fault in ("half", "drip"):
            return await _piecewise(request, text, half=fault == "half", done=lambda: self.answered.update([name]))
        self.answered[name] += 1
        return web.Response(body=text, content_type="application/json")

    def _answer(self, body: dict[str, Any], name: str, fault: str) -> dict[str, Any]:
        if "input" in body:
            reply = faulty_vectors.vectors_reply(body, fault)
            self.tokens += reply.get("usage", {}).get("prompt_tokens", 0)
            return reply
        chat = "messages" in body
        # Greedy answers do not depend on the seed.
        seed = 0 if body.get("temperature") == 0 else body.get("seed", 0)
        asked = json.dumps([body.get("messages"), body.get("prompt"), seed])
        text = f"answer {int(hashlib.sha256(asked.encode()).hexdigest()[:6], 16)}"
        if self.answer is not None:
            text = self.answer(body["messages"][-1]["content"] if chat else body["prompt"], seed)
        finish = "stop"
        match fault:
            case "empty":
                text = ""
            case "filtered":
                text, finish = "", "content_filter"
            case "length":
                text, finish = text[:4], "length"
        tokens = [{"token": word, "logprob": -0.5} for word in text.split()]
        choice: dict[str, Any] = {"index": 0, "finish_reason": finish}
        choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        if body.get("logprobs") and fault != "no-logprobs":
            choice["logprobs"] = {"content": tokens} if chat else {"token_logprobs": [-0.5] * len(tokens)}
        self.tokens += len(asked) // 4 + len(tokens)
        choices = [] if fault == "no-choice" else [choice] * (2 if fault == "extra-choices" else 1)
        return {
            "id": "same" if fault == "same-id" else name,
            "model": body.get("model"),
            "choices": choices,
            "usage": {"prompt_tokens": len(asked) // 4, "completion_tokens": len(tokens)},
        }


async def _piecewise(request: Any, text: bytes, *, half: bool, done: Any) -> Any:
    """A body in pieces: cut in the middle, or a byte at a time."""
    from aiohttp import web

    response = web.StreamResponse(headers={"Content-Length": str(len(text)), "Content-Type": "application/json"})
    await response.prepare(request)
    if half:
        await response.write(text[: len(text) // 2])
        request.transport.abort()
        return response
    for i in range(0, len(text), 8):
        await response.write(text[i : i + 8])
        await asyncio.sleep(0.001)
    done()
    return response
