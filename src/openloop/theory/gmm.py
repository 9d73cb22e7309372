"""Gaussian mixtures in the plane, many at a time: reverse-bottleneck's simulated world (App. B).

K components that real data comes from, J that it does not reach, L that have nothing to do with the task. Truth G has K
+ J; the generator M has K refitted from the real data, the J of G and L of its own. Arrays lead with R, the rounds done
at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.errors import InputError

SIDE = 10.0
"""Means are uniform in a square of this side."""
RIDGE = 1e-6
PER_COMPONENT, SYNTHETIC = 50, 200
"""Rows of real data a component, and of synthetic data in all, whatever K, J and L."""


@dataclass(frozen=True, slots=True)
class Mixtures:
    """R mixtures of C components: weights [R, C], means [R, C, 2], covariances [R, C, 2, 2]."""

    weights: Values
    means: Values
    covariances: Values

    def join(self, other: Mixtures) -> Mixtures:
        """Components of both, all of one weight."""
        means = np.concatenate([self.means, other.means], 1)
        covariances = np.concatenate([self.covariances, other.covariances], 1)
        return Mixtures(np.full(means.shape[:2], 1 / means.shape[1]), means, covariances)

    def first(self, count: int) -> Mixtures:
        """The first components, of one weight."""
        return Mixtures(
            np.full((len(self.means), count), 1 / count), self.means[:, :count], self.covariances[:, :count]
        )

    def only(self, round_: int) -> Mixtures:
        """One round's."""
        one = slice(round_, round_ + 1)
        return Mixtures(self.weights[one], self.means[one], self.covariances[one])

    def factors(self) -> Values:
        """What turns standard normals into rows of each component, [R, C, 2, 2]: V √S Vᵀ of its singular values.

        The covariances drawn here need not be symmetric. From one that is not, the published script's sampler draws
        with the square root of MᵀM's root: this one.
        """
        _, values, right = np.linalg.svd(self.covariances)
        return np.asarray(np.einsum("rcki,rck,rckj->rcij", right, np.sqrt(values), right))

    def draw(self, n: int, rng: np.random.Generator, times: int = 1) -> Values:
        """``times`` samples of n rows of each mixture, [R, times · n, 2]; inside a sample rows stand by component."""
        r, c = self.weights.shape
        counts = rng.multinomial(n, np.repeat(self.weights / self.weights.sum(1, keepdims=True), times, 0))
        noise = rng.standard_normal((2, r, times * n), dtype=np.float32)
        return self._placed(counts.reshape(r, times * c), noise, times)

    def draw_each(self, n: int, rng: np.random.Generator) -> Values:
        """n rows of every component, [R, C · n, 2]."""
        r, c = self.weights.shape
        return self._placed(np.full((r, c), n), rng.standard_normal((2, r, c * n)), 1)

    def _placed(self, counts: NDArray[Any], noise: NDArray[Any], times: int) -> Values:
        """Standard normals [2, R, N] as rows: ``counts`` [R, times · C] of them for each component.

        Coordinates lie apart in memory, so that what runs over rows runs over neighbours.
        """
        r, c = self.weights.shape
        affine = np.concatenate([self.factors().reshape(r, c, 4), self.means], 2).astype(noise.dtype)
        affine = np.repeat(affine[:, None], times, 1).reshape(r * times * c, 6)
        of = counts.ravel()
        xx, xy, yx, yy, x0, y0 = (np.repeat(affine[:, i], of).reshape(noise.shape[1:]) for i in range(6))
        u, v = noise
        placed = np.empty_like(noise)
        placed[0] = xx * u + xy * v + x0
        placed[1] = yx * u + yy * v + y0
        return np.moveaxis(placed, 0, -1)

    def log_density(self, x: Values) -> Values:
        """ln of the density at rows [R, N, 2]: of the symmetric covariances that the factors draw from, [R, N]."""
        f = self.factors()
        return _log_sum(_log_parts(x, self.weights, self.means, np.einsum("rcij,rckj->rcik", f, f)))


def random_mixtures(rounds: int, components: int, rng: np.random.Generator) -> Mixtures:
    """Means uniform in the square; covariances a product of two matrices that are drawn apart, so not symmetric, as
    published.
    """
    shape = (rounds, components, 2, 2)
    covariances = rng.random(shape) @ np.swapaxes(rng.random(shape), 2, 3)
    weights = np.full((rounds, components), 1 / components)
    return Mixtures(weights, rng.random((rounds, components, 2)) * SIDE, covariances)


@dataclass(frozen=True, slots=True)
class Round:
    """What R rounds come to."""

    truth: Mixtures
    generator: Mixtures
    on_real: Mixtures
    """Fitted to the real data."""
    on_synthetic: Mixtures
    """Fitted to the synthetic data."""


