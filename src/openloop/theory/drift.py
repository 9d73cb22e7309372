"""A judge that learns from its own verdicts, beside a frozen one; and noise beside bias at the same φ and ψ.

information-open, §3.2 and §4.2, in worlds small enough to know the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Mask, Values
from openloop.errors import InputError
from openloop.theory.argument_checks import at_least, fits, probability


def judge_drift(rate: float, n: int, rounds: int, runs: int, rng: np.random.Generator, *, bias: float = 0.0) -> Values:
    """Acceptance rates [runs, rounds + 1] of a judge that is fitted anew each round to n of its own verdicts on the
    same rows.

    ``bias``: logits by which each refit is stricter (below 0) or milder. A frozen judge stays at ``rate``.
    """
    probability("rate", rate)
    if min(n, runs) < 1 or rounds < 0:
        raise InputError(f"judge_drift: needs n and runs at least 1, rounds at least 0; got {n}, {runs}, {rounds}.")
    fits("judge_drift", 8.0 * runs * (rounds + 1))
    found = np.empty((runs, rounds + 1))
    found[:, 0] = rate
    for t in range(rounds):
        fitted = rng.binomial(n, found[:, t]) / n
        found[:, t + 1] = np.minimum(1.0, fitted * np.exp(bias) / (fitted * np.exp(bias) + 1 - fitted))
    return found


def drift_variance(rate: float, n: int, rounds: int) -> Values:
    """Variance of that rate after rounds 0..R without bias: a(1 − a)(1 − (1 − 1/n)^t), its mean being ``rate`` for
    ever.

    A closed judge wanders off and ends at accepting all or nothing; by itself it does not grow stricter. That takes
    bias.
    """
    probability("rate", rate)
    at_least("n", n, 1)
    return np.asarray(rate * (1 - rate) * (1 - (1 - 1 / n) ** np.arange(rounds + 1)))


@dataclass(frozen=True, slots=True)
class Rewarded:
    """Share of good answers along a policy-gradient training, [steps + 1]."""

    noise: Values
    """Verdicts drawn anew each time."""
    biased: Values
    """Verdicts drawn once for each answer and kept."""


def noise_or_bias(
    start: ArrayLike,
    good: ArrayLike,
    phi: float,
    psi: float,
    steps: int,
    rng: np.random.Generator,
    *,
    rate: float = 1.0,
) -> Rewarded:
    """Softmax policies over V answers that climb the expected reward, exactly: θ_v += rate · π_v (r_v − π·r).

    ``start``: first policy [V]; ``good`` [V] says which answers are right. A judge accepts right ones with chance φ and
    wrong ones with ψ: under noise the expected reward is φ or ψ, and the policy ends on what is right (φ > ψ); with the
    same rates fixed per answer it ends on what this judge accepts, right or not.
    """
    policy, right = np.asarray(start, dtype=np.float64), np.asarray(good, dtype=np.bool_)
    if policy.ndim != 1 or policy.shape != right.shape or (policy <= 0).any() or abs(float(policy.sum()) - 1) > 1e-9:
        raise InputError("noise_or_bias: start must be chances above 0 that add up to 1, with one `good` for each.")
    at_least("rate", rate, 1e-12)
    accept = np.where(right, float(probability("phi", phi)), float(probability("psi", psi)))
    fixed = (rng.random(len(policy)) < accept).astype(np.float64)
    return Rewarded(_climb(policy, right, accept, steps, rate), _climb(policy, right, fixed, steps, rate))


def _climb(policy: Values, right: Mask, reward: Values, steps: int, rate: float) -> Values:
    logits = np.log(policy)
    share = [float(policy[right].sum())]
    for _ in range(steps):
        logits = logits + rate * policy * (reward - policy @ reward)
        policy = np.exp(logits - logits.max())
        policy = policy / policy.sum()
        share.append(float(policy[right].sum()))
    return np.array(share)
