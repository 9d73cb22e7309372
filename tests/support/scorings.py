"""Simulated scorings of one judge, several for each row."""

from __future__ import annotations

import math

import numpy as np


def noisy(
    rng: np.random.Generator, prompts: int, k: int, r: int, between: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Scorings [N, R]: spread ``between`` over rows (half of it over prompts), noise of variance 1."""
    shared, own = rng.normal(size=(prompts, 1, 1)), rng.normal(size=(prompts, k, 1))
    scores = math.sqrt(between / 2) * (shared + own) + rng.normal(size=(prompts, k, r))
    return scores.reshape(-1, r), np.repeat(np.arange(prompts), k)
