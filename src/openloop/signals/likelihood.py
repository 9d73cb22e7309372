"""Likelihood: how probable the model itself finds its completion. Nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Kind, Scope
from openloop.records import Candidate, Outcome, Probe, Verdict


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
        if candidate.logprob is None:
            return Verdict(None, Outcome.ABSTAINED, "no_logprob")
        tokens = max(1, candidate.n_tokens or 1) if self.per_token else 1
        return Verdict(min(0.0, candidate.logprob / tokens))


def likelihood(*, per_token: bool = True) -> Likelihood:
    """Log-likelihood of each candidate under what sampled it (nats, per token or in total)."""
    return Likelihood(per_token)
