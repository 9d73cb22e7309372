"""Seconds of the reproduced figures on two processes, and Fig 4 beside a straightforward port.

Limits: Fig 4 by reference-histogram (42 settings x 100 rounds x 100 draws) 90 s and a tenth of the port; Fig 5 and 6
60 s each; Fig 3 180 s; all figures quickly 180 s; 2 GiB.

python benchmarks/theory.py
"""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.stats import entropy

from measure import verdict
from openloop.reproduce import FIGURES
from openloop.reproduce.base import gathered
from openloop.reproduce.kl_gap import SWEEP, gaps, setting
from openloop.reproduce.make import reproduce
from openloop.run.engine import local

ROUNDS = TIMES = 100
PORTED = 3
"""Rounds of each of three settings that the port is timed on."""


def fig4():
    asked = [(axis, size, ROUNDS, {"reference-histogram": TIMES}, 0) for axis in "KJL" for size in SWEEP]
    executor = local(2)
    began = time.perf_counter()
    found = gathered(executor, gaps, asked)
    executor.close()
    return time.perf_counter() - began, {a[:2]: f["reference-histogram"] for a, f in zip(asked, found, strict=True)}


class Port:
    """One round as one would write it first: a loop over draws, library histograms, EM over components."""

    def __init__(self, rng):
        self.rng = rng

    def components(self, n):
        covariances = [self.rng.random((2, 2)) @ self.rng.random((2, 2)).T for _ in range(n)]
        return [(self.rng.random(2) * 10, self.root(c)) for c in covariances]

    @staticmethod
    def root(c):
        _, s, v = np.linalg.svd(c)
        return v.T @ np.diag(np.sqrt(s)) @ v

    def draw(self, mixture, weights, n):
        counts = self.rng.multinomial(n, weights)
        return np.vstack(
            [m + self.rng.standard_normal((k, 2)) @ f.T for (m, f), k in zip(mixture, counts, strict=True)]
        )

    def fit(self, x, k):
        centres = x[self.rng.choice(len(x), k, replace=False)]
        for _ in range(20):
            label = ((x[:, None] - centres[None]) ** 2).sum(2).argmin(1)
            centres = np.array([x[label == c].mean(0) if (label == c).any() else centres[c] for c in range(k)])
        r = np.eye(k)[label]
        before = -np.inf
        for _ in range(100):
            size = r.sum(0) + 1e-15
            weights = size / len(x)
            parts, mixture = [], []
            for c in range(k):
                mean = r[:, c] @ x / size[c]
                gap = x - mean
                cov = (r[:, c, None] * gap).T @ gap / size[c] + 1e-6 * np.eye(2)
                mixture.append((mean, self.root(cov)))
                distance = np.einsum("ni,ij,nj->n", gap, np.linalg.inv(cov), gap)
                parts.append(np.log(weights[c]) - 0.5 * np.log(np.linalg.det(cov)) - 0.5 * distance - np.log(2 * np.pi))
            logs = np.array(parts).T
            most = logs.max(1, keepdims=True)
            total = most[:, 0] + np.log(np.exp(logs - most).sum(1))
            r = np.exp(logs - total[:, None])
            if abs(total.mean() - before) < 1e-3:
                break
            before = total.mean()
        return mixture, weights / weights.sum()

    def kl(self, p, q):
        shares = [
            np.clip(np.histogramdd(self.draw(*side, 1000), bins=50, density=True)[0].ravel(), 1e-10, None)
            for side in (p, q)
        ]
        return entropy(*shares)

    def round(self, k, j, extras):
        truth, extra = self.components(k + j), self.components(extras)
        real = np.vstack([m + self.rng.standard_normal((50, 2)) @ f.T for m, f in truth[:k]])
        known = [
            (
                real[i * 50 : (i + 1) * 50].mean(0),
                self.root(np.cov(real[i * 50 : (i + 1) * 50].T) + 1e-6 * np.eye(2)),
            )
            for i in range(k)
        ]
        synthetic = self.draw(known + truth[k:] + extra, np.full(k + j + extras, 1 / (k + j + extras)), 200)
        on_real, on_synthetic = self.fit(real, k), self.fit(synthetic, k + j + extras)
        g = truth, np.full(k + j, 1 / (k + j))
        return np.mean([self.kl(on_real, g) - self.kl(on_synthetic, g) for _ in range(TIMES)])


def main():
    seconds, found = fig4()
    print(
        f"K = J = L = 2: {found['K', 2].mean():.2f} ± {found['K', 2].std():.2f} nats (the published script 1.86 ± 4.29)"
    )
    verdict("Fig 4, 42 settings x 100 x 100", seconds, 90, " s")
    port = Port(np.random.default_rng(0))
    began = time.perf_counter()
    for axis, size in (("K", 2), ("J", 15), ("L", 8)):
        for _ in range(PORTED):
            port.round(*setting(axis, size))
    each = (time.perf_counter() - began) / (3 * PORTED)
    verdict("a straightforward port over it", each * len(SWEEP) * 3 * ROUNDS / seconds, 10, at_least=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, most in (("phase-step", 60), ("pruning-geometry", 60), ("finite-rows", 180)):
            began = time.perf_counter()
            reproduce(name, Path(folder), quick=False)
            verdict(name, time.perf_counter() - began, most, " s")
        began = time.perf_counter()
        for name in FIGURES:
            reproduce(name, Path(folder), quick=True)
        verdict("all figures, quickly", time.perf_counter() - began, 180, " s")
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    verdict("largest resident memory of a process", peak / 1024, 2048, " MiB")


if __name__ == "__main__":
    main()
