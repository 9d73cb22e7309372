"""Plurality breakdown: more than two answers, and a vote among K of them.

A candidate is right with chance 1 − p, else answer v of V wrong ones with chance p·w_v; a verifier keeps the right one
with chance φ, answer v with ψ_v. Kept masses: a = (1 − p)φ, b_v = p w_v ψ_v. Beyond the papers, which have two answers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.theory.argument_checks import probability

MOST = 600
"""Candidates of one vote: beyond it exp(K) leaves the floats."""


def _answers(wrong: ArrayLike, psi: ArrayLike) -> tuple[Values, Values]:
    w = np.atleast_1d(probability("wrong", wrong))
    if w.ndim != 1 or abs(float(w.sum()) - 1) > 1e-9:
        raise InputError(f"wrong: shares of the wrong answers must add up to 1, got {w.sum():g}.")
    return w, np.broadcast_to(probability("psi", psi), w.shape)


def plurality_point(phi: float, psi: ArrayLike, wrong: ArrayLike) -> float:
    """p at which the right answer is no longer the commonest kept one: φ / (φ + max_v w_v ψ_v), candidates unlimited.

    ``wrong``: shares w [V]; ``psi``: one number, or [V]. Wrong answers spread evenly over V: V / (V + ψ/φ). One
    systematic wrong answer (V = 1) gives back p★.
    """
    w, kept = _answers(wrong, psi)
    probability("phi", phi)
    worst = float((w * kept).max())
    if phi == 0 and worst == 0:
        raise InputError("plurality_point: phi and psi are 0, so nothing is kept.")
    return phi / (phi + worst)


@dataclass(frozen=True, slots=True)
class Vote:
    """What a vote among K candidates comes to."""

    correct: float
    """Chance that the right answer wins, ties broken at random."""
    nothing: float
    """Chance that no candidate is kept; counted in neither."""


def vote(p: float, phi: float, psi: ArrayLike, wrong: ArrayLike, k: int) -> Vote:
    """Exact for finite K: sum over the right answer's count m, wrong ones at most m, ties by ∫₀¹ Π_v(S_{m−1} +
    u·term_m) du.

    Exponential generating functions cut at m, multiplied per wrong answer, and Gauss-Legendre nodes that are exact for
    their degree in u. At p_plur accuracy is 1/(V + 1) for large K, not one half. K up to 600.
    """
    w, kept = _answers(wrong, psi)
    if not 1 <= k <= MOST:
        raise InputError(f"vote: k must lie in 1 to {MOST}, got {k}.")
    a = (1 - float(probability("p", p))) * float(probability("phi", phi))
    b = p * w * kept
    rest = max(0.0, 1 - a - float(b.sum()))
    # Terms (c·K)^j/j!, so that K!/K^K times the coefficient of z^K is a probability and nothing overflows.
    j = np.arange(k + 1)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, k + 1)))])

    def terms(c: float) -> Values:
        if c == 0:
            return np.asarray(j == 0, dtype=np.float64)
        return np.asarray(np.exp(j * math.log(c * k) - log_factorial))

    values, counts = np.unique(b, return_counts=True)
    spread, dropped, right = [terms(float(c)) for c in values], terms(rest), terms(a)
    # At most k of the wrong answers can tie: the degree in u is no larger.
    nodes, weights = np.polynomial.legendre.leggauss(min(len(b), k) // 2 + 1)
    nodes, weights = (nodes + 1) / 2, weights / 2
    total = 0.0
    for m in range(1, k + 1):
        room = k - m
        product = np.repeat(dropped[None, : room + 1], len(nodes), axis=0)
        for term, many in zip(spread, counts, strict=True):
            cut = np.where(j < m, term, 0.0)[None, : room + 1] + np.zeros((len(nodes), 1))
            if m <= room:
                cut[:, m] = nodes * term[m]
            product = _times(product, _power(cut, int(many)))
        total += float(right[m] * (weights @ product[:, room]))
    scale = math.exp(float(log_factorial[k]) - k * math.log(k))
    return Vote(min(1.0, total * scale), float(rest**k))


def data_set(p: ArrayLike, phi: float, psi: ArrayLike, wrong: ArrayLike, k: int) -> Vote:
    """Mean over prompts, each with its own p [P]: never what the mean p gives."""
    each = [vote(float(mine), phi, psi, wrong, k) for mine in np.atleast_1d(probability("p", p))]
    return Vote(float(np.mean([v.correct for v in each])), float(np.mean([v.nothing for v in each])))


def structured_share(bad_after: float) -> float:
    """Largest share of kept rows that can lie in strata past breakdown (p′_s > ½): min(1, 2p′); it is reached."""
    probability("bad_after", bad_after)
    return min(1.0, 2 * bad_after)


def _times(x: Values, y: Values) -> Values:
    """Products of polynomials [B, n], cut at degree n − 1."""
    n = x.shape[1]
    out = np.zeros_like(x)
    for i in range(n):
        out[:, i:] += x[:, i : i + 1] * y[:, : n - i]
    return out


def _power(x: Values, n: int) -> Values:
    result = np.zeros_like(x)
    result[:, 0] = 1.0
    while n:
        if n & 1:
            result = _times(result, x)
        x, n = _times(x, x) if n > 1 else x, n >> 1
    return result
