"""How different the texts of a set are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from openloop.errors import DataError


def distinct_share(texts: Iterable[str]) -> float:
    """Number of different texts over the number of texts. Falls with size: compare at equal N."""
    listed = list(texts)
    if not listed:
        raise DataError("distinct_share: needs at least one text, got none.")
    return len(set(listed)) / len(listed)


def simpson(texts: Iterable[str], *, unbiased: bool = True) -> float:
    """H = 1 − Σp²: the probability that two texts differ.

    ``unbiased=True`` draws the two without replacement (a U-statistic, comparable across sizes, needs N ≥ 2);
    otherwise it is the plug-in over the observed shares, too small by a factor 1 − 1/N on average.
    """
    counts = np.array(list(Counter(texts).values()), dtype=np.float64)
    n = counts.sum()
    if n < (2 if unbiased else 1):
        raise DataError(f"simpson: needs at least {2 if unbiased else 1} texts, got {int(n)}.")
    plug_in = 1.0 - float((counts**2).sum()) / n**2
    return float(plug_in * n / (n - 1) if unbiased else plug_in)
