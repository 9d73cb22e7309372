"""What recursion does to diversity: closed forms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.theory.argument_checks import fits, probability


def closed_diversity(h0: float, n: int, rounds: int) -> Values:
    """Expected Simpson diversity after rounds 0..R of a closed loop: E H_t = H_0 (1 − 1/n)^t. Shape [R + 1].

    H = 1 − Σp² of the model itself (not of a sample). Holds only for an exact categorical maximum-likelihood
    fit to ``n`` independent rows a round that replace those before, sampled at T=1 without top-p. Entropy
    does not follow it, nor does a model that generalises: for a transformer report :func:`effective_rows`.
    """
    _require_rows("closed_diversity", h0, n, rounds)
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


def accumulating_diversity(h0: float, n0: int, n: int, rounds: int) -> Values:
    """E H_t when every row so far stays in the training set: H_0 ∏_{s ≤ t} (1 − n/N_s²), N_s = n0 + s n rows. Shape [R
    + 1].

    h0 is that of the pool of ``n0`` real rows (plug-in). For n0 = n the product tends to :func:`accumulating_limit`: it
    does not fall to 0.
    """
    _require_rows("accumulating_diversity", h0, min(n0, n), rounds)
    pool = n0 + n * np.arange(1, rounds + 1, dtype=np.float64)
    return np.concatenate([[h0], h0 * np.cumprod(1 - n / pool**2)])


def accumulating_limit(n: int) -> float:
    """What is left of H_0 for ever with n0 = n: sin(π/√n) / ((π/√n)(1 − 1/n)); n at least 2."""
    _require_rows("accumulating_limit", 1.0, n, 0)
    if n < 2:
        raise InputError(f"accumulating_limit: n must be at least 2, got {n}.")
    x = np.pi / np.sqrt(n)
    return float(np.sin(x) / (x * (1 - 1 / n)))


def subsampling_diversity(h0: float, n0: int, n: int, rounds: int) -> Values:
    """E H_t of the pool when each round trains on n of its rows, drawn without replacement, and adds n. Shape [R + 1].

    Each round multiplies by [N² + 2Nn + n²(1 − 1/n)² N/(N − 1)] / (N + n)², N the rows before it; n0 at least n.
    """
    _require_rows("subsampling_diversity", h0, n, rounds)
    if n0 < max(2, n):
        raise InputError(f"subsampling_diversity: n0 must be at least n and 2, got {n0} and {n}.")
    pool = n0 + n * np.arange(rounds, dtype=np.float64)
    factor = (pool**2 + 2 * pool * n + (n - 1) ** 2 * pool / (pool - 1)) / (pool + n) ** 2
    return np.concatenate([[h0], h0 * np.cumprod(factor)])


def immigration_diversity(n: int, fresh: float) -> float:
    """E H_∞ / H_π of a closed loop with a share ``fresh`` of new real rows each round (of n): its stationary diversity.

    (1 − 1/n)(1 − (1 − α)²) / [1 − (1 − 1/n)(1 − α)²]; near a Dirichlet law of parameters 2nαπ. A verifier gives no such
    law: diversity inside what it accepts still falls as (1 − 1/n)^t.
    """
    _require_rows("immigration_diversity", 1.0, n, 0)
    probability("fresh", fresh)
    if fresh == 0:
        return 0.0
    kept = 1 - 1 / n
    return kept * (1 - (1 - fresh) ** 2) / (1 - kept * (1 - fresh) ** 2)


def rounds_to_lose(n: int, mass: float, *, exact: bool = True) -> float:
    """Mean rounds until a mode of this mass has left a closed loop of n rows, given that it does.

    Exact: the chain of its count among n rows, conditioned on loss; else the diffusion −2n q ln q / (1 − q). The
    unconditional mean is infinite: the mode may also take everything.
    """
    _require_rows("rounds_to_lose", 1.0, n, 0)
    probability("mass", mass, open_ends=True)
    if not exact:
        return float(-2 * n * mass * np.log(mass) / (1 - mass))
    fits("rounds_to_lose", 3 * 8.0 * n * n)
    from scipy.stats import binom

    counts = np.arange(1, n)
    move = binom.pmf(np.arange(n + 1)[None, :], n, counts[:, None] / n)
    # Doob's transform: the chance of loss from a count c is 1 − c/n, since the share is a martingale.
    lost = 1 - counts / n
    inner = move[:, 1:n] * lost[None, :] / lost[:, None]
    times = np.linalg.solve(np.eye(n - 1) - inner, np.ones(n - 1))
    first = binom.pmf(np.arange(n + 1), n, mass)
    weight = first[:n] * (1 - np.arange(n) / n) / (1 - mass)
    return float(1 + weight[1:] @ times)


def _require_rows(who: str, h0: float, n: int, rounds: int) -> None:
    if n < 1 or rounds < 0 or not 0 <= h0 <= 1:
        raise InputError(f"{who}: needs n >= 1, rounds >= 0, h0 in [0, 1]; got {n}, {rounds}, {h0}.")
