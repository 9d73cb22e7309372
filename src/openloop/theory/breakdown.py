"""The breakdown point: how many bad rows a verifier may be given before training on what it keeps goes wrong.

    breakdown_point(0.9, 0.2)        # p★ = .818: below it the kept majority is right
    bad_after(0.3, 0.9, 0.2)         # p′ = .087: share of bad rows among the kept

p is the share of bad rows, φ = P(keep | good), ψ = P(keep | bad) (beyond-collapse, Thm 2.1, F.3). The theorems hold for
rows as many as wanted, flips and verdicts independent of the inputs, and a linear model; p < p★ says that the kept
majority is right, and not that filtering helped: filtering lowers the bad share exactly when ψ < φ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.theory.argument_checks import at_least, probability

Side = Literal["below", "at", "above"]


def breakdown_point(phi: ArrayLike, psi: ArrayLike) -> Values:
    """p★ = φ / (φ + ψ) (beyond-collapse, Thm 2.1: 1 / (1 + ψ/φ), and 0 at φ = 0). Undefined at φ = ψ = 0."""
    good, bad = probability("phi", phi), probability("psi", psi)
    if np.any((good == 0) & (bad == 0)):
        raise InputError("breakdown_point: phi = psi = 0 keeps nothing, so there is no breakdown point.")
    return np.asarray(good / (good + bad))


def proxy_points(phi: float, psi: float, t: float) -> tuple[float, float]:
    """p★⁻(t) and p★⁺(t) (beyond-collapse, eq. 20), between which the theorem says nothing; t in (0, 1)."""
    probability("t", t, open_ends=True)
    breakdown_point(phi, psi)
    low = (1 - t) * phi / ((1 - t) * phi + (1 + t) * psi)
    high = (1 + t) * phi / ((1 + t) * phi + (1 - t) * psi)
    return low, high


def bad_after(p: ArrayLike, phi: ArrayLike, psi: ArrayLike) -> Values:
    """p′ = pψ / (pψ + (1 − p)φ): share of bad rows among the kept; NaN where nothing is kept."""
    bad, phi_, psi_ = probability("p", p), probability("phi", phi), probability("psi", psi)
    kept = bad * psi_ + (1 - bad) * phi_
    return np.asarray(np.divide(bad * psi_, kept, out=np.full(np.shape(kept), np.nan), where=kept > 0))


def side(p: float, phi: float, psi: float) -> Side:
    """Where p lies of p★: ``below`` (the kept majority is right), ``above``, or ``at`` it."""
    probability("p", p)
    star = float(breakdown_point(phi, psi))
    return "at" if p == star else "below" if p < star else "above"


@dataclass(frozen=True, slots=True)
class Pruner:
    """A verifier of two classes: φ_k keeps right labels of class k, ψ_kl labels l of it (beyond-collapse, eq. 4)."""

    phi0: float
    phi1: float
    psi01: float
    psi10: float

    def __post_init__(self) -> None:
        for name in ("phi0", "phi1", "psi01", "psi10"):
            probability(name, getattr(self, name))

    @classmethod
    def symmetric(cls, phi: float, psi: float) -> Pruner:
        """Both classes alike (eq. 18)."""
        return cls(phi, phi, psi, psi)

    def masses(self, p: float) -> tuple[float, float, float, float]:
        """p_00, p_11, p_01, p_10: chances of (true class, label) among the kept, balanced classes (eq. 15)."""
        probability("p", p)
        return (1 - p) * self.phi0 / 2, (1 - p) * self.phi1 / 2, p * self.psi01 / 2, p * self.psi10 / 2


def pooled_point(pruner: Pruner) -> float:
    """Where both classes break at once, rows of two classes being opposite (b = −a; beyond-collapse, Prop. G.3)."""
    return float(breakdown_point((pruner.phi0 + pruner.phi1) / 2, (pruner.psi01 + pruner.psi10) / 2))


def class_points(pruner: Pruner) -> tuple[float, float]:
    """Where class 0 and class 1 break by themselves, rows of two classes being orthogonal (b = 0).

    φ_k / (φ_k + ψ_kl). beyond-collapse, Prop. G.4 has its pairs swapped: class 1 is right where N10 < N11, class 0
    where N01 < N00. Between the two points accuracy is one half.
    """
    return (
        float(breakdown_point(pruner.phi0, pruner.psi01)),
        float(breakdown_point(pruner.phi1, pruner.psi10)),
    )


@dataclass(frozen=True, slots=True)
class FixedPoint:
    """The trained model on rows of class 1 and of class 0, as logits."""

    logit1: float
    logit0: float

    @property
    def accuracy(self) -> float:
        """Of balanced clean rows: a half for each class that is on its side; 0 logits count as a half of it."""
        return float(2 + np.sign(self.logit1) - np.sign(self.logit0)) / 4


def fixed_point(p: float, pruner: Pruner, *, a: float, b: float, ridge: float) -> FixedPoint:
    """The limit of ridge logistic regression on pruned rows, for any inner products (beyond-collapse, eq. 41, 42).

    Rows of one class have inner product ``a``, of two classes ``b``, |b| ≤ a < 1 (Condition F.1); ``ridge`` is λ of the
    mean loss. With s and t the pull of the two classes, u = a s + b t and v = b s + a t are their logits, and
    s = (p_11 σ(−u) − p_10 σ(u)) / λ, t = (p_01 σ(−v) − p_00 σ(v)) / λ: two equations in two unknowns, with one
    solution.
    """
    if not 0 < a < 1 or abs(b) > a:
        raise InputError(f"fixed_point: needs 0 < a < 1 and |b| <= a, got a={a}, b={b}.")
    at_least("ridge", ridge, 1e-12)
    p00, p11, p01, p10 = pruner.masses(p)

    def pull(right: float, wrong: float, x: float) -> tuple[float, float]:
        up = 1 / (1 + np.exp(-np.clip(x, -700, 700)))
        return (right * (1 - up) - wrong * up) / ridge, -(right + wrong) * up * (1 - up) / ridge

    u = v = 0.0
    for _ in range(500):
        (s, ds), (t, dt) = pull(p11, p10, u), pull(p01, p00, v)
        residual = np.array([u - a * s - b * t, v - b * s - a * t])
        if np.abs(residual).max() < 1e-12 * (1 + abs(u) + abs(v)):
            break
        step = np.linalg.solve(np.array([[1 - a * ds, -b * dt], [-b * ds, 1 - a * dt]]), residual)
        step *= min(1.0, 4.0 / max(1e-300, float(np.abs(step).max())))  # far out the sigmoid is flat
        u, v = u - float(step[0]), v - float(step[1])
    else:
        raise InputError(f"fixed_point: did not settle (p={p}, a={a}, b={b}, ridge={ridge}); raise ridge.")
    small = 1e-10
    return FixedPoint(0.0 if abs(u) < small else u, 0.0 if abs(v) < small else v)
