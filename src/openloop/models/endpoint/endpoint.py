"""Endpoint: sample from anything that serves the OpenAI HTTP API."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn

from openloop.contracts.models import Answer, Commit
from openloop.errors import InputError, SpendingEnded
from openloop.identity import fingerprint
from openloop.models.endpoint.client import Client
from openloop.models.endpoint.money import Budget, Ledger, Prices, counted
from openloop.models.endpoint.replies import read
from openloop.models.endpoint.sender import Done, Job, Sender
from openloop.models.endpoint.transport import Http
from openloop.records import Asked, Completion, Message, Prompt, Sampling, Usage
from openloop.seeds import sample_seed

Api = Literal["chat", "completions"]


@dataclass(frozen=True)
class Endpoint:
    """See :func:`endpoint`."""

    url: str
    model: str
    api: Api
    label: str
    """The ``revision`` given by the user: a name for this state of the weights."""
    system: str | None
    asks_logprobs: bool
    extra: Mapping[str, Any]
    schema: Mapping[str, Any] | None
    key_env: str
    most: int
    timeout: float
    deadline: float | None
    attempts: int
    backoff: float
    patience: float
    prices: Prices
    budget: Budget
    metered: ClassVar[bool] = True
    version: ClassVar[str] = "1"

    @property
    def name(self) -> str:
        return self.model

    @property
    def revision(self) -> str:
        """Hash of everything that decides the answers: not the host, the port, speed, prices or the key."""
        asked = [self.system, self.asks_logprobs, dict(self.extra)] + ([dict(self.schema)] if self.schema else [])
        return fingerprint([self.model, self.api, self.label, *asked])

    @property
    def weight_names(self) -> tuple[str, ...]:
        """See :class:`openloop.contracts.models.NamesWeights`: what is served, whatever is asked of it."""
        return (f"served {self.model}" + (f" {self.label}" if self.label else ""),)

    def request_price(self, max_tokens: int, prompt_tokens: float) -> float:
        """The most that a request costs with a prompt of so many tokens, the system turn aside: for a plan."""
        return self.prices.cost(Usage(round(prompt_tokens + len(self.system or "") / 4), max_tokens))

    def cost(self, usage: Usage) -> float:
        """What was spent, by ``prices``."""
        return self.prices.cost(usage)

    @property
    def limits(self) -> Mapping[str, float | None]:
        """The ``budget``: requests, tokens, money."""
        return asdict(self.budget)

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        """See :class:`openloop.contracts.Model`. In a run every reply is stored first: see :meth:`stream`."""
        found: list[list[Completion | None]] = [[None] * k for _ in prompts]
        asked = [
            Asked(p, prompt, i, sample_seed(sampling.seed, prompt.id, i))
            for p, prompt in enumerate(prompts)
            for i in range(k)
        ]
        for batch in self.stream(asked, sampling, lambda *_: None):
            for one, completion, _ in batch:
                found[one.tag][one.index] = completion
        return [[c for c in group if c is not None] for group in found]

    def stream(
        self, asked: Iterable[Asked], sampling: Sampling, commit: Commit, ledger: Ledger | None = None
    ) -> Iterator[list[Answer]]:
        """Replies as they come, in batches; ``asked`` is drawn from as there is room.

        ``commit(done, sending)`` is called before the replies ``done`` are handed on (as they come, from a thread of
        its own, whatever the caller does meanwhile) and before the requests ``sending`` leave; where the stream ends
        early, ``commit([], [], unpaid)`` names those that were refused or never left. Raises SpendingEnded
        when the budget or the deadline is reached (after the replies that are in flight), RunError when the server
        refuses the key or the model.
        """
        queue = iter(asked)
        held = next(queue, None)
        if held is None:
            return
        ledger = ledger or self.ledger(Usage(requests=0))
        flying: dict[int, tuple[Asked, Usage]] = {}

        def used(reply: Done) -> Usage:
            return counted(reply.usage, flying[reply.number][0].prompt.content, reply.completion)

        def answers(found: Sequence[Done]) -> list[Answer]:
            return [(flying[reply.number][0], reply.completion, used(reply)) for reply in found]

        as_messages = not isinstance(held.prompt.content, str)
        client = self._client(lambda found: commit(answers(found), []), as_messages=as_messages)
        began, numbers = time.monotonic(), count()
        try:
            while held is not None or flying:
                late = self.deadline is not None and time.monotonic() - began > self.deadline
                room = 0 if late else client.room()
                sending: dict[int, tuple[Asked, Usage]] = {}
                while held is not None and len(sending) < room:
                    reserved = ledger.reserve(held.prompt.content, sampling.max_tokens)
                    if reserved is None:
                        break  # until replies have shown that they cost less than they could
                    sending[next(numbers)] = held, reserved
                    held = next(queue, None)
                if sending:
                    commit([], [one for one, _ in sending.values()])
                    flying |= sending
                    client.submit([Job(n, self.body(one, sampling)) for n, (one, _) in sending.items()])
                if held is not None and not flying:
                    self._end(late, ledger)
                found = client.results(0.05)
                done = answers(found)
                for reply in found:
                    spent = used(reply)
                    ledger.settle(flying.pop(reply.number)[1], spent)
                if done:
                    yield done
        finally:
            client.close()
            unpaid = [one for number, (one, _) in flying.items() if number not in client.sender.maybe_paid]
            if unpaid:
                commit([], [], unpaid)

    def _end(self, late: bool, ledger: Ledger) -> NoReturn:
        over = (
            f"deadline: {self.deadline:g} s have passed"
            if late
            else f"budget: the next request could exceed it (spent so far: {ledger})"
        )
        raise SpendingEnded(f"{self.model}: {over}. All replies are kept; raise it and run again to continue.")

    def ledger(self, before: Usage) -> Ledger:
        """Adds up spending, starting from what was spent ``before``."""
        return Ledger(self.prices, self.budget, before)

    def body(self, one: Asked, sampling: Sampling) -> dict[str, Any]:
        """What is sent for one sample."""
        content = one.prompt.content
        body: dict[str, Any] = {
            "model": self.model,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_tokens,
            "n": 1,
            "seed": one.seed % 2**31,
        }
        if self.api == "chat":
            turns: list[Message] = [{"role": "user", "content": content}] if isinstance(content, str) else list(content)
            body["messages"] = ([{"role": "system", "content": self.system}] if self.system else []) + turns
            if self.asks_logprobs:
                body["logprobs"] = True
        else:
            if not isinstance(content, str):
                raise InputError(
                    f"{self.model}: the completions API takes text prompts only; set `api: chat` for messages."
                )
            body["prompt"] = content
            if self.asks_logprobs:
                body["logprobs"] = 1
        if self.schema is not None:
            named = {"name": "reply", "strict": True, "schema": dict(self.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        return body | dict(self.extra)

    def _client(self, commit: Callable[[Sequence[Done]], None], *, as_messages: bool) -> Client:
        key = os.environ.get(self.key_env, "")
        path = "chat/completions" if self.api == "chat" else "completions"

        def check(reply: Any) -> tuple[Completion, Usage]:
            return read(
                reply,
                chat=self.api == "chat",
                as_messages=as_messages,
                logprobs=self.asks_logprobs,
                schema=self.schema is not None,
                model=self.model,
            )

        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"{self.url.rstrip('/')}/{path}"
        http = Http(url, headers, self.timeout)
        return Client(Sender(url, http, check, self.most, self.attempts, self.backoff, self.patience), commit)


def endpoint(
    *,
    url: str,
    model: str,
    api: Api = "chat",
    revision: str = "",
    system: str | None = None,
    logprobs: bool = False,
    extra: Mapping[str, Any] | None = None,
    schema: Mapping[str, Any] | str | None = None,
    base: Path | None = None,
    key_env: str = "OPENAI_API_KEY",
    concurrency: int = 256,
    timeout: float = 300.0,
    deadline: float | None = None,
    attempts: int = 6,
    backoff: float = 0.5,
    patience: float = 600.0,
    prices: Mapping[str, float] | None = None,
    budget: Mapping[str, float] | None = None,
) -> Endpoint:
    """A model behind the OpenAI HTTP API at ``url`` (such as ``http://localhost:8000/v1``).

    ``api``: chat or completions. ``schema``: a JSON schema that replies should follow, or a file that holds one
    (relative to ``base``, in a recipe its folder); a reply that is not JSON is kept and marked. ``revision`` names the
    state of the weights, for servers that keep a model's name when its weights change. ``concurrency``: the most
    requests in flight; the actual number adapts to the server.
    ``timeout``: seconds for one request; ``deadline``: for a stage. ``attempts``: how often a request may fail, while
    others succeed, before it is given up; a busy server is waited for, an absent one for ``patience`` seconds.
    ``prices``: input and output, money per million tokens; ``budget``: requests, tokens and money for one run. The key
    is read from the environment variable ``key_env`` when requests are sent, and is never written. Raises InputError.
    """
    if not url.startswith(("http://", "https://")):
        raise InputError(f"endpoint: url must start with http:// or https://, got {url!r}.")
    if api not in ("chat", "completions"):
        raise InputError(f"endpoint: api must be 'chat' or 'completions', got {api!r}.")
    if concurrency < 1 or attempts < 1 or timeout <= 0 or backoff <= 0 or (deadline is not None and deadline <= 0):
        raise InputError(
            "endpoint: concurrency and attempts must be at least 1; timeout, backoff and deadline above 0."
        )
    try:
        spend, cap = Prices(**dict(prices or {})), Budget(**dict(budget or {}))  # type: ignore[arg-type]
    except TypeError as error:
        raise InputError(
            f"endpoint: prices takes input and output; budget takes requests, tokens and money ({error})."
        ) from None
    return Endpoint(
        url,
        model,
        api,
        revision,
        system,
        logprobs,
        dict(extra or {}),
        schema_of(schema, base),
        key_env,
        concurrency,
        timeout,
        deadline,
        attempts,
        backoff,
        patience,
        spend,
        cap,
    )


def schema_of(schema: Mapping[str, Any] | str | None, base: Path | None) -> dict[str, Any] | None:
    """A JSON schema, given directly or as a file."""
    if schema is None:
        return None
    held: Any = schema
    if isinstance(schema, str):
        try:
            held = json.loads(((base or Path()) / schema).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"endpoint: schema {schema!r} cannot be read: {error}") from None
    if not isinstance(held, Mapping) or not held:
        raise InputError(f"endpoint: schema must be a JSON schema or a file with one, got {held!r:.80}.")
    return dict(held)
