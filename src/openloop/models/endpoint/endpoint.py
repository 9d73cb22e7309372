"""Endpoint: sample from anything that serves the OpenAI HTTP API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Literal

from openloop.contracts.models import Answer, Commit
from openloop.errors import InputError
from openloop.identity import fingerprint
from openloop.models.endpoint.replies import counted, failure, read
from openloop.records import Asked, Completion, Message, Prompt, Sampling, Usage
from openloop.remote.exchange import Answered, Exchange, Request
from openloop.remote.money import Budget, Ledger, Prices, most_tokens, spending
from openloop.remote.sender import Sender
from openloop.remote.transport import posting_to
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
        first = next(queue, None)
        if first is None:
            return
        as_messages = not isinstance(first.prompt.content, str)
        waiting = chain([first], queue)

        def take() -> Request[Asked] | None:
            one = next(waiting, None)
            if one is None:
                return None
            most = Usage(most_tokens(str(one.prompt.content)), sampling.max_tokens)
            return Request(one, most, lambda: self.body(one, sampling))

        def answers(found: Sequence[Answered[Asked, Completion]]) -> list[Answer]:
            return [(done.about, done.answer, done.usage) for done in found]

        exchange = Exchange[Asked, Completion](
            self.model,
            lambda: self._sender(as_messages=as_messages),
            ledger or self.ledger(Usage(requests=0)),
            self.deadline,
            lambda found, sending: commit(answers(found), sending),
            lambda one, completion, usage: counted(usage, one.prompt.content, completion),
            lambda unpaid: commit([], [], unpaid),
        )
        for batch in exchange.answers(take):
            yield answers(batch)

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

    def _sender(self, *, as_messages: bool) -> Sender[Completion]:
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

        http = posting_to(self.url, path, self.key_env, self.timeout)
        return Sender(http.url, http, check, failure, self.most, self.attempts, self.backoff, self.patience)


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
    spend, cap = spending("endpoint", prices, budget)
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
