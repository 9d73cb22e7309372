"""Simulated files with a known truth, for the tests of measures and audits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class World:
    """C prompts with K rows each; a row is bad with probability p (spread over prompts by ``icc``)."""

    p: float = 0.3
    phi: float = 0.9
    psi: float = 0.2
    prompts: int = 100
    k: int = 4
    icc: float = 0.0

    @property
    def truth(self) -> dict[str, float]:
        """What the measures estimate."""
        kept_bad, kept_good = self.p * self.psi, (1 - self.p) * self.phi
        return {
            "p": self.p,
            "phi": self.phi,
            "psi": self.psi,
            "ratio": self.psi / self.phi,
            "breakdown": self.phi / (self.phi + self.psi),
            "bad_after": kept_bad / (kept_bad + kept_good),
        }

    def draw(self, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
        """gold, accept, prompt, each [C·K]."""
        if self.icc:
            size = 1 / self.icc - 1
            bad_rate = rng.beta(self.p * size, (1 - self.p) * size, self.prompts)
        else:
            bad_rate = np.full(self.prompts, self.p)
        bad = (rng.random((self.prompts, self.k)) < bad_rate[:, None]).ravel()
        keep = rng.random(len(bad)) < np.where(bad, self.psi, self.phi)
        return 1.0 - bad, keep.astype(float), np.repeat(np.arange(self.prompts), self.k)

    def rows(self, seed: int = 0, **extra: Any) -> list[dict[str, Any]]:
        """The same as rows of a file."""
        rng = np.random.default_rng(seed)
        gold, accept, prompt = self.draw(rng)
        words = np.array(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"])
        return [
            {
                "prompt": f"question {p}",
                "completion": " ".join(rng.choice(words, rng.integers(8, 30))) + f" {i}.",
                "gold": bool(g),
                "verdict": bool(a),
                **extra,
            }
            for i, (g, a, p) in enumerate(zip(gold, accept, prompt, strict=True))
        ]
