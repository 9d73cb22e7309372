"""How many meanings a prompt's completions have: semantic entropy in nats (Farquhar et al. 2024), at equal numbers.

The entropy of counts, −Σ p ln p, grows with the number K of completions counted and is at most ln K, so that two sets
are compared at one number k: the entropy that k completions of a prompt would have, in expectation over all ways to
draw them from its K (without replacement; exact, nothing is drawn). It is the same quantity whatever K was.

The entropy of the whole distribution is larger. ``corrected`` estimates it (Chao and Shen 2003: shares shrunk by the
share of the distribution that was seen, rare meanings weighted up by their chance to be missed). Of 100 prompts with
K = 5, where counting is .3 to 1.5 nats too low, it was off by −.19 to +.21 in nine simulated worlds and by −.80 where
meanings are many and rare (Zipf over 100); at K = 20 by .07 and −.37. Its interval knows nothing of that.

Completions with one meaning share a code: :mod:`.meaning_clusters` makes such codes.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.intervals import require_level
from openloop.records import Estimate

LEAST = 2
"""Completions of a prompt from which on its entropy can be measured."""

LISTED = 20
"""Items that a reply is asked for in reverse-bottleneck."""


@dataclass(frozen=True)
class SemanticEntropy:
    """Of the completions of P prompts."""

    k: int
    """Completions of each prompt that the entropy is of; 0 where no prompt has two."""
    at_k: Estimate
    """Entropy of k completions, nats, mean over prompts: to compare with another set at the same k; at most ln k."""
    corrected: Estimate
    """Entropy of all that a prompt may be answered, estimated: see the head of this file."""
    prompts: Values
    """Shape [P]: of each prompt the entropy of k completions; NaN where it has fewer."""
    all_differ: float
    """Share of the measured prompts whose completions all have different meanings: of these the entropy is not known,
    only that it is large."""
    left_out: int
    """Prompts with fewer than k completions."""

    @property
    def most(self) -> float:
        """The entropy of k completions that all differ."""
        return math.log(self.k) if self.k else math.nan


def semantic_entropy(meaning: Codes, prompt: Codes, *, k: int | None = None, level: float = 0.95) -> SemanticEntropy:
    """Shapes [N]: ``meaning`` codes (−1: not known, left out) that are compared within a prompt only, ``prompt`` codes
    from 0.

    ``k``: the number of completions that is compared at; by default the least that a prompt with two or more has.
    Every prompt counts alike, however many completions it has; those with fewer than k are left out and counted in
    ``n_unscored``. Intervals are over prompts; with fewer than ten there is none. Raises DataError.
    """
    require_level(level)
    if meaning.shape != prompt.shape or meaning.ndim != 1 or prompt.min(initial=0) < 0:
        raise DataError(
            f"semantic_entropy: needs for each meaning the code of its prompt, from 0; got {prompt.shape} for "
            f"{meaning.shape}."
        )
    if k is not None and k < LEAST:
        raise DataError(f"semantic_entropy: k is a number of completions, at least {LEAST}, got {k}.")
    of, counts = meaning_counts(meaning, prompt)
    size = np.bincount(of, weights=counts, minlength=int(prompt.max(initial=-1)) + 1).astype(np.int64)
    several = size[size >= LEAST]
    at = k if k is not None else int(several.min()) if len(several) else 0
    measured = size >= max(at, LEAST)
    out = int(len(size) - measured.sum())
    if not measured.any():
        why = f"no prompt has {'two' if k is None else f'{k:,}'} completions"
        nothing = Estimate(math.nan, None, None, level, 0, out, f"not measured: {why}")
        return SemanticEntropy(at, nothing, nothing, np.full(len(size), math.nan), math.nan, out)
    kinds = np.bincount(of, minlength=len(size))
    each = np.bincount(of, weights=_by_count(of, counts, size, at), minlength=len(size)).astype(np.float64)
    each = np.where(measured, np.clip(each, 0.0, math.log(at)), np.nan)
    whole = np.where(measured, np.bincount(of, weights=_chao_shen(of, counts, size), minlength=len(size)), np.nan)
    differ = float((kinds == size)[measured].mean())
    return SemanticEntropy(
        at,
        _counted(each, at, level, out),
        _estimated(whole, differ, level, out),
        each,
        differ,
        out,
    )


def listed_entropy(items: Sequence[Sequence[Hashable]], k: int = LISTED, *, level: float = 0.95) -> SemanticEntropy:
    """Of the items that each reply lists (reverse-bottleneck, Tables 3 and 4: 20 tasks of one reply), equal ones alike.

    ``items``: those of each reply, as what two must have in common to mean the same (texts in normal form, codes). A
    reply counts as a prompt does elsewhere; replies that list fewer than ``k`` are left out. At most ln k: ln 20 is
    3.00, and one pair of equal items among 20 takes .07 off. Raises DataError.
    """
    different = {item: code for code, item in enumerate(dict.fromkeys(item for mine in items for item in mine))}
    meaning = np.array([different[item] for mine in items for item in mine], dtype=np.int64)
    reply = np.repeat(np.arange(len(items)), [len(mine) for mine in items])
    return semantic_entropy(meaning, reply, k=k, level=level)


def meaning_counts(meaning: Codes, prompt: Codes) -> tuple[Codes, Codes]:
    """Prompt of each meaning that a prompt's completions have, and how many of them have it: shapes [meanings].

    In an order that does not depend on the names of the meanings.
    """
    known = meaning >= 0
    width = int(meaning.max(initial=0)) + 1
    pairs, counts = np.unique(prompt[known].astype(np.int64) * width + meaning[known], return_counts=True)
    order = np.lexsort((counts, pairs // width))
    return np.asarray(pairs[order] // width, dtype=np.int64), np.asarray(counts[order], dtype=np.int64)


def entropy_of_counts(counts: Codes) -> float:
    """−Σ p ln p of the shares of some counts (nats); 0 for one kind."""
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum()) + 0.0


def _by_count(of: Codes, counts: Codes, size: Codes, k: int) -> Values:
    """What each meaning adds to the expected entropy of k completions of its prompt."""
    pairs, place = np.unique(np.column_stack([counts, size[of]]), axis=0, return_inverse=True)
    found = np.array([_expected(int(n), int(whole), k) if whole >= k else 0.0 for n, whole in pairs])
    return np.asarray(found[place.ravel()])


@cache
def _expected(n: int, whole: int, k: int) -> float:
    """E[−(J/k) ln(J/k)], J being how many of k completions, drawn out of ``whole``, are among ``n``."""
    from scipy.special import gammaln

    held = np.arange(max(1, k - (whole - n)), min(n, k) + 1, dtype=np.float64)

    def ways(a: float, b: Values) -> Values:
        return np.asarray(gammaln(a + 1) - gammaln(b + 1) - gammaln(a - b + 1))

    chance = np.exp(ways(n, held) + ways(whole - n, k - held) - ways(whole, np.array([float(k)])))
    return float(-(chance * held / k * np.log(held / k)).sum())


def _chao_shen(of: Codes, counts: Codes, size: Codes) -> Values:
    """What each meaning adds to the entropy of all that its prompt may be answered (Chao and Shen 2003, eq. 7)."""
    once = np.bincount(of[counts == 1], minlength=len(size))
    # Where all differ the share that was seen would be 0, and the entropy without bound: one of them counts as seen.
    once = np.minimum(once, np.maximum(size - 1, 0))
    share = counts / size[of] * (1 - once[of] / size[of])
    missed = np.exp(size[of] * np.log1p(-np.minimum(share, 1 - 1e-12)))
    return np.asarray(-share * np.log(share) / (1 - missed) + 0.0)


def _counted(each: Values, k: int, level: float, out: int) -> Estimate:
    """Mean over prompts of values in [0, ln k], by the interval of a share."""
    most = math.log(k)
    found = clustered.share(each[~np.isnan(each)] / most, None, level)
    low, high = (None if bound is None else bound * most for bound in (found.low, found.high))
    what = f"entropy of {k:,} completions a prompt, nats (at most ln {k:,} = {most:.2f}), mean over {found.n:,} prompts"
    return Estimate(found.value * most, low, high, level, found.n, out, f"{what}; {found.method}")


def _estimated(whole: Values, differ: float, level: float, out: int) -> Estimate:
    found = clustered.mean(whole[~np.isnan(whole)], None, level)
    what = "entropy of all completions that a prompt may get, nats (Chao-Shen)"
    caution = "says nothing of rare meanings that no completion had"
    if differ >= 0.5:
        caution = f"not to be trusted: in {differ:.0%} of the prompts all completions differ"
    low = None if found.low is None else max(0.0, found.low)
    return replace(found, low=low, n_unscored=out, method=f"{what}; {found.method}; {caution}")
