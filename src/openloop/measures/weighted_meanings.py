"""Entropies of meanings that use how likely the model found each completion (Farquhar et al. 2024), in nats.

``length_normalised``: the mean of −ln P(completion)/tokens: no meanings in it, and no number K of completions either.

``rao_entropy``: each completion weighs exp(its mean log-likelihood a token), each meaning the sum of its completions'
weights, and the entropy is that of the meanings' shares of the weight. It is at most ln K, so that it is compared at
equal k like the entropy of counts: :mod:`.semantic_entropy`.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.information_gain import require_logprobs
from openloop.measures.semantic_entropy import LEAST
from openloop.records import Estimate

SUBSETS = 500
"""Choices of k completions of a prompt that are averaged over; all of them where there are no more."""


def length_normalised(logprob: Values, n_tokens: Values, prompt: Codes, level: float = 0.95) -> Estimate:
    """Mean over prompts of −``logprob``/``n_tokens``, nats a token. Shapes [N]; NaN is not known. Raises DataError."""
    mean = mean_logprob(logprob, n_tokens)
    if prompt.shape != mean.shape:
        raise DataError(f"length_normalised: needs a prompt for each row, got {prompt.shape} for {mean.shape}.")
    known = ~np.isnan(mean)
    size = np.bincount(prompt[known], minlength=int(prompt.max(initial=-1)) + 1)
    return clustered.mean(0.0 - mean, prompt, level, np.where(known, 1 / np.maximum(size[prompt], 1), 1.0))


def rao_entropy(
    meaning: Codes,
    logprob: Values,
    n_tokens: Values,
    prompt: Codes,
    rng: np.random.Generator,
    *,
    k: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Entropy of the meanings of k completions, each weighing its likelihood a token; mean over prompts, nats.

    Shapes [N]: ``meaning`` codes (−1 not known), ``logprob`` of whole completions, ``n_tokens``, ``prompt`` codes.
    ``k`` by default the least that a prompt with two or more has. Averaged over every choice of k of a prompt's
    completions, or over 500 choices drawn by ``rng`` where there are more. Raises DataError.
    """
    mean = mean_logprob(logprob, n_tokens)
    if not meaning.shape == prompt.shape == mean.shape:
        raise DataError(f"rao_entropy: needs a meaning and a prompt for each of {mean.shape} rows.")
    known = (meaning >= 0) & ~np.isnan(mean)
    prompts = np.unique(prompt)
    rows = [np.flatnonzero(known & (prompt == code)) for code in prompts]
    several = [len(mine) for mine in rows if len(mine) >= LEAST]
    at = k if k is not None else min(several, default=0)
    if at < LEAST or not any(len(mine) >= at for mine in rows):
        what = "two completions" if k is None else f"{k:,} completions"
        why = f"not measured: no prompt has {what} whose meaning, likelihood and tokens are known"
        return Estimate(math.nan, None, None, level, 0, len(prompts), why)
    each = np.array([_expected(meaning[mine], mean[mine], at, rng) for mine in rows if len(mine) >= at])
    most = math.log(at)
    found = clustered.share(np.clip(each / most, 0.0, 1.0), None, level)
    low, high = (None if bound is None else bound * most for bound in (found.low, found.high))
    method = f"entropy of {at:,} completions weighed by their likelihood a token, nats; {found.method}"
    return Estimate(found.value * most, low, high, level, found.n, len(prompts) - found.n, method)


def mean_logprob(logprob: Values, n_tokens: Values) -> Values:
    """Log-probability a token, NaN where either is not known. Raises DataError."""
    require_logprobs(logprob, "mean_logprob")
    if logprob.shape != n_tokens.shape or logprob.ndim != 1 or (n_tokens[~np.isnan(n_tokens)] < 1).any():
        raise DataError("mean_logprob: needs for each log-probability the number of its tokens, at least 1.")
    return np.asarray(np.minimum(logprob, 0.0) / n_tokens)


def _expected(meaning: Codes, mean: Values, k: int, rng: np.random.Generator) -> float:
    """Of one prompt, over choices of k rows; rows in an order that their own order and names do not change."""
    weight = np.exp(mean - mean.max())
    codes = np.unique(meaning, return_inverse=True)[1]
    order = np.lexsort((np.bincount(codes, weights=weight)[codes], weight))
    weight, codes = weight[order], codes[order]
    n = len(weight)
    if math.comb(n, k) <= SUBSETS:
        chosen = np.array(list(itertools.combinations(range(n), k)))
    else:
        chosen = np.argsort(rng.random((SUBSETS, n)), axis=1)[:, :k]
    total = np.zeros((len(chosen), int(codes.max()) + 1))
    np.add.at(total, (np.arange(len(chosen))[:, None], codes[chosen]), weight[chosen])
    share = total / total.sum(1, keepdims=True)
    return float(-(share * np.log(np.where(share > 0, share, 1.0))).sum(1).mean()) + 0.0
