"""Simulated files whose acceptance goes with the length of a text, or does not."""

from __future__ import annotations

import numpy as np

P, K = 150, 6


def world(pull: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Length (in doublings), accept, gold, prompt: acceptance rises by ``pull`` a doubling at fixed gold."""
    prompt = np.repeat(np.arange(P), K)
    length = rng.normal(8, 1, P * K)
    gold = (rng.random(P * K) < 0.5).astype(float)
    accept = (rng.random(P * K) < np.clip(0.3 + 0.3 * gold + pull * (length - 8), 0, 1)).astype(float)
    return length, accept, gold, prompt


def clustered_world(
    rng: np.random.Generator, prompts: int = 80, rows: int = 5
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Length and acceptance each go with the prompt, and not with one another at fixed gold; gold goes with both."""
    prompt = np.repeat(np.arange(prompts), rows)
    gold = (rng.random(prompts * rows) < 0.5).astype(float)
    easy = rng.normal(0, 0.15, prompts)[prompt]
    accept = (rng.random(prompts * rows) < np.clip(0.3 + 0.4 * gold + easy, 0, 1)).astype(float)
    length = 8 + gold + rng.normal(0, 0.7, prompts)[prompt] + rng.normal(0, 0.7, prompts * rows)
    return length, accept, gold, prompt
