"""The contracts of what only some models can do: see :mod:`openloop.contracts.models`."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openloop.contracts import Metered, Model, Priced, Scorer, SingleProcess, Sourced, Streaming, Trains
from openloop.contracts.models import Answer
from openloop.records import Asked, Completion, Example, Prompt, Sampling, Usage
from openloop.seeds import sample_seed
from openloop.testing.base import Suite, texts

LIMITS = {"requests", "tokens", "money"}


def check_words(suite: Suite, model: Model) -> None:
    """What a model says of itself in one attribute is of the right kind."""
    if isinstance(model, Metered):
        suite.require(isinstance(model.metered, bool), "says `metered` with something else than true or false")
    if isinstance(model, SingleProcess):
        suite.require(isinstance(model.one_process, bool), "says `one_process` with something else than true or false")
    if isinstance(model, Sourced):
        sources = model.depends_on
        named = isinstance(sources, frozenset) and all(isinstance(source, str) for source in sources)
        suite.require(named, f"must name what it depends on as a frozenset of texts, got {sources!r}")


def check_priced(suite: Suite, model: Model) -> None:
    """Nothing costs nothing, a request costs no more than its price, and limits have the names that a plan knows."""
    if not isinstance(model, Priced):
        return
    suite.require(model.cost(Usage(0, 0, 0)) == 0, "charges for no request at all")
    for prompt, tokens in ((0, 1), (100, 256), (4000, 8)):
        price, cost = model.request_price(tokens, prompt), model.cost(Usage(prompt, tokens))
        suite.require(math.isfinite(price) and price >= 0, f"prices a request at {price}")
        suite.require(cost <= price * (1 + 1e-9), f"charges {cost} for a request priced at {price} at most")
    unknown = set(model.limits) - LIMITS
    suite.require(not unknown, f"has limits {sorted(unknown)}; allowed: {', '.join(sorted(LIMITS))}")
    held = [limit for limit in model.limits.values() if limit is not None]
    suite.require(all(limit >= 0 for limit in held), f"has a limit below 0: {dict(model.limits)}")


def check_streaming(
    suite: Suite, model: Model, prompts: Sequence[Prompt], sampling: Sampling, drawn: Sequence[Sequence[Completion]]
) -> None:
    """Each request is noted before its reply, each reply is committed before it is handed on; rows as sampled."""
    if not isinstance(model, Streaming):
        return
    asked = [
        Asked(p, prompt, i, sample_seed(sampling.seed, prompt.id, i))
        for p, prompt in enumerate(prompts)
        for i in range(3)
    ]
    sent: list[Asked] = []
    committed: list[Answer] = []

    def commit(done: Sequence[Answer], sending: Sequence[Asked], unpaid: Sequence[Asked] = ()) -> None:
        suite.require(all(one in sent for one, _, _ in done), "commits a reply to a request that it did not announce")
        committed.extend(done)
        suite.require(all(one in sent for one in unpaid), "calls a request unpaid that it did not announce")
        sent.extend(sending)

    found: dict[tuple[int, int], object] = {}
    for batch in model.stream(iter(asked), sampling, commit, model.ledger(Usage(requests=0))):
        for answer in batch:
            suite.require(answer in committed, "hands on a reply that is not committed")
            one, completion, _ = answer
            suite.require((one.tag, one.index) not in found, "answers a request twice")
            found[one.tag, one.index] = completion.content
    suite.require(len(sent) == len(asked) == len(found), f"answers {len(found)} of {len(asked)} requests")
    streamed = [found[one.tag, one.index] for one in asked]
    suite.require(streamed == texts(drawn), "streams other rows than it samples")


def check_scorer(
    suite: Suite,
    model: Model,
    prompts: Sequence[Prompt],
    drawn: Sequence[Sequence[Completion]],
    tolerance: float,
) -> None:
    """One number at most 0 for each text, the same alone and beside others, and the sampler's own at T=1."""
    if not isinstance(model, Scorer):
        return
    pairs = [
        (prompt.content, completion)
        for prompt, group in zip(prompts, drawn, strict=True)
        for completion in group
        if completion.finish == "stop"
    ]
    asked, said = [content for content, _ in pairs], [completion.content for _, completion in pairs]
    nats, counts = model.logprobs(asked, said), model.token_counts(said)
    suite.require(len(nats) == len(counts) == len(said), "does not give one log-probability and count for each text")
    suite.require(all(math.isfinite(n) and n <= 1e-6 for n in nats), "gives log-probabilities above 0, or none")
    suite.require(all(isinstance(n, int) and n >= 1 for n in counts), "counts tokens in numbers that are not whole")
    alone = [model.logprobs([content], [text])[0] for content, text in zip(asked, said, strict=True)]
    near = all(math.isclose(a, b, abs_tol=tolerance) for a, b in zip(alone, nats, strict=True))
    suite.require(near, "scores a text by what else is in the batch")
    for (_, completion), mine, count in zip(pairs, nats, counts, strict=True):
        if completion.logprob is not None and completion.n_tokens == count:  # else it was drawn in other tokens
            same = math.isclose(completion.logprob, mine, abs_tol=tolerance)
            suite.require(same, f"samples at {completion.logprob} nats what it scores with {mine}")


def check_trains(
    suite: Suite,
    model: Trains,
    prompts: Sequence[Prompt],
    examples: Sequence[Example],
    options: dict[str, Any],
    sampling: Sampling,
) -> None:
    """``fit`` leaves the model as it is and is repeatable; ``save`` and ``load`` keep the revision and the rows."""
    before = model.revision
    trained = suite.unchanged(examples, lambda: model.fit(examples, seed=3, **options))
    suite.require(model.revision == before, "is changed itself by fit")
    again = model.fit(examples, seed=3, **options)
    suite.require(again.revision == trained.revision, "has other weights when trained again with the same seed")
    with tempfile.TemporaryDirectory() as folder:
        trained.save(Path(folder))
        loaded = model.load(Path(folder))
        suite.require(model.revision == before, "is changed itself by load")
        suite.require(loaded.revision == trained.revision, "has another revision after save and load")
        same = texts(loaded.sample(prompts, 2, sampling)) == texts(trained.sample(prompts, 2, sampling))
        suite.require(same, "samples other rows after save and load")
