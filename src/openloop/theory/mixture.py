"""Finite rows: labels pruned by a verifier, and a linear model trained on what is kept (beyond-collapse, §2).

Rows come from two Gaussians with means ±μ and one variance, E|x|² = 1, separated by s = |μ|/σ. Truth is the class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Mask, Values, Values32
from openloop.errors import InputError
from openloop.theory.argument_checks import at_least, fits, probability
from openloop.theory.breakdown import Pruner
from openloop.theory.logistic import fit_many

NODES = 64


@dataclass(frozen=True, slots=True)
class Mixture:
    """Where rows come from. Condition F.1 holds with a = |μ|², b = −a (eq. 10)."""

    dims: int = 100
    separation: float = 3.0
    """s = |μ|/σ; 0 is one isotropic Gaussian, whose class is the sign of its first coordinate."""

    def __post_init__(self) -> None:
        if self.dims < 1:
            raise InputError(f"dims: must be at least 1, got {self.dims}.")
        at_least("separation", self.separation, 0)

    @property
    def sigma(self) -> float:
        """Standard deviation of a coordinate."""
        return 1 / math.sqrt(self.separation**2 + self.dims)

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Values32, Mask]:
        """Rows [N, D] and their classes [N]; μ lies along the first coordinate."""
        at_least("rows", n, 1)
        fits("mixture", 8.0 * n * self.dims)
        x = rng.standard_normal((n, self.dims), dtype=np.float32)
        if self.separation == 0:
            y = x[:, 0] > 0
        else:
            y = rng.random(n) < 0.5
            x[:, 0] += self.separation * (2 * y - 1)
        x *= np.float32(self.sigma)
        return x, y

    def accuracy(self, weights: Values) -> Values:
        """P(f_w(x) = f_Bayes(x)) [B] for weights [D, B]: exact, by quadrature over the coordinate along μ."""
        norm = np.linalg.norm(weights, axis=0)
        cosine = np.divide(weights[0], norm, out=np.zeros_like(norm), where=norm > 0)
        if self.separation == 0:
            return np.asarray(1 - np.arccos(np.clip(cosine, -1, 1)) / math.pi)
        return agreement(cosine, self.separation)


def agreement(cosine: ArrayLike, separation: float) -> Values:
    """Chance that a linear classifier at this cosine to μ says what the Bayes classifier says, rows from ±μ.

    With z the coordinate along μ in units of σ, z ~ N(s, 1): E[1(z > 0) Φ(zc/√(1−c²)) + 1(z < 0) Φ(−zc/√(1−c²))], which
    both classes share.
    """
    from scipy.special import ndtr

    c = np.clip(np.asarray(cosine, dtype=np.float64), -1 + 1e-12, 1 - 1e-12)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    total = np.zeros(c.shape)
    for low, high in ((max(0.0, separation - 9), separation + 9), (min(separation - 9, -9.0), 0.0)):
        z = (high - low) / 2 * nodes + (high + low) / 2
        density = np.exp(-((z - separation) ** 2) / 2) / math.sqrt(2 * math.pi) * weights * (high - low) / 2
        slope = c / np.sqrt(1 - c**2)
        sign = 1.0 if high > 0 else -1.0
        total += (density * ndtr(sign * z * slope[..., None])).sum(-1)
    return total


def independent_flips(
    mixture: Mixture, n: int, p: Values, pruners: Sequence[Pruner], ridge: float, rng: np.random.Generator
) -> Values:
    """Accuracy [B] after training on N rows, for B pairs of a share of bad labels p [B] and a pruner.

    Each flip and verdict by itself; the same rows and the same luck for all. ``ridge`` is relative to N.
    """
    bad = np.atleast_1d(probability("p", p))
    if len(bad) != len(pruners):
        raise InputError(f"independent_flips: needs one pruner for each p, got {len(pruners)} and {len(bad)}.")
    fits("independent_flips", 16.0 * n * len(bad))
    x, y = mixture.draw(n, rng)
    flips, luck = rng.random(n, dtype=np.float32)[:, None], rng.random(n, dtype=np.float32)[:, None]
    wrong = flips < bad.astype(np.float32)
    rates = np.array([[pr.phi0, pr.phi1, pr.psi01, pr.psi10] for pr in pruners], dtype=np.float32).T
    one = y[:, None]
    passing = np.where(wrong, np.where(one, rates[3], rates[2]), np.where(one, rates[1], rates[0]))
    return mixture.accuracy(fit_many(x, one ^ wrong, luck < passing, ridge))


def linear_generator(
    mixture: Mixture, n: int, generators: Values, verifiers: Values, ridge: float, rng: np.random.Generator
) -> Values:
    """Accuracy [B] after training on labels of a linear generator kept where a linear verifier agrees.

    ``generators``, ``verifiers``: directions [B, D′] in the first D′ coordinates, truth along the first.
    """
    x, _ = mixture.draw(n, rng)
    some = x[:, : generators.shape[1]]
    said, checked = some @ generators.T.astype(np.float32) > 0, some @ verifiers.T.astype(np.float32) > 0
    return mixture.accuracy(fit_many(x, said, said == checked, ridge))
