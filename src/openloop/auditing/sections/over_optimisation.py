"""Does choosing harder by the verifier's score still help, or does it make things worse?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding
from openloop.auditing.reversal import reversal
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.best_of import BestOf, best_of, by_rank, vote
from openloop.measures.estimate_text import estimate_text
from openloop.measures.pass_at import pass_at, sizes

FALL = 0.01
"""Share of good rows that harder selection must lose."""


def measure(given: SectionInput) -> SectionResult:
    """Prompts solved by one of k, gold of the best of n, by rank within the prompt, and of a majority vote."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    if not arrays.has_gold:
        return result
    if not arrays.representative:
        result.unmeasured.append("best of n and votes: labels are not drawn from kept and dropped rows alike")
        return result
    several = np.bincount(arrays.prompt).max() > 1
    if not several:
        result.unmeasured.append("best of n, AUC within prompt, majority vote: every prompt has one row")
        return result
    for k in sizes(arrays.prompt, arrays.gold):
        result.add("pass_at", pass_at(arrays.gold, arrays.prompt, k, options.level), f"k={k}")
    if arrays.same is not None:
        voted = vote(arrays.same, arrays.gold, arrays.prompt, options.level)
        if voted is not None:
            result.add("vote.gold", voted)
    if np.isnan(arrays.score).all():
        return result
    found = best_of(arrays.score, arrays.gold, arrays.prompt, arrays.rng(1), options.level)
    if found is None:
        result.unmeasured.append("best of n: no prompt has two rows with a score and gold")
        return result
    for n, estimate in zip(found.n, found.gold, strict=True):
        result.add("best_of.gold", estimate, f"n={n}")
    result.add("best_of.fall", found.drop, f"n={found.falls[0]} to n={found.falls[1]}")
    result.curves.append(Curve("gold of the best of n by the score", tuple(f"n = {n}" for n in found.n), found.gold))
    deciles = by_rank(arrays.score, arrays.gold, arrays.prompt, options.level)
    for i, estimate in enumerate(deciles):
        result.add("best_of.gold_by_rank", estimate, f"tenth={i + 1}")
    if deciles:
        names = tuple("top tenth" if i == 0 else f"tenth {i + 1}" for i in range(10))
        result.curves.append(Curve("gold by rank of the score within the prompt", names, tuple(deciles)))
    if not reversal(arrays, options):
        _over_optimised(found, options, result)
    return result


def _over_optimised(found: BestOf, options: Options, result: SectionResult) -> None:
    if found.p_value is None or found.p_value > 1 - finding_level(options) or (found.drop.low or 0) <= FALL:
        return
    gold = dict(zip(found.n, found.gold, strict=True))
    peak = max(gold, key=lambda n: gold[n].value)
    last = found.n[-1]
    fall = estimate_text(found.drop)
    text = (
        f"Selecting harder by the score picks worse rows: the share of good ones is {gold[1].value:.3f} at random, "
        f"{gold[peak].value:.3f} for the best of {peak}, {gold[last].value:.3f} for the best of {last} (fall from "
        f"{found.falls[0]} to {found.falls[1]}: {fall}, p = {found.p_value:.2g}, {found.prompts:,} prompts; "
        f"a finding from {FALL} on). Select with a cut or with the best of {peak}, not with the best of {last}."
    )
    result.findings.append(Finding("over-optimised-verifier", weight_of(found.drop.value, 0.08, 0.9), text))
