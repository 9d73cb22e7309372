"""How much weight real rows deserve beside synthetic ones, and where a loop with a biased verifier comes to rest."""

from __future__ import annotations

import math

from openloop.errors import InputError
from openloop.theory.argument_checks import at_least


def real_weight(real: float, synthetic: float, *, fresh: bool = True) -> float:
    """Weight w of the real mean that leaves a loop's estimate of a mean with least variance.

    With n_real *fresh* real rows each round: (−r + √(r² + 4r))/2, r = n_real / n_synthetic (.618 at r = 1); the
    synthetic rows are drawn from last round's estimate. Exact for a mean, asymptotic for a variance. With the same real
    rows reused every round it is 1: the synthetic ones hold nothing that these do not.
    """
    at_least("real", real, 0)
    at_least("synthetic", synthetic, 0)
    if real == 0:
        raise InputError("real_weight: needs real rows; without any the weight is 0 and the variance grows for ever.")
    if not fresh or synthetic == 0:
        return 1.0
    r = real / synthetic
    return (-r + math.sqrt(r * r + 4 * r)) / 2


def loop_variance(weight: float, real: float, synthetic: float) -> float:
    """Stationary variance of the estimate, in units of σ², for a weight w on the mean of fresh real rows.

    V = w²/n_real + (1 − w)²(V + 1/n_synthetic), so V = [w²/n_real + (1 − w)²/n_synthetic] / (1 − (1 − w)²). At the best
    weight it is w/n_real... times σ²; at w = 0 it has no bound.
    """
    if not 0 < weight <= 1:
        raise InputError(f"weight: must lie in (0, 1], got {weight}.")
    if real <= 0 or (synthetic <= 0 and weight < 1):
        raise InputError(f"loop_variance: needs rows of each kind that has weight, got {real} real and {synthetic}.")
    if weight == 1:
        return 1 / real
    rest = (1 - weight) ** 2
    return (weight**2 / real + rest / synthetic) / (1 - rest)


def plateau(bias: float, radius: float, sigma: float, kept: float, dims: int = 1) -> float:
    """Squared error at which a loop rests when its verifier keeps what lies within ``radius`` of a biased centre.

    Each of d coordinates keeps |y − c| ≤ r around the verifier's centre c, off by b = ``bias`` in all (Euclidean), of
    rows with standard deviation σ; the next round's mean is that of ``kept`` rows. Rests at b² + dσ²ρ/(n(1 − ρ²)) with
    ρ = 1 − 2aφ(a)/(2Φ(a) − 1), a = r/σ: the bias stays whatever the number of rounds.
    """
    for name, value in (("radius", radius), ("sigma", sigma), ("kept", kept)):
        if not value > 0:
            raise InputError(f"{name}: must be above 0, got {value}.")
    if dims < 1:
        raise InputError(f"dims: must be at least 1, got {dims}.")
    a = radius / sigma
    density = math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    rho = 1 - 2 * a * density / math.erf(a / math.sqrt(2))
    return bias**2 + dims * sigma**2 * rho / (kept * (1 - rho**2))
