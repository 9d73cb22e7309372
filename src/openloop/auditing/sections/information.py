"""How many bits the verdict carries, about what, and whether any of them come from outside the model."""

from __future__ import annotations

import math

import numpy as np

from openloop.arrays import Values
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.sections.shortcut import outcome_of
from openloop.measures.added_information import added_information
from openloop.measures.entropy_parts import decompose
from openloop.measures.information import about_gold, classes
from openloop.measures.intervals import possible
from openloop.records import Estimate

ENOUGH = 200
"""Rows from which "nothing was found" may be a finding."""
LITTLE = 0.05
"""Bits a row: an upper bound below this is next to nothing."""


def measure(given: SectionInput) -> SectionResult:
    """``information.*`` in bits, ``openness.*``."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    verdict = arrays.accept if arrays.judged else arrays.score
    if np.isnan(verdict).all() or not arrays.has_gold:
        if arrays.verdict:
            result.unmeasured.append("information (bits of the verdict about gold): no row has gold")
        return result
    if not arrays.representative:
        result.unmeasured.append("information and openness: labels are not drawn from kept and dropped rows alike")
        return result
    codes = classes(verdict)
    bits, p_value = about_gold(codes, arrays.gold, options.clusters(arrays), arrays.rng(5), options.level)
    result.add("information.about_gold", bits)
    if p_value is not None and p_value > 0.05 and bits.n >= ENOUGH and bits.high is not None and bits.high < LITTLE:
        most = f"at most {bits.high:.3f} bits (p = {p_value:.2g})"
        text = f"The verdict carries no measurable information about gold: {most}."
        result.findings.append(Finding("verdict-adds-nothing", 0.7, text))
    _parts(arrays, options, result)
    _openness(arrays, options, result)
    return result


def _parts(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    if arrays.repeats is not None:
        values = arrays.repeats
        if arrays.accept_at is not None:
            values = np.where(np.isnan(values), np.nan, (values >= arrays.accept_at).astype(float))
    else:
        values = (arrays.accept if arrays.judged else arrays.score)[:, None]
    codes = classes(values)
    most = math.log2(max(2, int(codes.max(initial=0)) + 1))
    for name, estimate in decompose(codes, arrays.gold, arrays.prompt, options.level).items():
        result.add(f"information.{name}", possible(estimate, 0.0, 1.0 if name == "efficiency" else most))


def _openness(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    confidence, what = _confidence(arrays)
    outcome = outcome_of(arrays)
    if confidence is None or outcome is None:
        result.unmeasured.append(
            "openness (does the verdict add to the model's own confidence?): no --confidence column, "
            "and completions of one prompt do not repeat"
        )
        return
    found = added_information(outcome, arrays.gold, confidence, arrays.prompt, options.level)
    if found is None:
        result.unmeasured.append(
            "openness: fewer than 50 rows with gold, verdict and confidence, or one of them is constant"
        )
        return
    result.add("openness.bits", found.bits)
    p_values = {"pooled": found.pooled.p_value} | (
        {} if found.within is None else {"within prompt": found.within.p_value}
    )
    for name, p_value in p_values.items():
        result.add(
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
            f"The verdict adds no measurable information about gold to {what} (p = {min(p_values.values()):.2g}; at "
            f"most {high:.3f} bits a row): training on it closes the loop."
        )
        result.findings.append(Finding("verdict-adds-nothing", 0.75, text))


def _confidence(arrays: RowArrays) -> tuple[Values | None, str]:
    """The model's own: its log-probability, else how often its other completions of the prompt say the same."""
    if arrays.confidence is not None:
        return arrays.confidence, "the model's confidence"
    if arrays.same is None:
        return None, ""
    pair = np.unique(np.column_stack([arrays.prompt, arrays.same]), axis=0, return_inverse=True, return_counts=True)
    votes, size = pair[2][pair[1].ravel()], np.bincount(arrays.prompt)[arrays.prompt]
    several = size >= 4
    if not several.any() or (votes[several] > 1).mean() < 0.2:
        return None, ""
    share = np.where(several, (votes - 1) / np.maximum(size - 1, 1), np.nan)
    return share, "the model's agreement with itself"
