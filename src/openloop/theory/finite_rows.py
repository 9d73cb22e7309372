"""A generator of few rows labels many, a verifier keeps some, a model learns from those (beyond-collapse, Fig 3).

x | y ~ N(y τ w★, I/d). The generator is least squares on N₀ rows; its labels are drawn, P(1) = σ(x·ŵ), or its hard
decisions. A verifier keeps the labels that agree with a direction at an angle to w★.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Mask, Values, Values32
from openloop.errors import InputError
from openloop.theory.argument_checks import at_least, fits
from openloop.theory.logistic import fit_many

CHUNK = 50_000
RIDGE = 1e-6
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class GaussianClasses:
    """Where rows come from: at d = 108, τ = .15 the Bayes classifier is right 94 % of the time."""

    dims: int = 108
    tau: float = 0.15

    def __post_init__(self) -> None:
        if self.dims < 2:
            raise InputError(f"dims: must be at least 2, got {self.dims}.")
        at_least("tau", self.tau, 1e-9)

    @property
    def bayes(self) -> float:
        """Accuracy of the sign of x·w★."""
        return _NORMAL.cdf(self.tau * math.sqrt(self.dims))

    def share_of_bayes(self, weights: NDArray[np.floating]) -> float:
        """Accuracy of a direction over that of Bayes."""
        norm = float(np.linalg.norm(weights))
        cosine = float(weights[0]) / norm if norm > 0 else 0.0
        return _NORMAL.cdf(self.tau * math.sqrt(self.dims) * cosine) / self.bayes

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Values32, Values32]:
        """Rows [N, D] and labels ±1 [N]; w★ is the first coordinate."""
        fits("finite rows", 8.0 * n * self.dims)
        y = np.where(rng.random(n, dtype=np.float32) < 0.5, np.float32(1), np.float32(-1))
        x = rng.standard_normal((n, self.dims), dtype=np.float32) * np.float32(1 / math.sqrt(self.dims))
        x[:, 0] += np.float32(self.tau) * y
        return x, y


@dataclass
class Fitted:
    """Least squares that grows with rows, and its accuracy at some numbers of rows."""

    world: GaussianClasses
    at: Sequence[int]

    def __post_init__(self) -> None:
        self.gram, self.pull, self.n = np.zeros((self.world.dims,) * 2), np.zeros(self.world.dims), 0
        self.found: dict[int, float] = {}

    def add(self, x: Values32, y: Values32) -> None:
        """Take in rows in order, stopping at each number that is asked for."""
        left = [stop for stop in self.at if self.n < stop <= self.n + len(x)]
        begin, start = self.n, 0
        for end in [*(stop - begin for stop in left), len(x)]:
            part, said = x[start:end], y[start:end]
            self.gram += part.T @ part
            self.pull += part.T @ said
            self.n, start = begin + end, end
            if self.n in self.at:
                self.found[self.n] = self.world.share_of_bayes(self.weights())

    def weights(self) -> Values:
        """Least squares with the least ridge that keeps few rows solvable."""
        return np.asarray(
            np.linalg.solve(self.gram + RIDGE * max(1, self.n) * np.eye(len(self.pull)), self.pull),
            dtype=np.float64,
        )


def learning_curves(
    world: GaussianClasses,
    real: Sequence[int],
    angles: Mapping[str, float | None],
    rows: int,
    at: Sequence[int],
    rng: np.random.Generator,
    *,
    hard: bool = False,
) -> dict[tuple[str, int], dict[int, float]]:
    """Share of Bayes' accuracy by (verifier, N₀) and number of selected rows n′; N₀ = 0 is clean labels.

    ``angles``: verifier → its angle to w★ (radians), None keeps every label. ``rows``: N₁, how many are labelled;
    ``at``: the n′. ``hard``: labels are the generator's decisions, as :mod:`.pruning` has them; else they are drawn.
    Fewer n′ come back where fewer rows were selected.
    """
    generators = {n0: _generator(world, n0, rng) for n0 in real}
    side = rng.standard_normal(world.dims)
    side[0] = 0
    side /= np.linalg.norm(side)
    checks = {
        name: None if angle is None else (math.cos(angle) * np.eye(world.dims)[0] + math.sin(angle) * side)
        for name, angle in angles.items()
    }
    fitted = {(name, n0): Fitted(world, at) for name in angles for n0 in real} | {("clean", 0): Fitted(world, at)}
    done = 0
    while done < rows:
        x, y = world.draw(min(CHUNK, rows - done), rng)
        done += len(x)
        fitted["clean", 0].add(x, y)
        agreed = {name: None if check is None else x @ check.astype(np.float32) > 0 for name, check in checks.items()}
        for n0, generator in generators.items():
            up = _labels(x, generator, rng, hard=hard)
            said = np.where(up, np.float32(1), np.float32(-1))
            for name, side_of in agreed.items():
                mine = slice(None) if side_of is None else np.flatnonzero(up == side_of)
                fitted[name, n0].add(x[mine], said[mine])
    return {key: one.found for key, one in fitted.items()}


def logistic_share(
    world: GaussianClasses, n0: int, angle: float | None, rows: int, rng: np.random.Generator, *, ridge: float = 1e-4
) -> float:
    """The same end point with logistic regression downstream, of ``rows`` labelled rows."""
    generator = _generator(world, n0, rng)
    x, _ = world.draw(rows, rng)
    up = _labels(x, generator, rng)
    keep = np.ones(rows, dtype=np.bool_)
    if angle is not None:
        check = np.zeros(world.dims, dtype=np.float32)
        check[:2] = math.cos(angle), math.sin(angle)
        keep = (x @ check > 0) == up
    return world.share_of_bayes(fit_many(x, up[:, None], keep[:, None], ridge)[:, 0])


def _generator(world: GaussianClasses, n0: int, rng: np.random.Generator) -> Values:
    if n0 < 1:
        raise InputError(f"real rows: must be at least 1, got {n0}.")
    x, y = world.draw(n0, rng)
    return np.asarray(np.linalg.lstsq(x.astype(np.float64), y.astype(np.float64), rcond=None)[0])


def _labels(x: Values32, generator: Values, rng: np.random.Generator, *, hard: bool = False) -> Mask:
    """Which rows [N] the generator calls positive: with chance σ(x·ŵ), or by its decision."""
    logits = x @ generator.astype(np.float32)
    return np.asarray(logits > 0 if hard else rng.random(len(x), dtype=np.float32) < 1 / (1 + np.exp(-logits)))
