"""The contract of a model."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openloop.contracts import Model, Trains
from openloop.data.tables import FAILED
from openloop.records import Completion, Example, Prompt, Sampling
from openloop.testing.base import check_identity, require, some_prompts, unchanged

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
    inputs untouched, identity; for a trainable one also that ``fit`` leaves it unchanged, is repeatable, and
    that ``save`` and ``load`` keep the revision and the rows.
    """
    name = f"model {getattr(model, 'name', model)!r}"
    require(isinstance(model, Model), f"{name} lacks something of openloop.contracts.Model.")
    asked = list(prompts) if prompts is not None else some_prompts()
    sampling = Sampling(max_tokens=max_tokens, seed=1)
    drawn = unchanged(name, asked, lambda: model.sample(asked, 3, sampling))
    _check_shape(name, drawn, len(asked), 3)
    require(_texts(model.sample(asked, 3, sampling)) == _texts(drawn), f"{name}: the same seed gives other rows.")
    backwards = model.sample(asked[::-1], 3, sampling)[::-1]
    require(_texts(backwards) == _texts(drawn), f"{name}: its rows depend on the order of the prompts.")
    alone = [model.sample([prompt], 3, sampling)[0] for prompt in asked]
    require(_texts(alone) == _texts(drawn), f"{name}: its rows depend on what else is in the batch.")
    fewer = model.sample(asked, 1, sampling)
    require(
        _texts(fewer) == _texts([group[:1] for group in drawn]),
        f"{name}: its first sample depends on how many are drawn.",
    )
    for mine, other in zip(_flat(alone), _flat(drawn), strict=True):
        near = mine.logprob is None or math.isclose(mine.logprob, other.logprob or 0.0, abs_tol=TOLERANCE)
        require(near, f"{name}: its log-probabilities depend on what else is in the batch.")
    greedy = model.sample(asked, 2, Sampling(temperature=0, max_tokens=max_tokens))
    require(all(a.content == b.content for a, b in greedy), f"{name}: greedy answers to one prompt differ.")
    _check_shape(name, model.sample([], 2, sampling), 0, 2)
    check_identity(name, model)
    if isinstance(model, Trains):
        taught = examples or [Example(p.content, str(p.row.get("answer", "")), p.row) for p in asked]
        _check_trainable(name, model, asked, taught, dict(fit or {}), sampling)


def _check_trainable(
    name: str,
    model: Trains,
    prompts: Sequence[Prompt],
    examples: Sequence[Example],
    options: dict[str, Any],
    sampling: Sampling,
) -> None:
    before = model.revision
    trained = unchanged(name, examples, lambda: model.fit(examples, seed=3, **options))
    require(model.revision == before, f"{name}: fit changed the model itself.")
    require(
        model.fit(examples, seed=3, **options).revision == trained.revision,
        f"{name}: training on the same examples with the same seed gives other weights.",
    )
    with tempfile.TemporaryDirectory() as folder:
        trained.save(Path(folder))
        loaded = model.load(Path(folder))
        require(loaded.revision == trained.revision, f"{name}: save and load change the revision.")
        same = _texts(loaded.sample(prompts, 2, sampling)) == _texts(trained.sample(prompts, 2, sampling))
        require(same, f"{name}: save and load change what is sampled.")


def _check_shape(name: str, drawn: Sequence[Sequence[Completion]], p: int, k: int) -> None:
    require(
        len(drawn) == p and all(len(group) == k for group in drawn),
        f"{name}: asked for {k} completions for each of {p} prompts, returned {[len(g) for g in drawn]}.",
    )
    for completion in _flat(drawn):
        failed = completion.finish == FAILED
        require(
            failed == (completion.failure is not None),
            f"{name}: a failed completion, and only one, says why.",
        )
        require(completion.logprob is None or completion.logprob <= 1e-6, f"{name}: a log-probability above 0.")


def _flat(drawn: Sequence[Sequence[Completion]]) -> list[Completion]:
    return [completion for group in drawn for completion in group]


def _texts(drawn: Sequence[Sequence[Completion]]) -> list[Any]:
    return [completion.content for completion in _flat(drawn)]
