"""Likelihood: how probable the model itself finds its completion. Nothing from outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Kind, Scope
from openloop.records import Candidate, Outcome, Probe, Verdict

ROUNDING = 1e-6
"""Nats above 0 that a sum of rounded log-probabilities may reach."""


@dataclass(frozen=True)
class Likelihood:
    """See :func:`likelihood`."""

    per_token: bool
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "likelihood"
    kind: ClassVar[Kind] = "likelihood"
    depends_on: ClassVar[frozenset[str]] = frozenset({"generator"})
    range: ClassVar[tuple[float, float]] = (float("-inf"), 0.0)
    accept_at: ClassVar[None] = None
    scope: ClassVar[Scope] = "candidate"
    probes: ClassVar[tuple[Probe, ...]] = ()

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [self._one(candidate) for candidate in candidates]

    def _one(self, candidate: Candidate) -> Verdict:
        logprob, tokens = candidate.logprob, candidate.n_tokens
        if logprob is None:
            return Verdict(None, Outcome.ABSTAINED, "no_logprob")
        if not -math.inf < logprob <= ROUNDING:  # NaN compares false
            return Verdict(None, Outcome.ERROR, "not_a_logprob", detail=f"{logprob} nats")
        if not self.per_token:
            return Verdict(min(0.0, logprob))
        if tokens is None:
            return Verdict(None, Outcome.ABSTAINED, "no_n_tokens")
        return Verdict(min(0.0, logprob / max(1, tokens)))


def likelihood(*, per_token: bool = True) -> Likelihood:
    """Log-likelihood of each candidate under what sampled it (nats, per token or in total).

    Abstains where the sampler gave no log-probability or, per token, no number of tokens: a total among means
    would always lose. A log-probability that is NaN, infinite or above 0 is an ERROR.
    """
    return Likelihood(per_token)
