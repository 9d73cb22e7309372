"""The contract of a model, and of each capability that it declares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from openloop.contracts import Model, Trains
from openloop.contracts.models import require_model
from openloop.data.tables import FAILED
from openloop.errors import InputError
from openloop.records import Completion, Example, Prompt, Sampling
from openloop.testing.base import Suite, some_prompts, texts
from openloop.testing.capabilities import check_priced, check_scorer, check_streaming, check_trains, check_words

TOLERANCE = 1e-3
"""Nats by which a log-probability may differ between batch shapes, which change floating-point sums."""


def check_model(
    model: Model,
    prompts: Sequence[Prompt] | None = None,
    *,
    examples: Sequence[Example] | None = None,
    fit: Mapping[str, Any] | None = None,
    max_tokens: int = 8,
) -> None:
    """Shape, same seed → same rows whatever the order, the batch and K, log-probabilities, greedy,
    inputs untouched, identity; and each capability of :mod:`openloop.contracts.models` that the model has.

    ``examples`` and ``fit`` (its options) are for a model that learns: ``fit`` must leave the model as it is and be
    repeatable, ``save`` and ``load`` must keep the revision and the rows.
    """
    suite = Suite.of("model", model)
    suite.require(isinstance(model, Model), "lacks something of openloop.contracts.Model")
    try:
        require_model(model)
    except InputError as error:
        raise AssertionError(str(error)) from error
    asked = list(prompts) if prompts is not None else some_prompts()
    sampling = Sampling(max_tokens=max_tokens, seed=1)
    drawn = suite.unchanged(asked, lambda: model.sample(asked, 3, sampling))
    _check_shape(suite, drawn, len(asked), 3)
    _check_repeats(suite, model, asked, sampling, drawn)
    greedy = model.sample(asked, 2, Sampling(temperature=0, max_tokens=max_tokens))
    suite.require(all(a.content == b.content for a, b in greedy), "gives different greedy answers to one prompt")
    _check_shape(suite, model.sample([], 2, sampling), 0, 2)
    suite.check_identity(model)
    check_words(suite, model)
    check_priced(suite, model)
    check_streaming(suite, model, asked, sampling, drawn)
    check_scorer(suite, model, asked, drawn, TOLERANCE)
    if isinstance(model, Trains):
        taught = examples or [Example(p.content, str(p.row.get("answer", "")), p.row) for p in asked]
        check_trains(suite, model, asked, taught, dict(fit or {}), sampling)


def _check_repeats(
    suite: Suite, model: Model, asked: list[Prompt], sampling: Sampling, drawn: list[list[Completion]]
) -> None:
    """The same rows again, in another order, one by one and fewer at a time."""
    again = model.sample(asked, 3, sampling)
    suite.require(texts(again) == texts(drawn), "gives other rows for the same seed")
    backwards = model.sample(asked[::-1], 3, sampling)[::-1]
    suite.require(texts(backwards) == texts(drawn), "gives rows that depend on the order of the prompts")
    alone = [model.sample([prompt], 3, sampling)[0] for prompt in asked]
    suite.require(texts(alone) == texts(drawn), "gives rows that depend on what else is in the batch")
    fewer = model.sample(asked, 1, sampling)
    first = [group[:1] for group in drawn]
    suite.require(texts(fewer) == texts(first), "draws a first sample that depends on how many are drawn")
    for mine, other in zip(_flat(alone), _flat(drawn), strict=True):
        near = mine.logprob is None or math.isclose(mine.logprob, other.logprob or 0.0, abs_tol=TOLERANCE)
        suite.require(near, "gives log-probabilities that depend on what else is in the batch")


def _check_shape(suite: Suite, drawn: Sequence[Sequence[Completion]], p: int, k: int) -> None:
    suite.require(
        len(drawn) == p and all(len(group) == k for group in drawn),
        f"was asked for {k} completions for each of {p} prompts, and returned {[len(g) for g in drawn]}",
    )
    for completion in _flat(drawn):
        failed = completion.finish == FAILED
        suite.require(failed == (completion.failure is not None), "must say why for failed completions, and only those")
        suite.require(completion.logprob is None or completion.logprob <= 1e-6, "gives a log-probability above 0")


def _flat(drawn: Sequence[Sequence[Completion]]) -> list[Completion]:
    return [completion for group in drawn for completion in group]
