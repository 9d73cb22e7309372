"""Likelihood: how probable a model finds a completion. The generator itself tells nothing from outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.contracts import Kind, Model, Scope
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Probe, Verdict

ROUNDING = 1e-6
"""Nats above 0 that a sum of rounded log-probabilities may reach."""


@dataclass(frozen=True)
class Likelihood:
    """See :func:`likelihood`."""

    per_token: bool
    model: Model | None = None
    version: ClassVar[str] = "2"
    name: ClassVar[str] = "likelihood"
    kind: ClassVar[Kind] = "likelihood"
    range: ClassVar[tuple[float, float]] = (float("-inf"), 0.0)
    accept_at: ClassVar[None] = None
    scope: ClassVar[Scope] = "candidate"
    probes: ClassVar[tuple[Probe, ...]] = ()

    @cached_property
    def depends_on(self) -> frozenset[str]:
        return frozenset({"generator" if self.model is None else f"model:{self.model.name}"})

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        if self.model is None or not candidates:
            return [self._verdict(c.logprob, c.n_tokens) for c in candidates]
        model: Any = self.model  # which `likelihood` has checked
        completions = [c.completion for c in candidates]
        nats = model.logprobs([c.prompt for c in candidates], completions)
        tokens = model.token_counts(completions) if self.per_token else [None] * len(nats)
        return [self._verdict(value, count) for value, count in zip(nats, tokens, strict=True)]

    def _verdict(self, logprob: float | None, tokens: int | None) -> Verdict:
        if logprob is None:
            return Verdict(None, Outcome.ABSTAINED, "no_logprob")
        if not -math.inf < logprob <= ROUNDING:  # NaN compares false
            return Verdict(None, Outcome.ERROR, "not_a_logprob", detail=f"{logprob} nats")
        if not self.per_token:
            return Verdict(min(0.0, logprob))
        if tokens is None:
            return Verdict(None, Outcome.ABSTAINED, "no_n_tokens")
        return Verdict(min(0.0, logprob / max(1, tokens)))


def likelihood(*, per_token: bool = True, model: Model | None = None) -> Likelihood:
    """Log-likelihood of each candidate (nats, per token or in total): under what sampled it, or under ``model``.

    Of the sampler it is what was recorded with the sample: abstains where that has no log-probability or, per token, no
    number of tokens (a total among means would always lose). A log-probability that is NaN, infinite or above 0 is an
    ERROR. Another model reads the text at T=1, in its own tokens; it must offer ``logprobs(prompts, completions)`` and
    ``token_counts(completions)``, as ``transformers`` and ``tiny`` do. Raises InputError.
    """
    lacks = [name for name in ("logprobs", "token_counts") if model is not None and not hasattr(model, name)]
    if lacks:
        raise InputError(
            f"likelihood: {getattr(model, 'name', model)!r} has no {lacks[0]}, so it cannot tell how probable a text "
            "is that it did not sample; use transformers or tiny, or a model of your own that can."
        )
    return Likelihood(per_token, model)
