"""A language model small enough to be counted out: tokens drawn one by one, each from the law that the last one names.

What it says to a prompt is a path through V tokens that begins at the prompt's own law and ends with the end token (or
is cut). Entropies are exact sums over states, so that estimates from drawn paths have something to be compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Values

STEPS = 400
"""Tokens after which next to nothing is still going."""


@dataclass(frozen=True)
class TokenSampler:
    """Laws of the next token: the last column is the end of the completion."""

    first: Values
    """Shape [P, V + 1]: of the first token, by prompt."""
    following: Values
    """Shape [V, V + 1]: of the next one, by the last."""

    def sampled(self, temperature: float = 1.0, top_p: float = 1.0) -> TokenSampler:
        """The sampler that draws from it at a temperature and with top-p."""
        return TokenSampler(*(_drawn_from(law, temperature, top_p) for law in (self.first, self.following)))

    def entropy(self, most: int = STEPS) -> Values:
        """Shape [P]: nats of a completion cut after ``most`` tokens."""
        return self.cross_entropy(self, most)

    def cross_entropy(self, other: TokenSampler, most: int = STEPS) -> Values:
        """Shape [P]: mean of −ln P_other of what this one says, nats."""
        total, going = _surprise(self.first, other.first), self.first[:, :-1]
        each = _surprise(self.following, other.following)
        for _ in range(most - 1):
            total = total + going @ each
            going = going @ self.following[:, :-1]
        return np.asarray(total)

    def draw(self, k: int, rng: np.random.Generator, most: int = STEPS) -> tuple[Codes, Codes]:
        """Tokens [P·K, most], −1 after the end, whose code is V; and the prompt of each row [P·K]."""
        prompts, end = len(self.first), self.first.shape[1] - 1
        prompt = np.repeat(np.arange(prompts), k)
        tokens = np.full((len(prompt), most), -1, dtype=np.int64)
        law, going = self.first[prompt], np.arange(len(prompt))
        for step in range(most):
            token = (rng.random(len(going))[:, None] > law.cumsum(1)).sum(1).clip(max=end)
            tokens[going, step] = token
            going = going[token != end]
            if not len(going):
                break
            law = self.following[tokens[going, step]]
        return tokens, prompt

    def logprob(self, tokens: Codes, prompt: Codes) -> Values:
        """Shape [N]: ln P of rows that :meth:`draw` gave, under this sampler."""
        nats = np.log(self.first[prompt, tokens[:, 0]])
        with np.errstate(divide="ignore"):
            law = np.log(self.following)
        for before, after in zip(tokens[:, :-1].T, tokens[:, 1:].T, strict=True):
            there = after >= 0
            nats[there] += law[before[there], after[there]]
        return np.asarray(nats)


def random_sampler(prompts: int, tokens: int, ends: float, rng: np.random.Generator) -> TokenSampler:
    """Laws drawn from a Dirichlet distribution; each step ends with chance ``ends``."""

    def laws(n: int) -> Values:
        others = rng.dirichlet(np.full(tokens, 0.5), n) * (1 - ends)
        return np.column_stack([others, np.full(n, ends)])

    return TokenSampler(laws(prompts), laws(tokens))


def _drawn_from(law: Values, temperature: float, top_p: float) -> Values:
    with np.errstate(divide="ignore"):
        warm = np.exp(np.log(law) / temperature)
    warm = warm / warm.sum(1, keepdims=True)
    order = np.argsort(-warm, axis=1, kind="stable")
    ranked = np.take_along_axis(warm, order, 1)
    kept = np.cumsum(ranked, axis=1) - ranked < top_p  # the one that crosses top_p stays
    found = np.zeros_like(warm)
    np.put_along_axis(found, order, np.where(kept, ranked, 0.0), 1)
    return np.asarray(found / found.sum(1, keepdims=True))


def _surprise(law: Values, other: Values) -> Values:
    """−Σ law ln other, shape [rows]."""
    with np.errstate(divide="ignore"):
        nats = np.log(np.where(law > 0, other, 1.0))
    return np.asarray(-(law * nats).sum(1))
