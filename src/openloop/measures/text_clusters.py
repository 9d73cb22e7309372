"""Clusters of texts, and the words that tell one cluster from the others."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.word_grams import plain_words

DIRECTIONS = 64
"""Principal directions that are clustered in: where vectors count words, the rest is what single texts say."""
STARTS = 3
"""Of which the tightest clusters are taken."""
WORDS = 3
SHORTEST = 4
"""Letters: in languages with an alphabet shorter words say little of what a text is about."""
OFTEN = 0.15
"""Share of a cluster's texts from which a word may name it."""


def clusters(vectors: NDArray[np.float32], cells: int, rng: np.random.Generator) -> Codes:
    """Codes [n] from 0 of at most ``cells`` clusters (k-means); vectors [n, D]. Raises DataError for ``cells`` < 1."""
    from scipy.cluster.vq import kmeans2

    if cells < 1:
        raise DataError(f"clusters: needs one cell or more, got {cells}.")
    different = len(np.unique(vectors, axis=0)) if len(vectors) <= cells * 4 else cells
    wanted = min(cells, different)
    if wanted < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    points = _principal(vectors)
    best: tuple[float, Codes] | None = None
    for _ in range(STARTS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a cluster may come out empty: then there is one less
            centres, codes = kmeans2(points, _spread_out(points, wanted, rng), iter=20, minit="matrix")
        spread = float(((points - centres[codes]) ** 2).sum())
        if best is None or spread < best[0]:
            best = spread, codes
    assert best is not None
    return np.asarray(np.unique(best[1], return_inverse=True)[1], dtype=np.int64)


def telling_words(texts: Sequence[str], cell: Codes) -> list[str]:
    """For each cell up to three words that its texts hold and others do not, ``refund, invoice``; texts [n], cell [n].

    Empty where no word tells.
    """
    cells = int(cell.max()) + 1 if len(cell) else 0
    inside: list[Counter[str]] = [Counter() for _ in range(cells)]
    for text, code in zip(texts, cell, strict=True):
        inside[code].update(set(_naming(plain_words(text))))
    every: Counter[str] = sum(inside, Counter())
    size = np.bincount(cell, minlength=cells)
    return [", ".join(_telling(inside[code], every, int(size[code]), len(texts))) for code in range(cells)]


def _naming(words: Sequence[str]) -> list[str]:
    """Words that may name a cluster; in scripts without blanks, where words are characters, two of them together."""
    if words and all(len(word) == 1 and not word.isascii() for word in words):
        pairs = (a + b for a, b in pairwise(words))
        # Hiragana are mostly endings and particles.
        return [pair for pair in pairs if not any("\u3040" <= character <= "\u309f" for character in pair)]
    return [word for word in words if not word.isascii() or len(word) >= SHORTEST]


def _telling(inside: Counter[str], every: Counter[str], size: int, texts: int) -> list[str]:
    scores: dict[str, float] = {}
    for word, count in inside.items():
        share, others = count / size, (every[word] - count + 1) / (texts - size + 2)
        if share >= OFTEN and share > 2 * others:
            scores[word] = share * float(np.log(share / others))
    return sorted(scores, key=lambda word: (-scores[word], word))[:WORDS]


def _spread_out(points: Values, wanted: int, rng: np.random.Generator) -> Values:
    """Rows to begin with, each drawn by its squared distance from those before (k-means++)."""
    chosen = [int(rng.integers(len(points)))]
    distance = ((points - points[chosen[0]]) ** 2).sum(1)
    while len(chosen) < wanted and distance.sum() > 0:
        chosen.append(int(rng.choice(len(points), p=distance / distance.sum())))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(1))
    return points[chosen]


def _principal(vectors: NDArray[np.float32]) -> Values:
    """Shape [n, at most 64]: coordinates in the directions of most variance."""
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return np.asarray(centred @ directions[:, ::-1][:, :DIRECTIONS])
