"""How many bits the verdict carries, about what, and whether any of them come from outside the model."""

from __future__ import annotations

import numpy as np

from openloop.auditing.facts import Facts, Values
from openloop.auditing.options import Options
from openloop.auditing.result import Finding, Part
from openloop.auditing.sections.shortcut import outcome_of
from openloop.measures.added_information import added_information
from openloop.measures.entropy_parts import decompose
from openloop.measures.information import about_gold, classes
from openloop.records import Estimate

ENOUGH = 200
"""Rows from which "nothing was found" may be a finding."""
LITTLE = 0.05
"""Bits a row: an upper bound below this is next to nothing."""


def measure(facts: Facts, options: Options) -> Part:
    """``information.*`` in bits, ``openness.*``."""
    part = Part()
    verdict = facts.accept if facts.judged else facts.score
    if np.isnan(verdict).all() or not facts.has_gold:
        if facts.verdict:
            part.unmeasured.append("information (bits of the verdict about gold): no row has gold")
        return part
    if not facts.representative:
        part.unmeasured.append("information and openness: labels are not drawn from kept and dropped rows alike")
        return part
    codes = classes(verdict)
    bits, p_value = about_gold(codes, facts.gold, options.clusters(facts), facts.rng(5), options.level)
    part.add("information.about_gold", bits)
    if p_value is not None and p_value > 0.05 and bits.n >= ENOUGH and bits.high is not None and bits.high < LITTLE:
        text = f"The verdict says nothing about gold that shows: at most {bits.high:.3f} bits (p = {p_value:.2g})."
        part.findings.append(Finding("verdict-adds-nothing", 0.7, text))
    _parts(facts, options, part)
    _openness(facts, options, part)
    return part


def _parts(facts: Facts, options: Options, part: Part) -> None:
    if facts.repeats is not None:
        values = facts.repeats
        if facts.accept_at is not None:
            values = np.where(np.isnan(values), np.nan, (values >= facts.accept_at).astype(float))
    else:
        values = (facts.accept if facts.judged else facts.score)[:, None]
    for name, estimate in decompose(classes(values), facts.gold, facts.prompt, options.level).items():
        part.add(f"information.{name}", estimate)


def _openness(facts: Facts, options: Options, part: Part) -> None:
    confidence, what = _confidence(facts)
    outcome = outcome_of(facts)
    if confidence is None or outcome is None:
        part.unmeasured.append(
            "openness (does the verdict add to the model's own confidence?): no --confidence column, "
            "and completions of one prompt do not repeat"
        )
        return
    found = added_information(outcome, facts.gold, confidence, facts.prompt, options.level)
    if found is None:
        part.unmeasured.append(
            "openness: fewer than 50 rows with gold, verdict and confidence, or one of them is constant"
        )
        return
    part.add("openness.bits", found.bits)
    p_values = {"pooled": found.pooled.p_value} | (
        {} if found.within is None else {"within prompt": found.within.p_value}
    )
    for name, p_value in p_values.items():
        part.add(
            "openness.p_value",
            Estimate(
                p_value,
                None,
                None,
                options.level,
                found.bits.n,
                found.bits.n_unscored,
                f"cluster-robust test beyond {what}",
            ),
            name,
        )
    high = found.bits.high
    if min(p_values.values()) > 0.05 and found.bits.n >= ENOUGH and high is not None and high < LITTLE:
        text = (
            f"Beyond {what} the verdict tells nothing about gold that shows (p = {min(p_values.values()):.2g}; at most "
            f"{high:.3f} bits a row): training on it closes the loop."
        )
        part.findings.append(Finding("verdict-adds-nothing", 0.75, text))


def _confidence(facts: Facts) -> tuple[Values | None, str]:
    """The model's own: its log-probability, else how often its other completions of the prompt say the same."""
    if facts.confidence is not None:
        return facts.confidence, "the model's confidence"
    if facts.same is None:
        return None, ""
    pair = np.unique(np.column_stack([facts.prompt, facts.same]), axis=0, return_inverse=True, return_counts=True)
    votes, size = pair[2][pair[1].ravel()], np.bincount(facts.prompt)[facts.prompt]
    several = size >= 4
    if not several.any() or (votes[several] > 1).mean() < 0.2:
        return None, ""
    share = np.where(several, (votes - 1) / np.maximum(size - 1, 1), np.nan)
    return share, "the model's agreement with itself"
