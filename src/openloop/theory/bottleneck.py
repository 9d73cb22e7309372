"""reverse-bottleneck's quantities and bounds as functions of their terms (nats or bits, as the terms are).

Whether each bound holds is looked up in enumerated worlds: :mod:`openloop.theory.enumerated_worlds`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from openloop.errors import InputError
from openloop.theory.argument_checks import at_least, probability


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """½ Σ |p − q| (Def. A.4), in [0, 1]."""
    x, y = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    if x.shape != y.shape:
        raise InputError(f"total_variation: shapes differ, {x.shape} and {y.shape}.")
    return float(np.abs(x - y).sum() / 2)


def divergence_bound(c: float, task: float, generation: float, generalisation: float) -> float:
    """Lemma 3.1: C (D_TV(D, D_M) + D_TV(D_M, D_gen)) + the generalisation error on synthetic data; loss in [0, C]."""
    at_least("c", c, 0)
    probability("task", task)
    probability("generation", generation)
    return c * (task + generation) + generalisation


def information_gain(h_output: float, shared_with_prompt: float) -> float:
    """ΔI = H(M(p)) − I(h(e_p); M(p)) (Def. 4.2) = H(M | h(e_p)): a larger one may be noise; it is not quality."""
    return h_output - shared_with_prompt


def compression_bottleneck(model_factor: float, prompt_factor: float) -> float:
    """B_syn = I(e_M; W) + I(e_p; W) (Def. 4.3)."""
    return model_factor + prompt_factor


def generalisation_bound(information: float, n: float, sigma: float, eta: float, layers: int) -> float:
    """Lemma 4.4 (and 4.6, 4.8 with their own information): e^{−(L/2) ln(1/η)} √(2σ² I/n); I in nats, η in (0, 1].

    A bound on the mean of R − R̂: the form with |R − R̂| inside the mean (4.6, 4.8) does not follow from it. 0 where W
    tells nothing of the data. A negative information (4.6 can have one) gives no bound: NaN.
    """
    at_least("n", n, 1)
    at_least("sigma", sigma, 0)
    if not 0 < eta <= 1 or layers < 0:
        raise InputError(f"generalisation_bound: eta in (0, 1] and layers at least 0, got {eta} and {layers}.")
    return math.nan if information < 0 else eta ** (layers / 2) * math.sqrt(2 * sigma**2 * information / n)


def flow_bound(gain: float, bottleneck: float, h_model_factor: float, delta: float) -> float:
    """Right side of Lemma 4.5: −ΔI + B_syn + H(e_M) + δ, δ = (λ − 1) I(e_p; M) − δ_ε.

    False as it stands in 4 % of worlds.
    """
    return -gain + bottleneck + h_model_factor + delta


def always_bound(prompt: float, model_given_prompt: float, noise: float) -> float:
    """What holds in its place: I(S; W) ≤ I(e_p; W) + I(e_M; W | e_p) + H(ε)."""
    return prompt + model_given_prompt + noise


def generalisation_gain(anchor: float, synthetic: float) -> float:
    """GGMI = I(S_anchor; W′) − I(S_gen; W) (Def. 4.9)."""
    return anchor - synthetic


def gain_bound(
    gain: float, alpha: float, h_anchor_given_w: float, delta_h: float, h_gen_given_w: float, epsilon: float
) -> float:
    """Right side of Thm 4.10: ΔI − (α + 1) H(S_a | W) + 2ΔH + H(S_gen | W) + ε, ΔH = H(S_a) − H(S_gen).

    GGMI is this minus ΔI + I(S_a; M) − H(S_gen), whatever W, W′ and α are: where the theorem's steps hold that is 0,
    and the bound an identity.
    """
    return gain - (alpha + 1) * h_anchor_given_w + 2 * delta_h + h_gen_given_w + epsilon
