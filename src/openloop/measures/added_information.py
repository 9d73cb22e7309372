"""Does a verdict tell more about gold than the model's own confidence does? (information-open, §3 and §6)

A verdict that is only a function of the model's confidence brings nothing from outside: the loop stays closed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.association import AssociationTest, score_test
from openloop.measures.logistic import fit, predict, row_bits
from openloop.measures.shortcuts import FOLDS, centred
from openloop.records import Estimate

BIN = 12
"""Rows in a bin of confidence: fine, since coarse bins leak (ten in all: false alarms .38-.48)."""
KNOTS = 32


@dataclass(frozen=True, slots=True)
class AddedInformation:
    """What the verdict adds to the model's confidence."""

    pooled: AssociationTest
    """Test over all rows; ``z`` above 0: accepted rows are good more often than their confidence says."""
    within: AssociationTest | None
    """The same within prompts; None where no prompt has several rows."""
    bits: Estimate
    """Log loss of gold saved by adding the verdict to the confidence, bits a row, prompts not seen."""


def added_information(
    verdict: Values, gold: Values, confidence: Values, prompt: Codes, level: float = 0.95
) -> AddedInformation | None:
    """Shapes [N]; ``verdict`` 0/1 or a score, ``confidence`` higher is surer, NaN unknown (such rows are left out).

    Tests: verdict and gold lose their means over bins of about 12 rows of like confidence (for ``within`` also over
    prompts), and their products are summed per prompt: z with cluster-robust spread. A hard cut of the confidence is
    the case it must not call open. None for fewer than 50 rows or ten prompts, or where verdict or gold does not vary.
    Raises DataError for arrays that differ in length, and for gold that is neither 0, 1 nor NaN.
    """
    if not verdict.shape == gold.shape == confidence.shape == prompt.shape or verdict.ndim != 1:
        shapes = ", ".join(str(v.shape) for v in (verdict, gold, confidence, prompt))
        raise DataError(f"added_information: verdict, gold, confidence and prompt need one value a row, got {shapes}.")
    if not np.isin(gold[~np.isnan(gold)], (0.0, 1.0)).all():
        raise DataError("added_information: gold is 0 or 1, or NaN where it is not known.")
    known = ~(np.isnan(verdict) | np.isnan(gold) | np.isnan(confidence))
    a, g, c = verdict[known], gold[known], confidence[known]
    p = np.unique(prompt[known], return_inverse=True)[1] if known.any() else prompt[known]
    if len(a) < 50 or a.min() == a.max() or g.min() == g.max() or p.max() < 9:
        return None
    order = np.lexsort((p, c))
    bins = np.empty(len(a), dtype=np.int64)
    bins[order] = np.arange(len(a)) // BIN
    # Equal confidences belong together, whatever bin the sorting put them in.
    first = np.unique(c, return_index=True, return_inverse=True)
    bins = bins[first[1]][first[2]]
    several = np.bincount(p)[p] > 1
    inside = _product(a, g, [bins, p], p) if several.any() else None
    out = int((~known).sum())
    return AddedInformation(
        _product(a, g, [bins], p), inside, _saved(centred(a, [bins]) / a.std(), g, c, p, out, level)
    )


def _product(a: Values, g: Values, groups: list[Codes], prompt: Codes) -> AssociationTest:
    """No association where nothing of the verdict is left: it is a function of the confidence."""
    x, y = centred(a, groups), centred(g, groups)
    sums = np.asarray(np.bincount(prompt, weights=x * y), dtype=np.float64)
    held = int((sums != 0).sum())
    if held < 3 or math.sqrt(float((sums**2).sum())) < 1e-9:
        return AssociationTest(0.0, 1.0)
    return score_test(sums, held)


def _saved(a: Values, g: Values, c: Values, prompt: Codes, out: int, level: float) -> Estimate:
    """Cross-fitted over folds of prompts; the base is a line with 32 knots and steps, so that a cut of it is in it.

    ``a`` has lost its means over bins of the confidence: a verdict that is a copy of the confidence would otherwise
    count as a second, less penalised base. One slope for all confidences, so this is a lower bound.
    """
    base = _basis(c)
    both = np.column_stack([base, a])
    gain = np.empty(len(g))
    fold = prompt % FOLDS
    for held in range(FOLDS):
        test, train = fold == held, fold != held
        without, beside = (predict(fit(x[train], g[train], l2=1.0), x[test]) for x in (base, both))
        gain[test] = row_bits(beside, g[test]) - row_bits(without, g[test])
    e = clustered.mean(gain, prompt, level)
    if e.low is None or e.high is None:
        return replace(e, n_unscored=out)
    share = min(g.mean(), 1 - g.mean())
    most = float(-share * math.log2(share) - (1 - share) * math.log2(1 - share))
    if e.high - e.low > most:
        reason = f"no interval: it would be wider than gold's own {most:.2f} bits"
        return replace(e, low=None, high=None, n_unscored=out, method=reason)
    method = f"cross-fitted over {FOLDS} folds of prompts, bits a row"
    return replace(e, high=max(e.value, min(most, e.high)), n_unscored=out, method=method)


def _basis(c: Values) -> Values:
    rank = np.searchsorted(np.sort(c), c, side="left") / len(c)
    knots = np.arange(1, KNOTS) / KNOTS
    hinges = np.maximum(0, rank[:, None] - knots)
    return np.column_stack([rank - 0.5, hinges, (rank[:, None] >= knots) - (1 - knots)])
