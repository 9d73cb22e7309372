"""Worlds of two arms on the same items under several seeds, with a known difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values


@dataclass(frozen=True)
class RightOrWrong:
    """Each answer is right or wrong: a probit in the item's difficulty, the arm's taste for it, and the training."""

    shares: tuple[float, float]
    """Of right answers, over all items and trainings."""
    trainings: float = 0.0
    """Standard deviation between trainings of one arm; .4 moves a share of .5 by about .15."""
    difficulty: float = 0.0
    """Standard deviation between items, shared by the arms."""
    taste: float = 0.0
    """Standard deviation between items that each arm has for itself."""
    answers: int = 1
    """Per item and seed; their mean counts."""

    @property
    def difference(self) -> float:
        return self.shares[0] - self.shares[1]

    def draw(self, rng: np.random.Generator, seeds: int, items: int) -> Values:
        """Differences, shape [seeds, items]."""
        one, other = self.draw_arms(rng, seeds, items)
        return one - other

    def draw_arms(self, rng: np.random.Generator, seeds: int, items: int) -> tuple[Values, ...]:
        """Shares of right answers of each arm, shape [seeds, items]."""
        from scipy.special import ndtr, ndtri

        scale = float(np.sqrt(1 + self.trainings**2 + self.difficulty**2 + self.taste**2))
        hard = rng.normal(0, self.difficulty, items)
        found = []
        for share in self.shares:
            level = ndtri(share) * scale + hard + rng.normal(0, self.taste, items)
            chance = ndtr(level + rng.normal(0, self.trainings, (seeds, 1)))
            found.append(rng.binomial(self.answers, chance) / self.answers)
        return tuple(found)


@dataclass(frozen=True)
class Graded:
    """Values on a scale without ends: normal, or skewed to one side."""

    difference: float = 0.2
    trainings: float = 0.0
    taste: float = 0.5
    skewed: bool = False

    def draw(self, rng: np.random.Generator, seeds: int, items: int) -> Values:
        """Differences, shape [seeds, items]."""

        def noise(*shape: int) -> Values:
            return rng.exponential(1, shape) - 1 if self.skewed else rng.standard_normal(shape)

        return self.difference + self.trainings * noise(seeds, 1) + self.taste * noise(1, items) + noise(seeds, items)


World = RightOrWrong | Graded
