"""Sampling that is paid for: each reply is committed before anything else happens to it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from hashlib import blake2b
from itertools import groupby

from openloop.contracts import Model
from openloop.engine import Engine
from openloop.identity import fingerprint, identity
from openloop.records import Asked, Completion, Prompt, Sampling, Usage
from openloop.seeds import sample_seed
from openloop.store import Store

CHUNK = 32
"""Samples per commit of a model that answers in batches: at most so many are in flight at a kill."""
FIELDS = [field.name for field in fields(Completion)]
Answer = tuple[Asked, Completion, Usage]
Part = tuple[int, Sequence[Prompt]]
Sampled = tuple[list[list[Completion]], float]


@dataclass(frozen=True)
class Paid:
    """K samples of the prompts of some parts, from the store where they are there, else from the model."""

    store: Store
    engine: Engine
    model: Model
    stage: str
    """Fingerprint of the stage, for the record of what was sent."""
    k: int
    sampling: Sampling

    def sample(self, parts: Sequence[Part]) -> Iterator[tuple[int, Sampled]]:
        """Finished parts by their position, in the order in which they are complete."""
        if unanswered := self.store.requests.unanswered(self.stage):
            self.store.event("possibly_paid", requests=unanswered, stage=self.stage)
        began = time.perf_counter()
        replies: list[dict[tuple[int, int], Completion]] = []
        missing: list[Asked] = []
        owner: list[int] = []
        first: list[int] = []
        keys: dict[tuple[int, int], bytes] = {}
        for position, (_, prompts) in enumerate(parts):
            first.append(len(owner))
            known, lacking = self._stored(prompts, len(owner), keys)
            owner += [position] * len(prompts)
            replies.append(known)
            missing += lacking
        total = len(owner) * self.k
        spent = self.store.requests.usage(self.stage)
        self._tell(total - len(missing), total, spent)
        left = [0] * len(parts)
        for asked in missing:
            left[owner[asked.tag]] += 1

        def finished(position: int) -> tuple[int, Sampled]:
            held, prompts = replies[position], parts[position][1]
            groups = [[held[first[position] + p, i] for i in range(self.k)] for p in range(len(prompts))]
            replies[position] = {}
            return position, (groups, time.perf_counter() - began)

        yield from (finished(position) for position in range(len(parts)) if not left[position])
        count = total - len(missing)
        for batch in self._answers(missing, keys):
            count += len(batch)
            spent = replace(
                spent,
                prompt_tokens=spent.prompt_tokens + sum(usage.prompt_tokens for *_, usage in batch),
                completion_tokens=spent.completion_tokens
                + sum(usage.completion_tokens for *_, usage in batch),
            )
            self._tell(count, total, spent)
            for asked, completion, _ in batch:
                position = owner[asked.tag]
                replies[position][asked.tag, asked.index] = completion
                left[position] -= 1
                if not left[position]:
                    yield finished(position)

    def _tell(self, done: int, total: int, spent: Usage) -> None:
        """Tell observers how many replies there are, and what they cost."""
        prices = getattr(self.model, "prices", None)
        money = prices.cost(spent) if prices is not None else 0.0
        tokens = spent.prompt_tokens + spent.completion_tokens
        self.store.notify("replies", stage=self.stage, done=done, total=total, tokens=tokens, money=money)

    def _stored(self, prompts: Sequence[Prompt], first: int, keys: dict[tuple[int, int], bytes]
                ) -> tuple[dict[tuple[int, int], Completion], list[Asked]]:  # fmt: skip
        """Committed replies of one part, and the samples that lack one; their keys are added to ``keys``."""
        mine = [Asked(first + p, prompt, i, sample_seed(self.sampling.seed, prompt.id, i))
                for p, prompt in enumerate(prompts) for i in range(self.k)]  # fmt: skip
        named = {(asked.tag, asked.index): self._key(asked) for asked in mine}
        found = self.store.requests.replies(list(named.values()))
        known = {
            at: Completion(**json.loads(found[key])["completion"])
            for at, key in named.items()
            if key in found
        }
        lacking = [asked for asked in mine if (asked.tag, asked.index) not in known]
        keys |= {(asked.tag, asked.index): named[asked.tag, asked.index] for asked in lacking}
        return known, lacking

    def _answers(self, missing: Sequence[Asked], keys: dict[tuple[int, int], bytes]
                 ) -> Iterator[list[Answer]]:  # fmt: skip
        """Replies in batches, each batch committed before it is handed on."""

        def record(done: Sequence[Answer], sending: Sequence[Asked]) -> None:
            """Commit what came and what is about to be sent, in one transaction."""
            self.engine.require_running()
            replies = [(keys[a.tag, a.index], as_text(completion, usage)) for a, completion, usage in done]
            self.store.requests.exchange(replies, [keys[a.tag, a.index] for a in sending], self.stage)

        stream = getattr(self.model, "stream", None)
        if stream is not None:
            yield from stream(missing, self.sampling, record, self.store.requests.usage(self.stage))
            return
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
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


def as_text(completion: Completion, usage: Usage) -> str:
    """A reply as it is stored."""
    named = {name: getattr(completion, name) for name in FIELDS}
    return json.dumps({"completion": named, "usage": (usage.prompt_tokens, usage.completion_tokens)})
