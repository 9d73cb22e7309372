"""Embedding that is paid for: each part is committed as it is whole, and what each request used as it is answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import Priced, StreamsVectors
from openloop.records import Usage
from openloop.run.engine import Executor
from openloop.run.store import Store


@dataclass(frozen=True)
class PaidVectors:
    """Vectors of some parts, asked of a model whose requests are noted before they leave and when they are answered."""

    store: Store
    executor: Executor
    embedder: StreamsVectors
    stage: str
    """Fingerprint of the stage, for the record of what was sent."""

    def vectors(
        self, parts: Iterable[tuple[int, Sequence[str]]], total: int
    ) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """By the number of its part, in the order in which parts are whole. ``total``: requests expected in all."""
        requests = self.store.requests
        unanswered = requests.unanswered(self.stage)
        if unanswered:
            self.store.event("possibly_paid", requests=unanswered, stage=self.stage)
        spent = requests.usage(self.stage)
        first = spent.requests + unanswered  # a request that is sent again is another one: both were paid for
        done = 0

        def exchange(answered: Sequence[tuple[int, Usage]], sending: Sequence[int]) -> None:
            nonlocal spent, done
            if not answered:
                self.executor.require_running()
            replies = [(self._key(first + n), _as_text(usage)) for n, usage in answered]
            requests.exchange(replies, [self._key(first + n) for n in sending], self.stage)
            self.executor.require_running()  # what has come is paid for: it is committed all the same
            if sending:
                self.store.notify("sent", stage=self.stage, requests=len(sending))
            for _, usage in answered:
                spent = spent.plus(usage)
            done += len(answered)
            if answered:
                self._tell(done, total, spent)

        ledger = requests.ledger(self.embedder.revision, self.stage, self.embedder.ledger)
        yield from self.embedder.stream(parts, exchange, ledger)

    def _key(self, number: int) -> bytes:
        return blake2b(f"vectors {self.stage} {number}".encode(), digest_size=16).digest()

    def _tell(self, done: int, total: int, spent: Usage) -> None:
        money = self.embedder.cost(spent) if isinstance(self.embedder, Priced) else 0.0
        tokens = spent.prompt_tokens + spent.completion_tokens
        self.store.notify("replies", stage=self.stage, done=done, total=max(done, total), tokens=tokens, money=money)


def _as_text(usage: Usage) -> str:
    return json.dumps({"usage": (usage.prompt_tokens, usage.completion_tokens)})
