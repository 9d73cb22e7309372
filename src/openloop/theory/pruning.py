"""Pruning with a model: generator, verifier and truth as three directions, rows isotropic (beyond-collapse, §2, E.4).

A generator labels x by the sign of x·w_gen, a verifier keeps the rows whose label agrees with the sign of x·w_prune,
truth is the sign of x·w★. Everything follows from three angles (radians): θ_gen between w_gen and w★, θ_prune between
w_prune and w★, θ between w_prune and w_gen.

Pruning on the *generated* label: with the true one, as eq. 1 is written, verdicts would not look at the generator at
all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.errors import InputError

SLACK = 1e-12


@dataclass(frozen=True, slots=True)
class Angles:
    """Angles that three directions can have (radians)."""

    gen: float
    prune: float
    between: float

    def __post_init__(self) -> None:
        sides = (self.gen, self.prune, self.between)
        if not all(math.isfinite(x) and -SLACK <= x <= math.pi + SLACK for x in sides):
            raise InputError(f"angles: each must lie in [0, π], got {sides}.")
        if 2 * max(sides) > sum(sides) + SLACK or sum(sides) > 2 * math.pi + SLACK:
            raise InputError(
                f"angles: no three directions have {sides}; each may be at most the sum of the other two, "
                "and all at most 2π together."
            )


def coplanar(gen: float, prune: float, *, same_side: bool = True) -> Angles:
    """All three in one plane: generator and verifier on one side of the truth, or on opposite ones."""
    apart = abs(gen - prune) if same_side else min(gen + prune, 2 * math.pi - gen - prune)
    return Angles(gen, prune, apart)


def independent(gen: float, prune: float) -> Angles:
    """Errors in unrelated directions: cos θ = cos θ_gen · cos θ_prune."""
    return Angles(gen, prune, math.acos(math.cos(gen) * math.cos(prune)))


@dataclass(frozen=True, slots=True)
class Rates:
    """p, φ, ψ of a generator and a verifier; NaN where there is no good, or no bad, row."""

    p: float
    phi: float
    psi: float


def rates(angles: Angles) -> Rates:
    """p = θ_gen/π, φ(1 − p) = 1 − (θ_gen + θ_prune + θ)/2π, ψp = (θ_gen + θ_prune − θ)/2π.

    Twice the chances that three half-spaces hold together. So p < p★ exactly where θ_gen + θ_prune < π, whatever θ is.
    """
    p = angles.gen / math.pi
    good = 1 - (angles.gen + angles.prune + angles.between) / (2 * math.pi)
    bad = (angles.gen + angles.prune - angles.between) / (2 * math.pi)
    phi = min(1.0, max(0.0, good / (1 - p))) if p < 1 else math.nan
    return Rates(p, phi, min(1.0, max(0.0, bad / p)) if p > 0 else math.nan)


def accuracy(angles: Angles) -> float:
    """Of the model trained on the kept rows, as many as wanted: ŵ ∝ w_gen + w_prune (unit vectors).

    1 − arccos[(cos θ_gen + cos θ_prune) / (2 cos(θ/2))]/π. Not a step: in the plane and on one side of the truth it
    falls linearly and crosses ½ at p★, other geometries cross otherwise. NaN at θ = π, where nothing is kept.
    """
    middle = 2 * math.cos(angles.between / 2)
    if middle < 1e-9:
        return math.nan
    cosine = (math.cos(angles.gen) + math.cos(angles.prune)) / middle
    return 1 - math.acos(min(1.0, max(-1.0, cosine))) / math.pi


def directions(angles: Angles) -> Values:
    """Unit vectors [3, 3] of truth, generator and verifier with these angles."""
    first, second = math.cos(angles.gen), math.sin(angles.gen)
    if second < SLACK:
        third = [math.cos(angles.prune), math.sin(angles.prune), 0.0]
    else:
        x = math.cos(angles.prune)
        y = (math.cos(angles.between) - x * first) / second
        third = [x, y, math.sqrt(max(0.0, 1 - x * x - y * y))]
    return np.array([[1.0, 0.0, 0.0], [first, second, 0.0], third])
