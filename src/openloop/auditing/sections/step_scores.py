"""A verdict made of scores of steps: what the other ways to make one score of them would give."""

from __future__ import annotations

from functools import partial

import numpy as np

from openloop.arrays import Values
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.result import Finding
from openloop.auditing.reversal import reversal
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures import auc
from openloop.measures.clustered import proportion
from openloop.measures.estimate_text import estimate_text
from openloop.measures.paired_differences import auc_difference, surely_apart
from openloop.measures.rank_correlation import spearman
from openloop.records import Estimate

BETTER = 0.02
"""By how much more often another aggregate must rank a good row above a bad one."""


def measure(given: SectionInput) -> SectionResult:
    """``steps.accepted``, ``.auc``, ``.phi``, ``.psi`` and ``.spearman`` under each aggregate."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    if not arrays.steps:
        return result
    clusters, level = options.clusters(arrays), options.level
    ranked = arrays.has_gold and arrays.representative
    shown = []
    for how, score in arrays.steps.items():
        at, said = f"aggregate={how}", how
        if arrays.accept_at is not None:
            accept = _accept(score, arrays.accept_at)
            kept = proportion(accept, clusters, level)
            result.add("steps.accepted", kept, at)
            said += f" accepts {kept.value:.0%}"
            if ranked:
                for name, side in (("phi", 1), ("psi", 0)):
                    rows = arrays.gold == side
                    inside = None if clusters is None else clusters[rows]
                    result.add(f"steps.{name}", proportion(accept[rows], inside, level), at)
        if ranked:
            area = auc.pooled(score, arrays.gold, clusters, level)
            result.add("steps.auc", area, at)
            said += f"{',' if said != how else ''} AUC {estimate_text(area)}"
        elif arrays.gold_score is not None:
            rho = spearman(score, arrays.gold_score, clusters, level)
            result.add("steps.spearman", rho, at)
            said += f"{',' if said != how else ''} Spearman's ρ {estimate_text(rho)}"
        shown.append(said)
    if any(" " in said for said in shown):
        result.said.append(f"one score from the steps by: {'; '.join(shown)} (taken: {arrays.aggregate})")
    if ranked and not reversal(arrays, options):
        _better(given, result)
    return result


def _accept(score: Values, at: float) -> Values:
    return np.where(np.isnan(score), np.nan, (score >= at).astype(float))


def _better(given: SectionInput, result: SectionResult) -> None:
    """A finding where another aggregate surely ranks rows better than the one that was taken."""
    arrays, options = given.arrays, given.options
    others = {how: partial(_gain, arrays, how, given) for how in arrays.steps if how != arrays.aggregate}
    for how, gain in others.items():
        result.add("steps.auc_gain", gain(options.level), f"aggregate={how}")
    sure = surely_apart(others, 1 - finding_level(options))
    gains = {how: others[how](options.level) for how, e in sure.items() if (e.low or 0.0) > 0}
    gains = {how: e for how, e in gains.items() if (e.low or 0.0) > BETTER}
    if not gains:
        return
    best = max(gains, key=lambda how: gains[how].value)
    text = (
        f"The steps' {best} tells good rows from bad ones better than their {arrays.aggregate}: the AUC is "
        f"{estimate_text(gains[best])} higher on the same rows (a finding from {BETTER}). Audit and train with "
        f"--aggregate {best}."
    )
    result.findings.append(Finding("other-aggregate-ranks-better", weight_of(gains[best].value, 0.2, 0.5), text))


def _gain(arrays: RowArrays, how: str, given: SectionInput, level: float) -> Estimate:
    mine, other = arrays.steps[arrays.aggregate], arrays.steps[how]
    return auc_difference(other, mine, arrays.gold, given.options.clusters(arrays), level)
