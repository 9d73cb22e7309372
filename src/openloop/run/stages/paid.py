"""Sampling that is paid for: each reply is committed before anything else happens to it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from hashlib import blake2b
from itertools import groupby, islice

import numpy as np

from openloop.contracts import Model, Priced, Streaming
from openloop.contracts.models import Answer
from openloop.data.tables import FAILED
from openloop.identity import fingerprint, identity
from openloop.records import Asked, Completion, Prompt, Sampling, Usage
from openloop.run.engine import Executor
from openloop.run.stages.base import PART
from openloop.run.store import Store
from openloop.seeds import sample_seed

CHUNK = 32
"""Samples per commit of a model that answers in batches: at most so many are in flight at a kill."""
NOT_ASKED = "not asked: no more was spent"
"""Why a sample is missing that nobody asked for."""
FIELDS = [field.name for field in fields(Completion)]
NumberedPrompts = tuple[int, Sequence[Prompt]]
Sampled = tuple[list[list[Completion]], float]


@dataclass
class Opened:
    """A part in work. Samples are named by (prompt's place in the part, index)."""

    position: int
    prompts: int
    known: dict[tuple[int, int], Completion]
    lacking: Sequence[Asked]
    keys: Mapping[tuple[int, int], bytes]
    left: int
    """Samples still without a reply."""

    def groups(self, k: int) -> list[list[Completion]]:
        """Shape [P][K]."""
        return [[self.known[p, i] for i in range(k)] for p in range(self.prompts)]


@dataclass(frozen=True)
class Paid:
    """K samples of the prompts of some parts, from the store where they are there, else from the model."""

    store: Store
    executor: Executor
    model: Model
    stage: str
    """Fingerprint of the stage, for the record of what was sent."""
    k: int
    sampling: Sampling
    asks: bool = True
    """False takes what is in the store; samples that are not there failed, as :data:`NOT_ASKED`."""

    def sample(self, parts: Sequence[NumberedPrompts]) -> Iterator[tuple[int, Sampled]]:
        """Finished parts by their position, in the order in which they are complete.

        A part is looked up only when its turn to be asked comes, so that few are held at a time.
        """
        if unanswered := self.store.requests.unanswered(self.stage):
            self.store.event("possibly_paid", requests=unanswered, stage=self.stage)
        began = time.perf_counter()
        total = sum(len(prompts) for _, prompts in parts) * self.k
        spent = self.store.requests.usage(self.stage)
        ahead = (self._opened(position, prompts) for position, (_, prompts) in enumerate(parts))
        opened: dict[int, Opened] = {}
        complete: list[Opened] = []
        stored: list[int] = []
        count = 0

        def lacking() -> Iterator[Asked]:
            nonlocal count
            for part in ahead:
                count += len(part.known)
                if not part.lacking:  # there may be many in a row: each is read again as it is handed on
                    stored.append(part.position)
                    continue
                opened[part.position] = part
                yield from part.lacking

        def finished() -> Iterator[tuple[int, Sampled]]:
            while complete:
                part = complete.pop()
                del opened[part.position]
                yield part.position, (part.groups(self.k), time.perf_counter() - began)
            while stored:
                part = self._opened(stored[0], parts[stored.pop(0)][1])
                yield part.position, (part.groups(self.k), time.perf_counter() - began)

        self._tell(count, total, spent)
        for batch in self._answers(lacking(), opened):
            for asked, completion, usage in batch:
                part = opened[asked.tag // PART]
                part.known[asked.tag % PART, asked.index] = completion
                part.left -= 1
                if not part.left:
                    complete.append(part)
                spent = spent.plus(usage)
            count += len(batch)
            self._tell(count, total, spent)
            yield from finished()
        yield from finished()

    def _tell(self, done: int, total: int, spent: Usage) -> None:
        """Tell observers how many replies there are, and what they cost."""
        money = self.model.cost(spent) if isinstance(self.model, Priced) else 0.0
        tokens = spent.prompt_tokens + spent.completion_tokens
        self.store.notify("replies", stage=self.stage, done=done, total=total, tokens=tokens, money=money)

    def _opened(self, position: int, prompts: Sequence[Prompt]) -> Opened:
        """A part with its committed replies, and the samples that lack one with their keys."""
        mine = [
            Asked(position * PART + p, prompt, i, sample_seed(self.sampling.seed, prompt.id, i))
            for p, prompt in enumerate(prompts)
            for i in range(self.k)
        ]
        keys = {(asked.tag % PART, asked.index): self._key(asked) for asked in mine}
        found = self.store.requests.replies(list(keys.values()))
        known = {at: Completion(**json.loads(found[key])["completion"]) for at, key in keys.items() if key in found}
        lacking = [asked for asked in mine if (asked.tag % PART, asked.index) not in known]
        if not self.asks:
            known |= {(one.tag % PART, one.index): Completion("", finish=FAILED, failure=NOT_ASKED) for one in lacking}
            lacking = []
        return Opened(position, len(prompts), known, lacking, keys, len(lacking))

    def _answers(self, missing: Iterator[Asked], opened: Mapping[int, Opened]) -> Iterator[list[Answer]]:
        """Replies in batches, each batch committed before it is handed on."""

        def key(asked: Asked) -> bytes:
            return opened[asked.tag // PART].keys[asked.tag % PART, asked.index]

        def record(done: Sequence[Answer], sending: Sequence[Asked], unpaid: Sequence[Asked] = ()) -> None:
            """Commit what came and what is about to be sent, in one transaction; called from several threads."""
            if unpaid:
                self.store.requests.unpaid([key(asked) for asked in unpaid], self.stage)
                return
            if not done:
                self.executor.require_running()
            replies = [(key(asked), as_text(completion, usage)) for asked, completion, usage in done]
            self.store.requests.exchange(replies, [key(asked) for asked in sending], self.stage)
            self.executor.require_running()  # what has come is paid for: it is committed all the same
            if sending:
                self.store.notify("sent", stage=self.stage, requests=len(sending))

        if isinstance(self.model, Streaming):
            threading.Thread(target=_get_ready_to_write, daemon=True).start()
            ledger = self.store.requests.ledger(self.model.revision, self.stage, self.model.ledger)
            yield from self.model.stream(missing, self.sampling, record, ledger)
            return
        while chunk := list(islice(missing, CHUNK)):
            record([], chunk)
            answered = []
            for _, group in groupby(chunk, key=lambda asked: asked.tag):
                mine = list(group)
                # A model that answers in batches draws sample i of a prompt from its seed, whatever K is.
                drawn = self.model.sample([mine[0].prompt], mine[-1].index + 1, self.sampling)[0]
                answered += [(asked, drawn[asked.index], Usage()) for asked in mine]
            record(answered, [])
            yield answered

    def _key(self, asked: Asked) -> bytes:
        """A request is named by what is sent, not by the stage or the machine that sends it."""
        content = asked.prompt.content
        said = content if isinstance(content, str) else json.dumps(list(content), sort_keys=True)
        text = "\x1f".join([self._named, said, str(asked.index), str(asked.seed)])
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()

    @cached_property
    def _named(self) -> str:
        """The model and how it is sampled, whatever the seed."""
        return fingerprint([identity(self.model, "model"), asdict(self.sampling) | {"seed": 0}])


def _get_ready_to_write() -> None:
    """Import what the first finished part needs, while requests are under way: a fifth of a second where pandas is."""
    import pyarrow as pa
    import pyarrow.parquet

    pa.array(np.zeros(1))  # converting the first array imports pandas


def as_text(completion: Completion, usage: Usage) -> str:
    """A reply as it is stored."""
    named = {name: getattr(completion, name) for name in FIELDS}
    return json.dumps({"completion": named, "usage": (usage.prompt_tokens, usage.completion_tokens)})
