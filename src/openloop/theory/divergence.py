"""KL divergence between mixtures, by the estimator that is asked for (nats).

``reference-histogram`` does what the published script does: 1,000 rows of each side in 50 x 50 bins, *each over its own
range*, empty bins counted as 1e-10. It does not see where the two lie, and gives 7.5 for two that are equal.
``shared-histogram`` is the same with one range for both. ``monte-carlo`` averages ln p − ln q over rows of p and is
right.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import InputError, nearest
from openloop.theory.gmm import Mixtures, Round

Estimator = Literal["reference-histogram", "shared-histogram", "monte-carlo", "monte-carlo-reversed"]
BINS, ROWS, FLOOR = 50, 1000, 1e-10


def kl_gap(world: Round, estimator: Estimator, times: int, rng: np.random.Generator) -> Values:
    """D(π_real ‖ G) − D(π_synthetic ‖ G) of each round [R] (reverse-bottleneck, §4.4).

    Averaged over ``times`` fresh draws. ``monte-carlo-reversed`` takes D(G ‖ π). Raises InputError for an estimator
    that is none.
    """
    if estimator not in get_args(Estimator):
        raise InputError(f"divergence: no estimator {estimator!r}; {nearest(estimator, get_args(Estimator))}")
    return divergence(world.on_real, world.truth, estimator, times, rng) - divergence(
        world.on_synthetic, world.truth, estimator, times, rng
    )


def divergence(p: Mixtures, q: Mixtures, estimator: Estimator, times: int, rng: np.random.Generator) -> Values:
    """D(p ‖ q) of each round [R] (nats)."""
    if estimator == "monte-carlo-reversed":
        return divergence(q, p, "monte-carlo", times, rng)
    if estimator == "monte-carlo":
        x = p.draw(ROWS, rng, times)
        return np.asarray((p.log_density(x) - q.log_density(x)).mean(1))
    found = [
        _histograms(p.only(r), q.only(r), estimator == "shared-histogram", times, rng) for r in range(len(p.means))
    ]
    return np.array(found)


def _histograms(p: Mixtures, q: Mixtures, shared: bool, times: int, rng: np.random.Generator) -> float:
    """Of one round.

    Only bins that hold rows of p weigh: Σ over rows of p of ln p(bin) − ln q(bin), over their number.
    """
    x, y = (
        [axis.reshape(times, ROWS) for axis in np.moveaxis(side.draw(ROWS, rng, times)[0], -1, 0)] for side in (p, q)
    )
    ends = [[(axis.min(1), axis.max(1)) for axis in rows] for rows in (x, y)]
    if shared:
        ends = [[(np.minimum(a[0], b[0]), np.maximum(a[1], b[1])) for a, b in zip(*ends, strict=True)]] * 2
    (at_x, _), (at_y, area) = _bins(x, ends[0]), _bins(y, ends[1])
    of_x = np.bincount(at_x.ravel(), minlength=times * BINS**2)
    of_y = np.bincount(at_y.ravel(), minlength=times * BINS**2)
    # A bin of n rows of p counts n times; an empty bin of q has the density 1e-10, so its share is that times its area.
    log = np.log(np.maximum(np.arange(ROWS + 1), 0.5) / ROWS)
    held = np.flatnonzero(of_x)
    n, seen = of_x[held], of_y[held]
    log_q = np.where(seen > 0, log[seen], np.log(FLOOR * area)[held // BINS**2])
    return float((n * (log[n] - log_q)).sum() / (times * ROWS))


def _bins(rows: list[Values], ends: list[tuple[Values, Values]]) -> tuple[Codes, Values]:
    """The bin of each row [T, N] among those of all samples, and the area of a sample's bins [T]."""
    found = (np.arange(len(rows[0])) * BINS)[:, None]
    area = np.ones(len(rows[0]))
    for axis, (low, high) in zip(rows, ends, strict=True):
        scale = (BINS / (high - low))[:, None]
        found = found + np.clip(((axis - low[:, None]) * scale).astype(np.int64), 0, BINS - 1)
        found = found * BINS if axis is rows[0] else found
        area = area / scale[:, 0]
    return found, area
