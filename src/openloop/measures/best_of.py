"""Does choosing harder by a score help: gold of the best of n, by rank, and of a majority vote.

b(n) is the expected gold of the top-scored of n candidates drawn without replacement from a prompt's K, ties drawn
at random: Σ_ℓ [C(L_ℓ, n) − C(L_ℓ − c_ℓ, n)] / C(K, n) · ḡ_ℓ over score levels ℓ, where L_ℓ rows lie at or below the
level, c_ℓ at it, and ḡ_ℓ is their mean gold. It is exact, not sampled. The prompts are the same at every n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.records import Estimate

REPLICATES = 2000
SHARE = 0.9
"""Share of the prompts (with two rows or more) that the largest n must leave in."""


@dataclass(frozen=True, slots=True)
class BestOf:
    """Gold of the best of n, for a fixed set of prompts."""

    n: tuple[int, ...]
    gold: tuple[Estimate, ...]
    """b(n), with intervals over prompts."""
    prompts: int
    drop: Estimate
    """The fall b(n) − b(n′) from the peak to the largest n, or, where that may be none, the surest fall (largest lower
    bound): value, and bounds that hold for all pairs at once."""
    falls: tuple[int, int]
    """That n and n′."""
    p_value: float | None
    """Of "no pair falls" (max-t over pairs, bootstrap over prompts); None for fewer than 10 prompts."""


def best_of(
    score: Values,
    gold: Values,
    prompt: Codes,
    rng: np.random.Generator,
    level: float = 0.95,
    replicates: int = REPLICATES,
) -> BestOf | None:
    """Gold of the best of n (shapes [N]; rows without score or gold are left out); None where no prompt has two rows.

    n runs to the largest K that at least nine tenths of the prompts with two rows or more have.
    """
    table, ns = per_prompt(score, gold, prompt)
    if len(ns) < 2:
        return None
    gold_of = tuple(clustered.share(table[:, i], None, level) for i in range(len(ns)))
    drop, falls, p_value = _fall(table, rng, level, replicates)
    return BestOf(ns, gold_of, len(table), drop, (ns[falls[0]], ns[falls[1]]), p_value)


def per_prompt(score: Values, gold: Values, prompt: Codes) -> tuple[Values, tuple[int, ...]]:
    """b(n) of every prompt that has enough rows (shape [P, n's]), and the n's."""
    known = ~np.isnan(score) & ~np.isnan(gold)
    s, y, p = score[known], gold[known], prompt[known]
    sizes = np.bincount(p) if len(p) else np.array([0])
    several = np.sort(sizes[sizes >= 2])
    if not len(several):
        return np.empty((0, 0)), ()
    largest = int(several[int((1 - SHARE) * len(several))])
    ns = sizes_up_to(largest)
    use = sizes[p] >= largest
    s, y = s[use], y[use]
    p = np.unique(p[use], return_inverse=True)[1]
    order = np.lexsort((s, p))
    s, y, p = s[order], y[order], p[order]
    k = np.bincount(p)
    new = np.r_[True, (p[1:] != p[:-1]) | (s[1:] != s[:-1])]
    level = np.cumsum(new) - 1
    at, of = np.bincount(level), p[new]
    mean_gold = np.bincount(level, weights=y) / at
    start = np.r_[0, np.cumsum(k)[:-1]]
    below = np.flatnonzero(new) - start[of]  # rows strictly below the level
    columns = []
    for n in ns:
        weight = np.exp(_log_choose_ratio(below + at, k[of], n)) - np.exp(_log_choose_ratio(below, k[of], n))
        columns.append(np.bincount(of, weights=weight * mean_gold, minlength=len(k)))
    return np.column_stack(columns), tuple(ns)


def sizes_up_to(largest: int) -> list[int]:
    """1, 2, 3, 4, 5, 7, 10, 14, ..., and ``largest``: about √2 apart."""
    if largest < 1:
        raise DataError(f"sizes_up_to: needs at least 1, got {largest}.")
    steps = {1, 2, 3, 4, 5, largest} | {round(5 * 2 ** (i / 2)) for i in range(40)}
    return sorted(n for n in steps if n <= largest)


def by_rank(score: Values, gold: Values, prompt: Codes, level: float = 0.95, groups: int = 10) -> list[Estimate]:
    """Gold rate by rank of the score within the prompt, from the top tenth to the lowest; ties share their places.

    Prompts with at least ``groups`` rows only.
    """
    known = ~np.isnan(score) & ~np.isnan(gold)
    s, y, p = score[known], gold[known], prompt[known]
    sizes = np.bincount(p) if len(p) else np.array([0])
    use = sizes[p] >= groups if len(p) else np.array([], dtype=bool)
    if not use.any():
        return []
    s, y = s[use], y[use]
    p = np.unique(p[use], return_inverse=True)[1]
    order = np.lexsort((-s, p))
    s, y, p = s[order], y[order], p[order]
    new = np.r_[True, (p[1:] != p[:-1]) | (s[1:] != s[:-1])]
    tied = np.cumsum(new) - 1
    shared = (np.bincount(tied, weights=y) / np.bincount(tied))[tied]
    k = np.bincount(p)
    place = np.arange(len(p)) - np.r_[0, np.cumsum(k)[:-1]][p]
    group = np.minimum(groups - 1, place * groups // k[p])
    return [clustered.share(shared[group == g], p[group == g], level) for g in range(groups)]


def vote(answer: Codes, gold: Values, prompt: Codes, level: float = 0.95) -> Estimate | None:
    """Gold of the answer that most candidates of a prompt give (ties shared); None if no answer repeats.

    ``answer`` [N] codes equal texts; prompts with two rows or more that have gold. The interval is over prompts.
    """
    known = ~np.isnan(gold)
    y, p = gold[known], np.unique(prompt[known], return_inverse=True)[1]
    if not len(p):
        return None
    pair, inverse, votes = np.unique(
        np.column_stack([p, answer[known]]), axis=0, return_inverse=True, return_counts=True
    )
    if votes.max() < 2:
        return None
    mean_gold = np.bincount(inverse.ravel(), weights=y) / votes
    of = pair[:, 0]
    most = np.zeros(of.max() + 1, dtype=np.int64)
    np.maximum.at(most, of, votes)
    top = votes == most[of]
    share = np.bincount(of, weights=mean_gold * top) / np.bincount(of, weights=top)
    return clustered.share(share[np.bincount(p) >= 2], None, level)


def _log_choose_ratio(m: Codes, k: Codes, n: int) -> Values:
    """log of C(m, n) / C(k, n), −∞ where m < n."""
    from scipy.special import gammaln

    enough = m >= n
    m = np.where(enough, m, n)
    value = gammaln(m + 1) - gammaln(m - n + 1) - gammaln(k + 1) + gammaln(k - n + 1)
    return np.where(enough, value, -np.inf)


def _fall(
    table: Values, rng: np.random.Generator, level: float, replicates: int
) -> tuple[Estimate, tuple[int, int], float | None]:
    """The fall that is shown and its pair of n, and the max-t test of "no pair falls" over all pairs."""
    prompts, width = table.shape
    pairs = [(i, j) for i in range(width) for j in range(i + 1, width)]
    first, second = np.array(pairs).T
    gaps = table[:, first] - table[:, second]
    mean, error = (
        gaps.mean(0),
        gaps.std(0, ddof=1) / np.sqrt(prompts) if prompts > 1 else np.zeros(len(pairs)),
    )
    moves = error > 1e-12
    if prompts < 10 or not moves.any():
        i = int(mean.argmax())
        method = "no interval: fewer than 10 prompts, or no pair differs"
        return Estimate(float(mean[i]), None, None, level, prompts, method=method), pairs[i], None
    t = np.where(moves, mean / np.where(moves, error, 1), -np.inf)
    highest, widest = _null(gaps[:, moves], rng, replicates)
    p_value = (1 + int((highest >= t.max()).sum())) / (1 + replicates)
    surest = mean - float(np.quantile(widest, level)) * error
    peak = int(table.mean(0).argmax())
    i = int(np.where(moves, surest, -np.inf).argmax())
    if peak < width - 1 and surest[pairs.index((peak, width - 1))] > 0:
        i = pairs.index((peak, width - 1))
    reach = float(mean[i] - surest[i])
    if reach < 1e-12:
        same = "no interval: every prompt falls by the same"
        return Estimate(float(mean[i]), None, None, level, prompts, method=same), pairs[i], p_value
    drop = Estimate(
        float(mean[i]),
        float(mean[i] - reach),
        float(mean[i] + reach),
        level,
        prompts,
        method=f"bootstrap over {prompts:,} prompts, simultaneous over {len(pairs)} pairs of n",
    )
    return drop, pairs[i], p_value


def _null(gaps: Values, rng: np.random.Generator, replicates: int) -> tuple[Values, Values]:
    """Bootstrap draws of max t and max |t| over pairs (columns of gaps [P, pairs]), centred."""
    prompts = len(gaps)
    centred = gaps - gaps.mean(0)
    squares = centred**2
    highest, widest = [], []
    chunk = max(1, min(replicates, 4_000_000 // prompts))
    for begin in range(0, replicates, chunk):
        size = min(chunk, replicates - begin)
        weights = rng.multinomial(prompts, np.full(prompts, 1 / prompts), size) / prompts
        means = weights @ centred
        error = np.sqrt(np.maximum(weights @ squares - means**2, 1e-18) / (prompts - 1))
        t = means / error
        highest.append(t.max(1))
        widest.append(np.abs(t).max(1))
    return np.concatenate(highest), np.concatenate(widest)
