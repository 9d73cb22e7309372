"""Which completions of a prompt mean the same: codes for :mod:`.semantic_entropy`.

By equal answers; by vectors, as near as a threshold allows that is calibrated on pairs known to be equal or different;
or by entailment both ways. "Means the same" is not transitive, so that clusters need a rule: average linkage, two
clusters becoming one where their completions are as near *on average* as two must be. (Farquhar et al. 2024 compare
with the first member of each cluster, and a later cluster may take members of an earlier one: what comes out depends
on the order of the rows. Here rows are put in order by what they hold first.)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values, Values32
from openloop.errors import DataError

MOST = 4_000
"""Completions of one prompt that are clustered: their distances are all in memory at once."""
PAIRS = 20
"""Pairs known to be equal, and as many known to be different, from which on a threshold can be calibrated."""
LESS_THAN_HALF = 0.499
BLOCK = 8_192
"""Pairs whose vectors are in memory at once."""


def by_answer(answers: Sequence[Hashable | None]) -> Codes:
    """Shape [N]: equal answers have equal codes; −1 for None, an answer that is not known."""
    codes = {answer: code for code, answer in enumerate(dict.fromkeys(a for a in answers if a is not None))}
    return np.array([-1 if answer is None else codes[answer] for answer in answers], dtype=np.int64)


def by_vectors(vectors: Values32, prompt: Codes, threshold: float) -> Codes:
    """Codes [N] from ``vectors`` [N, D] of length 1 (zeros: a text that says nothing, like all such).

    Completions of one prompt are one cluster where their mean cosine distance is at most ``threshold``, from 0 to 2.
    Raises DataError.
    """
    _require_vectors(vectors, prompt)
    if not 0 <= threshold <= 2:
        raise DataError(f"by_vectors: threshold is a cosine distance from 0 to 2, got {threshold}.")
    found = np.full(len(prompt), -1, dtype=np.int64)
    for rows in _of_each(prompt):
        rows = rows[np.lexsort(vectors[rows].T[::-1])]
        _place(found, rows, _linked(_distances(vectors[rows]), threshold))
    return found


def by_entailment(texts: Sequence[str], prompt: Codes, entails: Callable[[str, str], bool]) -> Codes:
    """Codes [N]: completions of one prompt that entail each other, by more than half of the pairs where three or
    more do not all agree.

    ``entails(a, b)`` says whether b follows from a; it is asked both ways of every two different texts of a prompt, at
    most once. Raises DataError.
    """
    if len(texts) != len(prompt):
        raise DataError(f"by_entailment: needs a prompt for each text, got {len(prompt):,} for {len(texts):,} texts.")
    found = np.full(len(prompt), -1, dtype=np.int64)
    for rows in _of_each(prompt):
        rows = np.array(sorted(rows, key=lambda row: texts[row]), dtype=np.int64)
        different = list(dict.fromkeys(texts[row] for row in rows))
        apart = np.ones((len(different), len(different)))
        np.fill_diagonal(apart, 0.0)
        for i, one in enumerate(different):
            for j, other in enumerate(different[:i]):
                apart[i, j] = apart[j, i] = 0.0 if entails(one, other) and entails(other, one) else 1.0
        place = np.array([different.index(texts[row]) for row in rows])
        _place(found, rows, _linked(apart[np.ix_(place, place)], LESS_THAN_HALF))
    return found


@dataclass(frozen=True, slots=True)
class Threshold:
    """A distance that tells pairs of one meaning from pairs of two."""

    value: float
    """Pairs as near as this, or nearer, are of one meaning."""
    joined: float
    """Share of the pairs known to be equal that it puts together."""
    split: float
    """Share of the pairs known to be different that it keeps apart."""
    equal: int
    """Pairs known to be equal."""
    different: int

    @property
    def right(self) -> float:
        """Mean of the two shares: .5 is guessing, 1 tells all of them."""
        return (self.joined + self.split) / 2


def calibrated_threshold(distance: Values, equal: Mask) -> Threshold:
    """The threshold that is right most often on pairs known to be equal or different (the two counting alike).

    Shapes [M]. It lies midway between two pairs' distances; among thresholds that do as well the middle one is taken.
    Raises DataError for fewer than 20 pairs of either kind.
    """
    if distance.shape != equal.shape or distance.ndim != 1 or np.isnan(distance).any():
        raise DataError("calibrated_threshold: needs a distance that is a number, and equal or not, for each pair.")
    same, other = int(equal.sum()), int((~equal).sum())
    if min(same, other) < PAIRS:
        raise DataError(
            f"calibrated_threshold: needs {PAIRS} pairs known to be equal and {PAIRS} known to be different, got "
            f"{same:,} and {other:,}."
        )
    order = np.sort(np.unique(distance))
    between = (order[1:] + order[:-1]) / 2
    cuts = np.concatenate([order[:1] / 2, between, order[-1:]])
    joined = np.searchsorted(np.sort(distance[equal]), cuts, side="right") / same
    split = 1 - np.searchsorted(np.sort(distance[~equal]), cuts, side="right") / other
    right = joined + split
    best = np.flatnonzero(right >= right.max() - 1e-12)
    cut = int(best[len(best) // 2])
    return Threshold(float(cuts[cut]), float(joined[cut]), float(split[cut]), same, other)


def pairs_within(prompt: Codes, code: Codes, most: int = 50_000) -> tuple[Codes, Codes, Mask]:
    """Every two rows of one prompt whose ``code`` [N] is known (not −1): their places, and whether the codes are equal.

    At most ``most`` pairs, prompts in the order of their codes; whole prompts as far as they fit, and of a first one
    that does not fit as many of its first rows as do.
    """
    first: list[Codes] = []
    second: list[Codes] = []
    held = 0
    for rows in _of_each(prompt):
        rows = rows[code[rows] >= 0]
        rows = rows if first else rows[: int(np.sqrt(2 * most))]
        held += len(rows) * (len(rows) - 1) // 2
        if held > most and first:
            break
        a, b = np.triu_indices(len(rows), 1)
        first.append(rows[a])
        second.append(rows[b])
    one, other = (np.concatenate(side) if side else np.zeros(0, dtype=np.int64) for side in (first, second))
    return one, other, np.asarray(code[one] == code[other])


def cosine_distances(vectors: Values32, one: Codes, other: Codes) -> Values:
    """Shape [M] of the pairs of rows ``one`` and ``other`` [M]; two texts that say nothing are equal."""
    says: Mask = np.asarray(vectors.any(axis=1))
    near = np.empty(len(one))
    for start in range(0, len(one), BLOCK):
        some = slice(start, start + BLOCK)
        near[some] = np.einsum("md,md->m", vectors[one[some]], vectors[other[some]], dtype=np.float64)
    return np.asarray(np.where(says[one] | says[other], np.clip(1 - near, 0.0, 2.0), 0.0))


def _of_each(prompt: Codes) -> Iterator[Codes]:
    """Rows of each prompt."""
    order = np.argsort(prompt, kind="stable")
    bounds = np.flatnonzero(np.diff(prompt[order])) + 1
    for rows in np.split(order, bounds.tolist()):
        if len(rows) > MOST:
            raise DataError(
                f"meaning clusters: one prompt has {len(rows):,} completions; at most {MOST:,} are compared with each "
                "other. Take some of them."
            )
        if len(rows):
            yield np.asarray(rows, dtype=np.int64)


def _distances(vectors: Values32) -> Values:
    """Cosine distances of all rows, shape [n, n]."""
    wide = vectors.astype(np.float64)
    apart = np.clip(1 - wide @ wide.T, 0.0, 2.0)
    nothing = ~wide.any(1)
    apart[np.ix_(nothing, nothing)] = 0.0
    np.fill_diagonal(apart, 0.0)
    # Rounding must not tell equal vectors apart.
    return np.asarray(np.where(apart < 1e-6, 0.0, apart))


def _linked(apart: Values, threshold: float) -> NDArray[np.int32]:
    """Average linkage of [n, n] distances, cut at the threshold."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(apart) == 1:
        return np.zeros(1, dtype=np.int32)
    tree = linkage(squareform((apart + apart.T) / 2, checks=False), method="average")
    return np.asarray(fcluster(tree, threshold, criterion="distance"), dtype=np.int32)


def _place(found: Codes, rows: Codes, cluster: NDArray[np.int32]) -> None:
    found[rows] = cluster + int(found.max(initial=-1)) + 1


def _require_vectors(vectors: Values32, prompt: Codes) -> None:
    if vectors.ndim != 2 or len(vectors) != len(prompt):
        raise DataError(f"by_vectors: needs a vector for each prompt [N, D], got {vectors.shape} for {prompt.shape}.")
    if not np.isfinite(vectors).all():
        wrong = int((~np.isfinite(vectors).all(1)).sum())
        raise DataError(f"by_vectors: {wrong:,} of {len(vectors):,} vectors hold numbers that are not finite.")
