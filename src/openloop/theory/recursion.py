"""What recursion does to diversity: closed forms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from openloop.errors import InputError


def closed_diversity(h0: float, n: int, rounds: int) -> NDArray[np.float64]:
    """Expected Simpson diversity after rounds 0..R of a closed loop: E H_t = H_0 (1 − 1/n)^t. Shape [R + 1].

    H = 1 − Σp² of the model itself (not of a sample). Holds only for an exact categorical maximum-likelihood
    fit to ``n`` independent rows a round that replace those before, sampled at T=1 without top-p. Entropy
    does not follow it, nor does a model that generalises: for a transformer report :func:`effective_rows`.
    """
    if n < 1 or rounds < 0 or not 0 <= h0 <= 1:
        raise InputError(
            f"closed_diversity: needs n >= 1, rounds >= 0, h0 in [0, 1]; got {n}, {rounds}, {h0}."
        )
    return np.asarray(h0 * (1 - 1 / n) ** np.arange(rounds + 1), dtype=np.float64)


def effective_rows(diversity: Sequence[float]) -> float:
    """The ``n`` whose law decays as the observed diversities do (least squares on log H through H_0).

    ``inf`` when diversity does not fall. Needs at least two rounds with H > 0.
    """
    h = np.asarray(diversity, dtype=np.float64)
    if len(h) < 2 or (h <= 0).any():
        raise InputError(f"effective_rows: needs at least two diversities above 0, got {list(diversity)}.")
    t = np.arange(1, len(h))
    slope = float((t * np.log(h[1:] / h[0])).sum() / (t**2).sum())
    return 1 / (1 - np.exp(slope)) if slope < 0 else np.inf
