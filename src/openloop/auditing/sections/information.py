"""How many bits the verdict carries, about what, and whether any of them come from outside the model."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from openloop.arrays import Values
from openloop.auditing.compared_rows import outcome_of
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.reversal import reversal
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.added_information import AddedInformation, added_information
from openloop.measures.clustered import effective
from openloop.measures.entropy_parts import decompose
from openloop.measures.information import about_gold, classes
from openloop.measures.intervals import possible
from openloop.records import Estimate

OF_EACH = 20
"""Good and bad rows from which "nothing was found" may be a finding."""
NOTHING = 0.03
"""Share of the entropy of gold: information whose upper bound is below is next to nothing. The bound has the
audit's own level: what is said is wrong in 1 − level of the files whose verdict says just so much, and in next to none
where it says three times as much."""


def measure(given: SectionInput) -> SectionResult:
    """``information.*`` in bits, ``openness.*``."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    verdict = arrays.accept if arrays.judged else arrays.score
    if np.isnan(verdict).all() or not arrays.has_gold:
        if arrays.verdict:
            result.unmeasured.append(f"information (bits of the verdict about gold): {arrays.why_no_gold}")
        return result
    if not arrays.representative:
        result.unmeasured.append("information and openness: labels are not drawn from kept and dropped rows alike")
        return result
    codes = classes(verdict)
    bits, p_value = about_gold(codes, arrays.gold, options.clusters(arrays), arrays.rng(5), options.level)
    result.add("information.about_gold", bits)
    gold = arrays.gold[(codes >= 0) & ~np.isnan(arrays.gold)]
    backwards = bool(reversal(arrays, options))
    if p_value is not None and bits.high is not None and _enough(gold) and not backwards:
        _says_nothing(bits.high, p_value, _entropy(gold), result)
    _parts(arrays, options, result)
    _openness(arrays, options, result, said=backwards or bool(result.findings))
    return result


def _says_nothing(high: float, p_value: float, entropy: float, result: SectionResult) -> None:
    if high >= NOTHING * entropy:
        return
    text = (
        f"The verdict says next to nothing about gold: at most {high:.4f} bits a row, {high / entropy:.1%} of what "
        f"there is to know (a finding below {NOTHING:.0%}; none at all: p = {p_value:.2g}). Selecting by it is "
        "selecting at random: use another verifier."
    )
    result.findings.append(Finding("verdict-adds-nothing", 0.7, text))


def _enough(gold: Values) -> bool:
    return min(int((gold == side).sum()) for side in (0, 1)) >= OF_EACH


def _entropy(gold: Values) -> float:
    """Bits of gold (0/1, both held)."""
    good = float(gold.mean())
    return -good * math.log2(good) - (1 - good) * math.log2(1 - good)


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


def _openness(arrays: RowArrays, options: Options, result: SectionResult, said: bool) -> None:
    """What the verdict adds to confidence; no finding where one that it would follow from is ``said`` already."""
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
    known = ~(np.isnan(outcome) | np.isnan(arrays.gold) | np.isnan(confidence))
    if said or not _enough(arrays.gold[known]):
        return
    high = _most(found, arrays.take(known), options)
    entropy = _entropy(arrays.gold[known])
    if high < NOTHING * entropy:
        text = (
            f"The verdict adds next to nothing about gold to {what}: at most {high:.4f} bits a row, "
            f"{high / entropy:.1%} of what there is to know (a finding below {NOTHING:.0%}; none at all: p = "
            f"{min(p_values.values()):.2g}). Training on it closes the loop: use a verifier that knows something else."
        )
        result.findings.append(Finding("verdict-adds-nothing", 0.75, text))


def _most(found: AddedInformation, arrays: RowArrays, options: Options) -> float:
    """An upper bound of the added bits a row.

    The cross-fitted gain pays for what it fits, so that it lies low; a test's bound does not: a correlation of r that
    is left after the confidence is r²/(2 ln 2) bits, and z is r·√n.
    """
    rows = effective(arrays.gold, options.clusters(arrays), options.level).rows
    z = max(abs(test.z) for test in (found.pooled, found.within) if test is not None)
    by_test = (z + NormalDist().inv_cdf(options.level)) ** 2 / (2 * math.log(2) * rows)
    return max(by_test, found.bits.high or 0.0)


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
