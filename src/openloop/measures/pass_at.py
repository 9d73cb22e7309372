"""pass@k: how many prompts are solved by at least one of k candidates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.records import Estimate


def pass_at(correct: Values, prompt: Codes, k: int, level: float = 0.95) -> Estimate:
    """Mean over prompts of :func:`solved`: the chance that one of k fresh candidates is correct.

    Prompts with fewer than k scored candidates are ``n_unscored``; ``n`` counts prompts, and the interval is over
    prompts. Raises DataError.
    """
    return clustered.share(solved(correct, prompt, k), None, level)


def solved(correct: Values, prompt: Codes, k: int) -> Values:
    """Of each prompt 1 − C(n−c, k) / C(n, k), of n candidates of which c are correct (Chen et al. 2021, eq. 1).

    Unbiased for the chance that one of k fresh candidates is correct; 1 − (1 − c/n)^k is not. Shapes [N]: ``correct``
    is 1, 0 or NaN (unscored), ``prompt`` codes. Returns shape [P], in the order of the codes; NaN for prompts with
    fewer than k scored candidates. Raises DataError.
    """
    if correct.shape != prompt.shape or correct.ndim != 1:
        raise DataError(f"pass_at: needs a verdict and a prompt for each row, got {correct.shape} and {prompt.shape}.")
    known = ~np.isnan(correct)
    if k < 1 or not np.isin(correct[known], (0, 1)).all():
        raise DataError(f"pass_at: k must be at least 1 and correct 0, 1 or NaN, got k={k}.")
    codes = np.unique(prompt, return_inverse=True)[1]
    n = np.bincount(codes, weights=known)
    c = np.bincount(codes, weights=np.nan_to_num(correct))
    # C(n−c, k) / C(n, k) = Π over i < k of (n − c − i) / (n − i), which is 0 as soon as n − c < k.
    missed = np.ones(len(n))
    for i in range(k):
        missed *= np.maximum(n - c - i, 0) / np.maximum(n - i, 1)
    return np.where(n >= k, 1 - missed, np.nan)


def sizes(prompt: Codes, correct: Values) -> Sequence[int]:
    """Of 1, 10, 100 and the number K of candidates those that nine tenths of the prompts can tell of."""
    codes = np.unique(prompt, return_inverse=True)[1]
    n = np.bincount(codes, weights=~np.isnan(correct))
    most = int(np.quantile(n, 0.1, method="lower")) if len(n) else 0
    return sorted({k for k in (1, 10, 100, most) if 1 <= k <= most})
