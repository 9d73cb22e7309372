"""Does choosing harder by the verifier's score still help, or does it make things worse?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.facts import Facts
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding, Part
from openloop.measures.best_of import BestOf, best_of, by_rank, vote
from openloop.measures.pass_at import pass_at, sizes


def measure(facts: Facts, options: Options) -> Part:
    """Prompts solved by one of k, gold of the best of n, by rank within the prompt, and of a majority vote."""
    part = Part()
    if not facts.has_gold:
        return part
    if not facts.representative:
        part.unmeasured.append("best of n and votes: labels are not drawn from kept and dropped rows alike")
        return part
    several = np.bincount(facts.prompt).max() > 1
    if not several:
        part.unmeasured.append("best of n, AUC within prompt, majority vote: every prompt has one row")
        return part
    for k in sizes(facts.prompt, facts.gold):
        part.add("pass_at", pass_at(facts.gold, facts.prompt, k, options.level), f"k={k}")
    if facts.same is not None:
        voted = vote(facts.same, facts.gold, facts.prompt, options.level)
        if voted is not None:
            part.add("vote.gold", voted)
    if np.isnan(facts.score).all():
        return part
    found = best_of(facts.score, facts.gold, facts.prompt, facts.rng(1), options.level)
    if found is None:
        part.unmeasured.append("best of n: no prompt has two rows with a score and gold")
        return part
    for n, estimate in zip(found.n, found.gold, strict=True):
        part.add("best_of.gold", estimate, f"n={n}")
    part.add("best_of.fall", found.drop, f"n={found.falls[0]} to n={found.falls[1]}")
    part.curves.append(Curve("gold of the best of n by the score", tuple(f"n = {n}" for n in found.n), found.gold))
    deciles = by_rank(facts.score, facts.gold, facts.prompt, options.level)
    for i, estimate in enumerate(deciles):
        part.add("best_of.gold_by_rank", estimate, f"tenth={i + 1}")
    if deciles:
        names = tuple("top tenth" if i == 0 else f"tenth {i + 1}" for i in range(10))
        part.curves.append(Curve("gold by rank of the score within the prompt", names, tuple(deciles)))
    _judge(found, part)
    return part


def _judge(found: BestOf, part: Part) -> None:
    if found.p_value is None or found.p_value > 0.05:
        return
    gold = dict(zip(found.n, found.gold, strict=True))
    peak = max(gold, key=lambda n: gold[n].value)
    last = found.n[-1]
    text = (
        f"Choosing harder by the score makes it worse: gold is {gold[1].value:.3f} at random, {gold[peak].value:.3f} "
        f"for the best of {peak}, {gold[last].value:.3f} for the best of {last} (fall from {found.falls[0]} to "
        f"{found.falls[1]}: {found.drop.value:.3f} [{found.drop.low:.3f}, {found.drop.high:.3f}], p = "
        f"{found.p_value:.2g}, {found.prompts:,} prompts). Select with a cut or with the best of {peak}, "
        f"not with the best of {last}."
    )
    # As heavy as the share of the gain over random that harder selection throws away.
    lost = (gold[peak].value - gold[last].value) / max(1e-9, gold[peak].value - min(gold[1].value, gold[last].value))
    part.findings.append(Finding("over-optimised-verifier", round(0.5 + 0.4 * min(1.0, lost), 2), text))
