"""Vectors from anything that serves the OpenAI HTTP API under ``/embeddings``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from openloop.contracts.embedding import ExchangeRequests
from openloop.data.vectors import unit
from openloop.embedding.replies import Refused, read
from openloop.errors import ContractError, InputError, RunError
from openloop.identity import fingerprint
from openloop.records import Usage
from openloop.remote.exchange import Answered, Exchange, Request
from openloop.remote.money import Budget, Ledger, Prices, most_tokens, spending
from openloop.remote.sender import Sender
from openloop.remote.transport import posting_to

Vectors = NDArray[np.float32]
EMPTY = "."
"""Sent in the place of a text that says nothing, which servers refuse; its vector is set to zeros."""


@dataclass(frozen=True)
class EndpointEmbedder:
    """See :func:`endpoint`."""

    url: str
    model: str
    label: str
    """The ``revision`` given by the user: a name for this state of the weights."""
    dims: int | None
    prefix: str
    characters: int | None
    extra: Mapping[str, Any]
    key_env: str
    batch: int
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
        """Hash of everything that decides the vectors: not the host, the port, speed, prices or the key."""
        return fingerprint([self.model, self.label, self.dims, self.prefix, self.characters, dict(self.extra)])

    @property
    def limits(self) -> Mapping[str, float | None]:
        """The ``budget``: requests, tokens, money."""
        return asdict(self.budget)

    def request_price(self, max_tokens: int, prompt_tokens: float) -> float:  # noqa: ARG002  # all of it is read
        """Of one request of so many tokens: for a plan."""
        return self.prices.cost(Usage(max_tokens))

    def cost(self, usage: Usage) -> float:
        """What was spent, by ``prices``."""
        return self.prices.cost(usage)

    def ledger(self, before: Usage) -> Ledger:
        """Adds up spending, starting from what was spent ``before``."""
        return Ledger(self.prices, self.budget, before)

    def requests(self, texts: int) -> int:
        """See :class:`openloop.contracts.StreamsVectors`."""
        return -(-texts // self.batch)

    def read_in_part(self, texts: Sequence[str]) -> int:
        """See :class:`openloop.contracts.ReadsInPart`: those that ``characters`` cuts."""
        return 0 if self.characters is None else sum(len(text) > self.characters for text in texts)

    def embed(self, texts: Sequence[str], /) -> Vectors:
        """See :class:`openloop.contracts.Embedder`. In a run every part is stored: see :meth:`stream`."""
        if not len(texts):
            return np.zeros((0, self.dims or 0), dtype=np.float32)
        return next(vectors for _, vectors in self.stream([(0, texts)], lambda *_: None))

    def stream(
        self, parts: Iterable[tuple[int, Sequence[str]]], exchange: ExchangeRequests, ledger: Ledger | None = None
    ) -> Iterator[tuple[int, Vectors]]:
        """See :class:`openloop.contracts.StreamsVectors`.

        A request that the server refuses is halved, so that a limit on the texts of a request only costs requests.
        Raises SpendingEnded, RunError where a text by itself is refused, ContractError for what are no vectors.
        """
        numbers = count()
        again: deque[_Batch] = deque()
        fresh = (
            _Batch(part, start, min(start + self.batch, len(part.texts)), next(numbers))
            for number, texts in parts
            for part in [_Part(number, texts)]
            for start in range(0, len(texts), self.batch)
        )

        def take() -> Request[_Batch] | None:
            batch = again.popleft() if again else next(fresh, None)
            if batch is None:
                return None
            sent = [self._sent(text) for text in batch.texts]
            most = Usage(sum(map(most_tokens, sent)))
            return Request(batch, most, lambda: self._body(sent))

        def commit(found: Sequence[Answered[_Batch, Vectors | Refused]], sending: Sequence[_Batch]) -> None:
            exchange([(one.about.number, one.usage) for one in found], [batch.number for batch in sending])

        def used(batch: _Batch, answer: Vectors | Refused, usage: Usage) -> Usage:
            """What a server does not count is taken to be as much as it can be, or no budget would ever end."""
            counted = usage.prompt_tokens or isinstance(answer, Refused)
            return usage if counted else Usage(sum(most_tokens(self._sent(text)) for text in batch.texts))

        exchanged = Exchange[_Batch, Vectors | Refused](
            self.model, self._sender, ledger or self.ledger(Usage(requests=0)), self.deadline, commit, used
        )
        for found in exchanged.answers(take):
            for one in found:
                if isinstance(one.answer, Refused):
                    again.extend(self._halves(one.about, one.answer, numbers))
                elif one.about.part.hold(one.about, self._checked(one.about, one.answer)):
                    yield one.about.part.number, one.about.part.whole()

    def _halves(self, batch: _Batch, why: Refused, numbers: Iterator[int]) -> list[_Batch]:
        if batch.stop - batch.start == 1:
            text = batch.texts[0]
            raise RunError(
                f"{self.url} gives no vector for a text of {len(text):,} characters, {text!r:.60}: {why.reason}. "
                "Where it is too long, `characters=N` sends only the beginning of each text. What came is kept."
            )
        middle = (batch.start + batch.stop) // 2
        return [
            _Batch(batch.part, start, stop, next(numbers))
            for start, stop in ((batch.start, middle), (middle, batch.stop))
        ]

    def _checked(self, batch: _Batch, vectors: Vectors) -> Vectors:
        texts = batch.texts
        if len(vectors) != len(texts):
            raise ContractError(f"{self.url} was sent {len(texts):,} texts and returned {len(vectors):,} vectors.")
        if not np.isfinite(vectors).all():
            raise ContractError(f"{self.url} returned a vector with NaN or infinity from {self.model!r}.")
        if self.dims is not None and vectors.shape[1] != self.dims:
            raise ContractError(
                f"{self.url} was asked for vectors of {self.dims:,} numbers and returned {vectors.shape[1]:,}: "
                f"{self.model!r} may not be able to shorten them. Leave `dims` out."
            )
        vectors[[not text.strip() for text in texts]] = 0.0
        return unit(vectors)

    def _sent(self, text: str) -> str:
        """What is sent of a text."""
        if not text.strip():
            return EMPTY
        return self.prefix + (text if self.characters is None else text[: self.characters])

    def _body(self, texts: Sequence[str]) -> dict[str, Any]:
        width = {} if self.dims is None else {"dimensions": self.dims}
        return {"model": self.model, "input": list(texts), "encoding_format": "float", **width, **self.extra}

    def _sender(self) -> Sender[Vectors | Refused]:
        http = posting_to(self.url, "embeddings", self.key_env, self.timeout)
        return Sender(http.url, http, read, Refused, self.most, self.attempts, self.backoff, self.patience)


@dataclass(eq=False)
class _Part:
    """A part in work."""

    number: int
    texts: Sequence[str]
    left: int = -1
    vectors: Vectors | None = None

    def hold(self, batch: _Batch, vectors: Vectors) -> bool:
        """Keep what came; True when all is there. Raises ContractError for another width."""
        if self.vectors is None:
            self.vectors = np.empty((len(self.texts), vectors.shape[1]), dtype=np.float32)
            self.left = len(self.texts)
        if vectors.shape[1] != self.vectors.shape[1]:
            raise ContractError(
                f"the endpoint returned vectors of {self.vectors.shape[1]:,} and of {vectors.shape[1]:,} numbers."
            )
        self.vectors[batch.start : batch.stop] = vectors
        self.left -= len(vectors)
        return self.left == 0

    def whole(self) -> Vectors:
        """All vectors, which are not held any longer."""
        vectors, self.vectors = self.vectors, None
        assert vectors is not None, "it is asked for once, when all is there"
        return vectors


@dataclass(frozen=True, eq=False)
class _Batch:
    """Texts ``start`` to ``stop`` of a part: one request."""

    part: _Part
    start: int
    stop: int
    number: int

    @property
    def texts(self) -> Sequence[str]:
        return self.part.texts[self.start : self.stop]


def endpoint(
    *,
    url: str,
    model: str,
    revision: str = "",
    dims: int | None = None,
    prefix: str = "",
    characters: int | None = None,
    extra: Mapping[str, Any] | None = None,
    key_env: str = "OPENAI_API_KEY",
    batch: int = 32,
    concurrency: int = 64,
    timeout: float = 300.0,
    deadline: float | None = None,
    attempts: int = 6,
    backoff: float = 0.5,
    patience: float = 600.0,
    prices: Mapping[str, float] | None = None,
    budget: Mapping[str, float] | None = None,
) -> EndpointEmbedder:
    """A model behind the OpenAI ``/embeddings`` API at ``url`` (such as ``http://localhost:8000/v1``).

    ``dims``: ask for vectors of so many numbers, where the model can shorten them. ``prefix`` stands before every text
    (some models ask for one, such as ``query: ``). ``characters``: send only so many of each text, for texts longer
    than the model reads. ``batch``: texts of one request. The other options are those of
    :func:`openloop.models.endpoint`: ``revision`` names the state of the weights, ``prices`` are per million tokens
    (``input``), ``budget`` is for one run, and the key is read from the environment variable ``key_env`` when requests
    are sent, and is never written. Raises InputError.
    """
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise InputError(f"endpoint: url must start with http:// or https://, got {url!r}.")
    if not isinstance(model, str) or not model:
        raise InputError(f"endpoint: model must name what is served at {url}, got {model!r}.")
    counts = {"dims": dims, "characters": characters, "batch": batch, "concurrency": concurrency, "attempts": attempts}
    for name, value in counts.items():
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise InputError(f"endpoint: {name} must be a whole number, at least 1, got {value!r}.")
    if timeout <= 0 or backoff <= 0 or patience <= 0 or (deadline is not None and deadline <= 0):
        raise InputError("endpoint: timeout, backoff, patience and deadline must be above 0.")
    spend, cap = spending("endpoint", prices, budget)
    return EndpointEmbedder(
        url,
        model,
        revision,
        dims,
        prefix,
        characters,
        dict(extra or {}),
        key_env,
        batch,
        concurrency,
        timeout,
        deadline,
        attempts,
        backoff,
        patience,
        spend,
        cap,
    )