def rounds(count: int, k: int, j: int, l: int, rng: np.random.Generator) -> Round:  # noqa: E741  # the paper's name
    """R rounds of the world: truth, generator, and mixtures fitted to its real and to its synthetic data."""
    if min(count, k, j, l) < 1:
        raise InputError(f"gmm: needs at least one round and one component of each kind, got {count}, {k}, {j}, {l}.")
    truth = random_mixtures(count, k + j, rng)
    real = truth.first(k).draw_each(PER_COMPONENT, rng)
    rows = real.reshape(count, k, PER_COMPONENT, 2)
    centred = rows - rows.mean(2, keepdims=True)
    refitted = np.einsum("rkni,rknj->rkij", centred, centred) / (PER_COMPONENT - 1) + RIDGE * np.eye(2)
    known = Mixtures(np.full((count, k), 1 / k), rows.mean(2), refitted)
    beyond = Mixtures(np.full((count, j), 1 / j), truth.means[:, k:], truth.covariances[:, k:])
    generator = known.join(beyond).join(random_mixtures(count, l, rng))
    synthetic = generator.draw(SYNTHETIC, rng)
    return Round(truth, generator, fit(real, k, rng), fit(synthetic, k + j + l, rng))


def fit(x: Values, components: int, rng: np.random.Generator, steps: int = 100, tolerance: float = 1e-3) -> Mixtures:
    """Maximum-likelihood mixtures of rows [R, N, 2] by EM from k-means; each round stops by itself."""
    r = len(x)
    label = _k_means(x, components, rng)
    resp = np.eye(components)[label]
    weights, means, covariances = _maximise(x, resp)
    before, todo = np.full(r, -np.inf), np.arange(r)
    for _ in range(steps):
        parts = _log_parts(x[todo], weights[todo], means[todo], covariances[todo])
        total = _log_sum(parts)
        now = total.mean(1)
        w, m, c = _maximise(x[todo], np.exp(parts - total[..., None]))
        weights[todo], means[todo], covariances[todo] = w, m, c
        settled = np.abs(now - before[todo]) < tolerance
        before[todo] = now
        todo = todo[~settled]
        if not len(todo):
            break
    return Mixtures(weights, means, covariances)


def _maximise(x: Values, resp: Values) -> tuple[Values, Values, Values]:
    size = resp.sum(1) + 10 * np.finfo(float).eps
    means = np.einsum("rnc,rni->rci", resp, x, optimize=True) / size[..., None]
    xx, xy, yy = x[..., 0] ** 2, x[..., 0] * x[..., 1], x[..., 1] ** 2
    second = np.einsum("rnc,rnm->rcm", resp, np.stack([xx, xy, yy], -1), optimize=True) / size[..., None]
    a = second[..., 0] - means[..., 0] ** 2 + RIDGE
    b = second[..., 1] - means[..., 0] * means[..., 1]
    d = second[..., 2] - means[..., 1] ** 2 + RIDGE
    covariances = np.stack([np.stack([a, b], -1), np.stack([b, d], -1)], -2)
    return size / x.shape[1], means, covariances


def _log_parts(x: Values, weights: Values, means: Values, covariances: Values) -> Values:
    """ln of weight times density, [R, N, C]."""
    a, b, d = covariances[..., 0, 0], covariances[..., 0, 1], covariances[..., 1, 1]
    det = np.maximum(a * d - b * b, 1e-300)
    u = x[:, :, None, 0] - means[:, None, :, 0]
    v = x[:, :, None, 1] - means[:, None, :, 1]
    quadratic = (d[:, None] * u * u - 2 * b[:, None] * u * v + a[:, None] * v * v) / det[:, None]
    return np.asarray(np.log(weights)[:, None] - 0.5 * np.log(det)[:, None] - np.log(2 * np.pi) - 0.5 * quadratic)


def _log_sum(parts: Values) -> Values:
    most = parts.max(-1)
    return np.asarray(most + np.log(np.exp(parts - most[..., None]).sum(-1)))


def _k_means(x: Values, k: int, rng: np.random.Generator, steps: int = 100) -> Codes:
    """Labels [R, N]. Seeds by k-means++, of some drawn candidates the one that leaves least (as scikit-learn does)."""
    r, n, _ = x.shape
    centres = np.empty((r, k, 2))
    every = np.arange(r)
    centres[:, 0] = x[every, rng.integers(0, n, r)]
    nearest = ((x - centres[:, :1]) ** 2).sum(2)
    tries = 2 + int(np.log(k))
    for c in range(1, k):
        edges = np.cumsum(nearest, 1)
        drawn = rng.random((r, tries)) * edges[:, -1:]
        pick = np.minimum((drawn[:, :, None] > edges[:, None]).sum(2), n - 1)
        found = ((x[:, None] - x[every[:, None], pick][:, :, None]) ** 2).sum(3)  # [R, tries, N]
        left = np.minimum(nearest[:, None], found)
        best = left.sum(2).argmin(1)
        centres[:, c], nearest = x[every, pick[every, best]], left[every, best]
    label = np.zeros((r, n), dtype=np.int64)
    for _ in range(steps):
        distance = (x[:, :, None, 0] - centres[:, None, :, 0]) ** 2 + (x[:, :, None, 1] - centres[:, None, :, 1]) ** 2
        found = distance.argmin(2)
        if (found == label).all():
            break
        label = found
        member = np.eye(k)[label]
        size = member.sum(1)
        sums = np.einsum("rnc,rni->rci", member, x, optimize=True)
        centres = np.where(size[..., None] > 0, sums / np.maximum(size, 1)[..., None], centres)
    return label
