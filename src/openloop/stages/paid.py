"""Sampling that is paid for: each reply is committed before anything else happens to it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby

from openloop.contracts import Model
from openloop.engine import Engine
from openloop.identity import fingerprint, identity
from openloop.records import Asked, Completion, Prompt, Sampling
from openloop.seeds import sample_seed
from openloop.store import Store

CHUNK = 32
"""Samples per commit of a model that answers in batches: at most so many are in flight at a kill."""
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
        left = [0] * len(parts)
        for asked in missing:
            left[owner[asked.tag]] += 1

        def finished(position: int) -> tuple[int, Sampled]:
            held, prompts = replies[position], parts[position][1]
            groups = [[held[first[position] + p, i] for i in range(self.k)] for p in range(len(prompts))]
            replies[position] = {}
            return position, (groups, time.perf_counter() - began)

        yield from (finished(position) for position in range(len(parts)) if not left[position])
        for batch in self._answers(missing, keys):
            for asked, completion in batch:
                position = owner[asked.tag]
                replies[position][asked.tag, asked.index] = completion
                left[position] -= 1
                if not left[position]:
                    yield finished(position)

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
                 ) -> Iterator[list[tuple[Asked, Completion]]]:  # fmt: skip
        """Replies in batches, each batch committed before it is handed on."""

        def sending(batch: Sequence[Asked]) -> None:
            self.engine.require_running()
            self.store.requests.mark_sent([keys[a.tag, a.index] for a in batch], self.stage)

        stream = getattr(self.model, "stream", None)
        if stream is not None:
            for batch in stream(missing, self.sampling, sending, self.store.requests.usage(self.stage)):
                self._commit(
                    [(keys[a.tag, a.index], c, (u.prompt_tokens, u.completion_tokens)) for a, c, u in batch]
                )
                yield [(asked, completion) for asked, completion, _ in batch]
            return
        for start in range(0, len(missing), CHUNK):
            chunk = missing[start : start + CHUNK]
            sending(chunk)
            answered = []
            for _, group in groupby(chunk, key=lambda asked: asked.tag):
                mine = list(group)
                # A model that answers in batches draws sample i of a prompt from its seed, whatever K is.
                drawn = self.model.sample([mine[0].prompt], mine[-1].index + 1, self.sampling)[0]
                answered += [(asked, drawn[asked.index]) for asked in mine]
            self._commit([(keys[a.tag, a.index], c, (0, 0)) for a, c in answered])
            yield answered

    def _commit(self, replies: Sequence[tuple[bytes, Completion, tuple[int, int]]]) -> None:
        self.store.requests.commit_replies(
            (key, json.dumps({"completion": asdict(completion), "usage": usage}))
            for key, completion, usage in replies
        )

    def _key(self, asked: Asked) -> bytes:
        """A request is named by what is sent, not by the stage or the machine that sends it."""
        sampling = asdict(self.sampling) | {"seed": 0}
        named = [self._model, asked.prompt.content, sampling, asked.index, asked.seed]
        return bytes.fromhex(fingerprint(named))

    @cached_property
    def _model(self) -> object:
        return identity(self.model, "model")
