"""Random numbers that depend on what they are for and on nothing else.

A loop must draw the same numbers whatever the batch split, the worker count or the order of work. So no
generator is passed around: a seed is derived from the names of what it is for, and uniforms come from a
counter-based hash (SplitMix64: Steele, Lea and Flood 2014), vectorised over rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def derive(*parts: object) -> int:
    """A seed in [0, 2⁶³) from the text of its parts: ``derive("train", 3, "verified")``."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1


def sample_seed(seed: int, prompt_id: str, index: int) -> int:
    """The seed of one sample: sample ``index`` of prompt ``prompt_id`` under ``Sampling.seed``."""
    return derive(seed, prompt_id, index)


def uniforms(seeds: Sequence[int] | NDArray[np.uint64], n: int) -> NDArray[np.float64]:
    """Uniform numbers in [0, 1), shape [N, n]: row ``i`` is a function of ``seeds[i]`` alone."""
    start = np.asarray(seeds, dtype=np.uint64)[:, None]
    with np.errstate(over="ignore"):
        z = start + _GOLDEN * np.arange(1, n + 1, dtype=np.uint64)[None, :]
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    uniform: NDArray[np.float64] = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return uniform


def even_draws(n: int, each: int, seed: int, start: int, count: int) -> NDArray[np.int64]:
    """Draws ``start`` to ``start + count`` of an endless sequence: ``each`` different numbers below ``n``.

    Shape [count, each]. In each turn every number is used once, in an order of its own, so that no number is ever
    used more than once more than another. Needs ``each <= n``.
    """
    stream: list[int] = []
    turn, wanted = 0, (start + count) * each
    while len(stream) < wanted:
        order = np.argsort(uniforms([seed + turn], n)[0], kind="stable").tolist()
        begun = set(stream[len(stream) - len(stream) % each :])  # a draw that this turn has to complete
        stream += [i for i in order if i not in begun] + [i for i in order if i in begun] if begun else order
        turn += 1
    return np.array(stream[start * each : wanted], dtype=np.int64).reshape(count, each)
