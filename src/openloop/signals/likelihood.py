"""Likelihood: how probable a model finds a completion. The generator itself tells nothing from outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.contracts import Model, Scorer
from openloop.errors import InputError
from openloop.records import Candidate, Sampling, Verdict
from openloop.signals.base import Declaration, Declared, judge_sources
from openloop.verdicts import abstained, error

ROUNDING = 1e-6
"""Nats above 0 that a sum of rounded log-probabilities may reach."""


@dataclass(frozen=True)
class Likelihood(Declared):
    """See :func:`likelihood`."""

    per_token: bool
    model: Model | None = None
    trained_on: tuple[str, ...] = ()
    version: ClassVar[str] = "2"
    requests: ClassVar[int] = 1
    """Each candidate is read once."""
    sampling: ClassVar[Sampling] = Sampling()

    @cached_property
    def declared(self) -> Declaration:
        source = "generator" if self.model is None else f"model:{self.model.name}"
        depends_on = judge_sources(source, self.trained_on)
        return Declaration("likelihood", depends_on, "likelihood", (float("-inf"), 0.0), accept_at=None)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        if self.model is None or not candidates:
            return [self._verdict(c.logprob, c.n_tokens) for c in candidates]
        model = _scorer(self.model)
        completions = [c.completion for c in candidates]
        nats = model.logprobs([c.prompt for c in candidates], completions)
        tokens = model.token_counts(completions) if self.per_token else [None] * len(nats)
        return [self._verdict(value, count) for value, count in zip(nats, tokens, strict=True)]

    def _verdict(self, logprob: float | None, tokens: int | None) -> Verdict:
        if logprob is None:
            return abstained("no_logprob")
        if not -math.inf < logprob <= ROUNDING:  # NaN compares false
            return error("not_a_logprob", f"{logprob} nats")
        if not self.per_token:
            return Verdict(min(0.0, logprob))
        if tokens is None:
            return abstained("no_n_tokens")
        return Verdict(min(0.0, logprob / max(1, tokens)))


def likelihood(*, per_token: bool = True, model: Model | None = None, trained_on: Sequence[str] = ()) -> Likelihood:
    """Log-likelihood of each candidate (nats, per token or in total): under what sampled it, or under ``model``.

    Of the sampler it is what was recorded with the sample: abstains where that has no log-probability or, per token, no
    number of tokens (a total among means would always lose). A log-probability that is NaN, infinite or above 0 is an
    ERROR. Another model reads the text at T=1, in its own tokens; it must offer ``logprobs(prompts, completions)`` and
    ``token_counts(completions)``, as ``transformers`` and ``tiny`` do. ``trained_on``: all rows that it was trained on,
    by their files, or ``real``. Raises InputError.
    """
    if model is not None:
        _scorer(model)
    judge_sources("", trained_on)
    return Likelihood(per_token, model, tuple(trained_on))


def _scorer(model: Model) -> Scorer:
    if isinstance(model, Scorer):
        return model
    lacking = next(name for name in ("logprobs", "token_counts") if not hasattr(model, name))
    raise InputError(
        f"likelihood: {getattr(model, 'name', model)!r} has no {lacking}, so it cannot tell how probable a text is. "
        "Use transformers or tiny, or a model of your own that offers openloop.contracts.Scorer."
    )
