"""Bounds of a share that hold however often one looks, and exact ones for a single look.

    anytime(effective(bad, prompt, level), level)     # while labels are still being added
    exact(effective(bad, prompt, level), level)       # all labels came at once

Somebody who labels, looks, and labels on until the answer is clear gives chance many tries: at a share that lies on the
target a 95 % interval ends on the wrong side in 8 to 12 % of such files. The evidence against a share B here is the
likelihood ratio of the labels, averaged over the shares on one side of B (a beta mixture). At B its mean is 1 at
every look (below 1 beyond B), so it ever exceeds 1/α with probability at most α (Ville's inequality).

Rows of one prompt say less than their number: both take the effective number of rows, which makes them exact where
every prompt has one label and approximate otherwise. What the rows seen cannot show is the prompts that were not drawn:
with 20 prompts, one in ten of which is nearly all bad, none of those is seen in 12 % of the files. So the bounds also
leave room for as large a share of prompts unlike all C seen as is missed with chance 1 − level (bad ones in the upper
bound, good ones in the lower): twice the error of a bound, as the rest has to turn out on the wrong side as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from openloop.measures.clustered import Effective, composition, why_no_interval
from openloop.records import Estimate

Side = Literal["below", "above"]
CLUSTERED = 0.45
"""Part of the error at which exact bounds of clustered rows are taken: their effective number is an estimate, too high
where few bad prompts were seen (at the full error a bound for 100 to 200 prompts is wrong in up to 3.8 % for 2.5 %)."""
STEPS = 50
"""Halvings of the interval in which a bound is looked for."""


def log_evidence(bad: float, rows: float, share: float, side: Side) -> float:
    """Log of the e-value that fewer (or more) than ``share`` are bad, when ``bad`` of ``rows`` are.

    The mixture is Beta(1, 1/share − 1), whose mean is ``share``, cut off at ``share``: of the ones tried it needs about
    the fewest labels at half of the target and at one and a half times it. ``bad`` and ``rows`` may be fractions.
    """
    from scipy.special import betainc, betaincc, betaln

    a, b = 1.0, 1 / share - 1
    part = betainc if side == "below" else betaincc
    mass = float(part(a + bad, b + rows - bad, share))
    if mass <= 0:
        return -math.inf
    mixed = float(betaln(a + bad, b + rows - bad)) + math.log(mass)
    prior = float(betaln(a, b)) + math.log(float(part(a, b, share)))
    return mixed - prior - bad * math.log(share) - (rows - bad) * math.log1p(-share)


def anytime(size: Effective, level: float = 0.95) -> Estimate:
    """The shares that no look so far has ruled out; each bound is wrong at any look with chance (1 − level)/2."""
    need = math.log(2 / (1 - level))
    bad, rows = size.share * size.rows, size.rows
    low = _edge(lambda share: log_evidence(bad, rows, share, "above") >= need, size.share, 0.0)
    high = _edge(lambda share: log_evidence(bad, rows, share, "below") >= need, size.share, 1.0)
    unseen = 0.0 if size.clusters == size.n else _unseen_at_every_look(size.clusters, need - math.log(2))
    return _estimate(size, low, high, unseen, level, "holds at every look (beta-mixture e-process)")


def exact(size: Effective, level: float = 0.95) -> Estimate:
    """Clopper and Pearson's bounds with the effective number of rows (Korn and Graubard 1998), for a single look."""
    from scipy.special import betaincinv

    bad, rows, half = size.share * size.rows, size.rows, (1 - level) / 2
    clustered = size.clusters < size.n
    unseen = 1 - (2 * half) ** (1 / size.clusters) if clustered else 0.0
    half *= CLUSTERED if clustered else 1
    low = 0.0 if bad <= 0 else float(betaincinv(bad, rows - bad + 1, half))
    high = 1.0 if bad >= rows else float(betaincinv(bad + 1, rows - bad, 1 - half))
    return _estimate(size, low, high, unseen, level, "exact binomial bounds")


def _unseen_at_every_look(prompts: int, need: float) -> float:
    """The largest share of prompts of which none may have been seen among so many, at every look."""
    return _edge(lambda share: log_evidence(0, prompts, share, "below") >= need, 0.0, 1.0)


def _estimate(size: Effective, low: float, high: float, unseen: float, level: float, how: str) -> Estimate:
    why = why_no_interval(size)
    if why:
        return Estimate(size.share, None, None, level, size.n, method=f"no interval: {why}")
    method = f"{how}{composition(size)}"
    low, high = min(low, size.share * (1 - unseen)), max(high, size.share + unseen * (1 - size.share))
    return Estimate(size.share, low, high, level, size.n, method=method)


def _edge(ruled_out: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where the shares that are ruled out begin, between one that is not and the end of the scale."""
    end = min(max(outside, 1e-9), 1 - 1e-9)
    if not ruled_out(end):
        return outside
    near, far = min(max(inside, 1e-9), 1 - 1e-9), end
    for _ in range(STEPS):
        middle = (near + far) / 2
        near, far = (near, middle) if ruled_out(middle) else (middle, far)
    return far
