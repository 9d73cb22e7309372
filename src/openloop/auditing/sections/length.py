"""Does acceptance go with the length of a completion, longer or shorter?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Values
from openloop.auditing.compared_rows import compared_within_prompts, gold_classes, outcome_of, scaled_surface
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.selections import KEPT_FILE, SelectionRule
from openloop.measures import matching, shortcuts
from openloop.measures.estimate_text import interval_text, points
from openloop.records import Estimate

WORTH = 0.03
"""Acceptance (or rank of the score, 0 to 1) that the length must move from its tenth to its ninetieth percentile."""
A_BIN = 50
"""Rows of a gold class from which acceptance is drawn by length."""
RECIPE = "select: {use: balance, feature: characters}"

ON_A_LINE = 100
"""Labelled rows whose verdicts gold explains without rest leave the slope no interval; from so many it is believed."""


def measure(given: SectionInput) -> SectionResult:
    """``shortcut.length``: the slope of acceptance on the length, at equal gold and within prompts."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    outcome = outcome_of(arrays)
    if arrays.surface is None or outcome is None:
        return result
    length = scaled_surface(arrays)[:, 0]
    _slopes(arrays, length, outcome, options, result)
    _curves(arrays, length, outcome, result)
    _found(arrays, length, outcome, options, result)
    return result


def _at_gold(arrays: RowArrays, length: Values, outcome: Values, level: float) -> Estimate:
    """Among rows of equal gold; rows whose gold is unknown are left out."""
    labelled = np.where(np.isnan(arrays.gold), np.nan, outcome)
    return shortcuts.slope(length, labelled, arrays.prompt, [gold_classes(arrays)], level)


def _inside(arrays: RowArrays, length: Values, outcome: Values, level: float) -> Estimate:
    """Among rows of one prompt, model and gold, those of unknown gold being alike: labelling leaves no row out."""
    groups = [arrays.prompt, gold_classes(arrays)] + ([] if arrays.model is None else [arrays.model])
    return shortcuts.slope(length, outcome, arrays.prompt, groups, level)


def _equal(arrays: RowArrays) -> str:
    """What rows have in common that are compared within prompts."""
    parts = ["prompt", *(["source model"] * (arrays.model is not None)), *(["gold"] * arrays.has_gold)]
    return " and ".join(parts)


def _slopes(arrays: RowArrays, length: Values, outcome: Values, options: Options, result: SectionResult) -> None:
    fixed_gold = arrays.has_gold and arrays.representative
    if fixed_gold:
        result.add("shortcut.length", _at_gold(arrays, length, outcome, options.level), "equal gold")
    result.add("shortcut.length", _inside(arrays, length, outcome, options.level), f"equal {_equal(arrays)}")
    keep = _rebalanced(arrays, length)
    if keep is None:
        return
    # The selector of that name draws other rows of each bin: only the file has these.
    result.rules.append(SelectionRule("what the verdict accepts, rebalanced for length", keep, KEPT_FILE))
    after = np.where(np.isnan(arrays.accept), np.nan, keep.astype(float))
    if fixed_gold:
        result.add("shortcut.length", _at_gold(arrays, length, after, options.level), "equal gold, rebalanced")
    else:
        e = shortcuts.slope(length, after, arrays.prompt, [gold_classes(arrays)], options.level)
        result.add("shortcut.length", e, "rebalanced")


def _curves(arrays: RowArrays, length: Values, outcome: Values, result: SectionResult) -> None:
    what = "acceptance" if arrays.judged else "rank of the score"
    kind = gold_classes(arrays)
    for side, name in ((1, "good rows"), (0, "bad rows"), (2, "rows without gold")):
        rows = kind == side
        if rows.sum() < A_BIN:
            continue
        bins = shortcuts.by_bin(np.round(2 ** length[rows] - 1), outcome[rows], arrays.prompt[rows])
        if len(bins) > 2:
            x = tuple(f"{a:,.0f} to {b:,.0f} characters" for a, b, _ in bins)
            result.curves.append(Curve(f"{what} by length, {name}", x, tuple(e for *_, e in bins)))


def _found(arrays: RowArrays, length: Values, outcome: Values, options: Options, result: SectionResult) -> None:
    reach = float(np.quantile(length, 0.9) - np.quantile(length, 0.1))
    inside = compared_within_prompts(arrays, outcome)
    if not inside and not (arrays.has_gold and arrays.representative):
        result.unmeasured.append(
            "length-shortcut: prompts have one row each and rows no gold, so a verdict that goes with the length "
            "cannot be told from rows that are better or worse for it"
        )
        return
    slope = _inside if inside else _at_gold
    shown, surely = (slope(arrays, length, outcome, at) for at in (options.level, finding_level(options)))
    sign = direction(shown, surely, WORTH / max(reach, 1e-9))
    if not sign:
        return
    if inside and arrays.has_gold and arrays.representative and arrays.labelled < 1:
        labelled = _at_gold(arrays, length, outcome, options.level)
        low, high = labelled.low, labelled.high
        if low is None and labelled.n >= ON_A_LINE:
            low = high = labelled.value
        if low is not None and high is not None and max(sign * low, sign * high) * reach < WORTH:
            return  # better for their length, say the labels
    result.findings.append(_finding(arrays, shown, reach, inside))


def _finding(arrays: RowArrays, e: Estimate, reach: float, inside: bool) -> Finding:
    sign = 1 if e.value > 0 else -1
    low, high = sorted((sign * (e.low or 0.0), sign * (e.high or 0.0)))
    among = f"at equal {_equal(arrays)}" if inside else "among equally correct answers"
    longer, what = ("Longer" if sign > 0 else "Shorter"), ("pass more often" if arrays.judged else "rank higher")
    unit = "acceptance by" if arrays.judged else "the rank of the score by"
    each = "doubling" if sign > 0 else "halving"
    # Where lengths differ by little, a doubling is beyond the data: shares and ranks move by 100 points at most.
    doublings, step = 1.0, f"each {each} of the length"
    if abs(e.value) > 1:
        doublings, step = (
            (math.log2(1.1), "each 10% more length") if sign > 0 else (-math.log2(0.9), "each 10% less length")
        )
    value, low, high = (bound * doublings for bound in (sign * e.value, low, high))
    moved = 100 * sign * e.value * reach
    ends = "between the shortest and the longest tenth"
    told = f", {moved:.0f} {ends} (a finding from {100 * WORTH:.0f} on)" if moved <= 100 else ""
    size = f"{step} raises {unit} {100 * value:.1f} {interval_text(low, high, points())} points{told}"
    text = f"{longer} completions {what} {among}: {size}."
    if arrays.labelled < 1:
        text += " Where gold is not known, whether they are better or only " + longer.lower() + " is not known either."
    if arrays.judged:
        text += f" To take it out, rebalance: {RECIPE}."
    most = 0.7 if arrays.labelled == 1 else 0.4
    return Finding("length-shortcut", weight_of(e.value * reach, 0.5, most), text)


def _rebalanced(arrays: RowArrays, length: Values) -> NDArray[np.bool_] | None:
    """Accepted rows [N] thinned so that acceptance no longer goes with length; None where nothing has to go.

    Made without gold, which a selection may not look at: thinning each gold class would be selecting by gold.
    """
    if not arrays.judged:
        return None
    keep = matching.rebalance(length, arrays.accept, np.full(len(arrays), np.nan))
    return None if keep.sum() == arrays.kept.sum() or not keep.any() else keep
