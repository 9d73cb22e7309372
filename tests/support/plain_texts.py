"""Texts of made-up words with nothing to tell about them."""

from __future__ import annotations

from itertools import product

import numpy as np

WORDS = np.array(["".join(letters) for letters in product("blmr", "aeo", "ndst", "aiu", "kp")])
FREQUENCY = 1 / np.arange(5, len(WORDS) + 5)


def plain_texts(rng: np.random.Generator, n: int, words: float = 40, topic: int = 0) -> list[str]:
    """n texts with a median of so many words; where ``topic`` is given, half of the words of all are of so many."""
    own = rng.choice(WORDS, topic) if topic else None
    texts = []
    for _ in range(n):
        size = max(3, int(rng.lognormal(np.log(words), 0.4)))
        said = rng.choice(WORDS, size, p=FREQUENCY / FREQUENCY.sum())
        if own is not None:
            said = np.where(rng.random(size) < 0.5, rng.choice(own, size), said)
        text = " ".join(said).capitalize()
        texts.append(text + "." if rng.random() < 0.8 else text)
    return texts
