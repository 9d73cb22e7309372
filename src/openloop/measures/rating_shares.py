"""Mean ratings of several models as shares: one softmax over the means, each share with its interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.records import Estimate


def softmax_shares(ratings: Mapping[str, Values], temperature: float = 1.0, level: float = 0.95) -> dict[str, Estimate]:
    """exp(m_a / T) / Σ_b exp(m_b / T) of the mean ratings m of M models on the same N items (Gan & Liu, Table 1).

    ``ratings`` by model, shape [N] each, NaN unscored; an item without a rating by every model is left out and counted
    in ``n_unscored``. The interval is that of log(s / (1 − s)), which is linear in the means to first order (delta
    method): m_a / T less the mean of the others' weighted by their shares, a paired t interval over items; so it stays
    within 0 and 1, and narrows where models are rated alike item by item. Raises DataError.
    """
    if len(ratings) < 2 or len({values.shape for values in ratings.values()}) > 1:
        raise DataError("softmax_shares: needs ratings of at least two models on the same items.")
    if not (temperature > 0 and math.isfinite(temperature)):
        raise DataError(f"softmax_shares: temperature must be above 0, got {temperature}.")
    table = np.stack([np.asarray(values, dtype=np.float64) for values in ratings.values()]) / temperature  # [M, N]
    both = ~np.isnan(table).any(axis=0)
    known, lost = table[:, both], int((~both).sum())
    if not known.shape[1]:
        undefined = Estimate(math.nan, None, None, level, 0, lost, "undefined: no item is rated for every model")
        return dict.fromkeys(ratings, undefined)
    means = known.mean(axis=1)
    found = {}
    for place, name in enumerate(ratings):
        rest = np.delete(means, place)
        weights = np.exp(rest - rest.max())
        logit = float(means[place] - rest.max() - np.log(weights.sum()))
        contrast = known[place] - (weights / weights.sum()) @ np.delete(known, place, axis=0)
        gap = clustered.mean(contrast, None, level)
        bounds = [None if bound is None else _expit(logit + bound - gap.value) for bound in (gap.low, gap.high)]
        method = gap.method if None in bounds else f"softmax of means, delta method, {gap.method}"
        method = method.replace("prompts", "items")
        found[name] = Estimate(_expit(logit), bounds[0], bounds[1], level, known.shape[1], lost, method)
    return found


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
