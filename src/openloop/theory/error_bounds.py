"""reverse-bottleneck's bounds on errors in small learning worlds: Lemma 3.1, Lemma 4.4, and the forms with |R − R̂|
inside: Lemma 4.6, bounded by the terms of Lemma 4.5, and Lemma 4.8, bounded by I(S; W).

A world: one row Z ∈ {1..m} from a distribution, weights W drawn given it, a loss table ℓ(w, z) ∈ [0, 1], which is
½-sub-Gaussian. For Lemma 4.6 the row is that of an enumerated world, whose prompt and model factors its right side
needs. Everything is a finite sum; information in nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.theory.bottleneck import divergence_bound, flow_bound, generalisation_bound, total_variation
from openloop.theory.channel import information
from openloop.theory.enumerated_worlds import Setting, World, random_world

SIGMA = 0.5


@dataclass(frozen=True)
class LearningWorld:
    """Truth, the generator's law, the synthetic law, weights given a synthetic row, losses [W, Z]."""

    truth: Values
    generator: Values
    synthetic: Values
    learner: Values
    """P(w | z), shape [Z, W]."""
    loss: Values

    @property
    def joint(self) -> Values:
        """P(z, w) of a synthetic row and the weights trained on it, [Z, W]."""
        return np.asarray(self.synthetic[:, None] * self.learner)

    @property
    def gaps(self) -> Values:
        """R_synthetic(w) − R̂(w) for the row it was trained on, [Z, W]."""
        return np.asarray((self.loss @ self.synthetic)[None, :] - self.loss.T)


def random_learning_world(rng: np.random.Generator, rows: int = 4, weights: int = 3) -> LearningWorld:
    """Laws from flat Dirichlet distributions, losses uniform."""
    laws = rng.dirichlet(np.ones(rows), size=3)
    return LearningWorld(
        laws[0],
        laws[1],
        laws[2],
        rng.dirichlet(np.full(weights, 0.5), size=rows),
        rng.random((weights, rows)),
    )


def _shift(w: LearningWorld) -> tuple[float, float]:
    """Largest |R_D(w) − R_gen(w)|, and C (D_TV(D, D_M) + D_TV(D_M, D_gen)) with C = 1."""
    moved = np.abs(w.loss @ (w.truth - w.synthetic)).max()
    bound = divergence_bound(1.0, total_variation(w.truth, w.generator), total_variation(w.generator, w.synthetic), 0.0)
    return float(moved), bound


def _bound(w: LearningWorld) -> float:
    """√(2σ² I(Z; W)/n)."""
    return _root(information(w.joint, 0, 1))


def _root(bits: float) -> float:
    """√(2σ² I/n) with n = 1 and no layers."""
    return generalisation_bound(bits * math.log(2), 1, SIGMA, 1.0, 0)


BOUNDS: Mapping[str, Callable[[LearningWorld], tuple[float, float]]] = {
    "Lemma 3.1 (its first two terms)": _shift,
    "Lemma 4.4, E[R − R̂]": lambda w: (abs(float((w.joint * w.gaps).sum())), _bound(w)),
    "Lemma 4.8, E|R − R̂|": lambda w: (float((w.joint * np.abs(w.gaps)).sum()), _bound(w)),
}
"""Each as (left, right): it claims left ≤ right."""


def bound_failures(worlds: int, rng: np.random.Generator) -> dict[str, float]:
    """Share of random worlds in which each of :data:`BOUNDS` fails."""
    if worlds < 1:
        raise InputError(f"worlds: must be at least 1, got {worlds}.")
    made = [random_learning_world(rng) for _ in range(worlds)]
    return {
        name: float(np.mean([left > right + 1e-12 for left, right in map(bound, made)]))
        for name, bound in BOUNDS.items()
    }


def flow_error(world: World, loss: Values) -> tuple[float, float]:
    """Lemma 4.6 as (left, right): E|R − R̂| ≤ √(2σ²[−ΔI + B_syn + H(e_M) + δ]/n), n = 1, no layers; losses [W, S].

    The right side is NaN where its bracket is negative: it then bounds nothing.
    """
    rows, weights = world.values["S"], world.values["W"]
    risk = loss @ np.bincount(rows, weights=world.chances, minlength=loss.shape[1])
    left = float(world.chances @ np.abs(risk[weights] - loss[weights, rows]))
    return left, _root(flow_bound(world.gain, world.bottleneck, world.h("g"), world.delta))


@dataclass(frozen=True, slots=True)
class FlowFailures:
    """Of worlds of one setting with losses uniform in [0, 1], the share in which E|R − R̂| exceeds a right side."""

    printed: float
    """That of Lemma 4.6, √(2σ²[−ΔI + B_syn + H(e_M) + δ]/n)."""
    information: float
    """√(2σ² I(S; W)/n), which Lemma 4.6 would follow from by way of Lemma 4.5 if it held."""


def flow_failures(setting: Setting, worlds: int, rng: np.random.Generator) -> FlowFailures:
    """Lemma 4.6 in so many random enumerated worlds. Raises InputError for none."""
    if worlds < 1:
        raise InputError(f"worlds: must be at least 1, got {worlds}.")
    printed = through_information = 0
    for _ in range(worlds):
        world = random_world(setting, rng)
        shape = (int(world.values["W"].max()) + 1, int(world.values["S"].max()) + 1)
        left, right = flow_error(world, rng.random(shape))
        printed += not left <= right + 1e-12  # NaN is a failure
        through_information += left > _root(max(0.0, world.i("S", "W"))) + 1e-12
    return FlowFailures(printed / worlds, through_information / worlds)
