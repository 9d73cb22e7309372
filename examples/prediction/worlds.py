"""The worlds, the dials and the selections of docs/evidence/prediction.md."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "addition"))
import task as addition

WORLDS = ("plain", "noisy")
DIALS = ((1.0, 0.0), (0.9, 0.1), (0.9, 0.4), (0.6, 0.6), (0.5, 0.8), (1.0, 1.0))
CONCENTRATED = ((0.9, 0.1), (0.9, 0.4), (0.6, 0.6))
SIZES = (500, 2000)
CANDIDATES = 12_000
STRATA = 4


@dataclass(frozen=True)
class Dial:
    """One selection: a simulated verifier and how many of its accepted rows are kept."""

    world: str
    phi: float
    psi: float
    structure: str
    n: int

    @property
    def name(self) -> str:
        return f"{self.world} φ={self.phi:g} ψ={self.psi:g} {self.structure} n={self.n}"


def dials() -> list[Dial]:
    """The 36 registered selections."""
    return [
        Dial(world, phi, psi, structure, n)
        for world in WORLDS
        for n in SIZES
        for structure, settings in (("independent", DIALS), ("concentrated", CONCENTRATED))
        for phi, psi in settings
    ]


def carries(prompt: str) -> int:
    """How many carries the sum has, 0 to 3."""
    a, b = prompt.rstrip("=").split("+")
    carry = count = 0
    for x, y in zip(reversed(a), reversed(b), strict=True):
        carry = int(int(x) + int(y) + carry >= 10)
        count += carry
    return count


def without_carries(prompt: str) -> str:
    """The sum with every carry dropped: the systematic error of the noisy world."""
    a, b = prompt.rstrip("=").split("+")
    return "0" + "".join(str((int(x) + int(y)) % 10) for x, y in zip(a, b, strict=True))


def true_sum(prompt: str) -> str:
    a, b = prompt.rstrip("=").split("+")
    return f"{int(a) + int(b):04d}"


def in_world(world: str, prompt: str, completion: str) -> str:
    """The answer as the world has it."""
    if world == "plain" or addition.correct(prompt, completion):
        return completion
    dropped = without_carries(prompt)
    return completion if dropped == true_sum(prompt) else dropped


def select(dial: Dial, good: np.ndarray, strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows kept (indices): the dial's shares of good and bad, and where the bad ones lie.

    The accepted rows of a verifier with φ and ψ hold p′ = pψ / (pψ + (1 − p)φ) bad ones; n of them are kept.
    """
    p = 1 - good.mean()
    accepted = p * dial.psi + (1 - p) * dial.phi
    bad = round(dial.n * p * dial.psi / accepted)
    rows = np.arange(len(good))
    pool = ~good if dial.structure == "independent" else ~good & (strata >= 2)
    wrong = rng.permutation(rows[pool])[:bad]
    right = rng.permutation(rows[good])[: dial.n - len(wrong)]
    return np.sort(np.concatenate([wrong, right]))
