"""Does the verifier look at the surface of a text: its length, its layout, its first words?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Values
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.selections import SelectionRule
from openloop.measures import matching, shortcuts
from openloop.measures.surface import COUNTS, FEATURES

ROWS = 50_000
"""The cross-validated prediction looks at no more rows than this (whole prompts)."""
WORTH = 0.05
"""Acceptance that the surface must move, from its tenth to its ninetieth percentile, to be a finding."""
OPENINGS = 10


def measure(given: SectionInput) -> SectionResult:
    """``shortcut.gap``, ``shortcut.bits``, the slope of acceptance on each feature."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    outcome = outcome_of(arrays)
    if arrays.surface is None or outcome is None:
        why = "no verdict" if outcome is None else "no completion column"
        result.unmeasured.append(f"shortcuts (length, layout, constant texts): {why}")
        return result
    _length(arrays, outcome, options, result)
    _features(arrays, outcome, options, result)
    if arrays.judged:
        _prediction(arrays, options, result)
    return result


def outcome_of(arrays: RowArrays) -> Values | None:
    """The verdict in [0, 1]: accepted or not, or the rank of a score that has no cut."""
    if arrays.judged:
        return arrays.accept
    known = ~np.isnan(arrays.score)
    if not known.any():
        return None
    ordered = np.sort(arrays.score[known])
    low, high = (np.searchsorted(ordered, arrays.score, side=side) for side in ("left", "right"))
    return np.where(known, (low + high) / (2 * len(ordered)), np.nan)


def scaled(arrays: RowArrays) -> Values:
    """Features [N, D]: counts as log2(1 + count), so that one unit is a doubling."""
    assert arrays.surface is not None
    x = arrays.surface.astype(np.float64)
    x[:, :COUNTS] = np.log2(1 + x[:, :COUNTS])
    return x


def _length(arrays: RowArrays, outcome: Values, options: Options, result: SectionResult) -> None:
    length = scaled(arrays)[:, 0]
    kind = np.nan_to_num(arrays.gold, nan=2.0).astype(np.int64)
    with_gold = _with_gold(arrays, outcome)
    at_gold = shortcuts.slope(length, with_gold, arrays.prompt, [kind], options.level)
    groups = [arrays.prompt, kind] + ([] if arrays.model is None else [arrays.model])
    inside = shortcuts.slope(length, outcome, arrays.prompt, groups, options.level)
    fixed_gold = arrays.has_gold and arrays.representative
    if fixed_gold:
        result.add("shortcut.length", at_gold, "equal gold")
    fixed = (
        "prompt" + (" and source model" if arrays.model is not None else "") + (" and gold" if arrays.has_gold else "")
    )
    result.add("shortcut.length", inside, f"equal {fixed}")
    for side, name in ((1.0, "good rows"), (0.0, "bad rows"), (np.nan, "rows without gold")):
        rows = np.isnan(arrays.gold) if np.isnan(side) else arrays.gold == side
        if rows.sum() < 50:
            continue
        bins = shortcuts.by_bin(
            np.round(2 ** length[rows] - 1), outcome[rows], arrays.prompt[rows], level=options.level
        )
        if len(bins) > 2:
            what = "acceptance" if arrays.judged else "rank of the score"
            result.curves.append(
                Curve(
                    f"{what} by length, {name}",
                    tuple(f"{a:,.0f} to {b:,.0f} characters" for a, b, _ in bins),
                    tuple(e for *_, e in bins),
                )
            )
    keep = _rebalanced(arrays)
    if keep is not None:
        recipe = "select: {use: balance, feature: characters}"
        result.rules.append(SelectionRule("what the verdict accepts, rebalanced for length", keep, recipe))
        after = np.where(np.isnan(arrays.accept), np.nan, keep.astype(float))
        e = shortcuts.slope(length, _with_gold(arrays, after), arrays.prompt, [kind], options.level)
        result.add("shortcut.length", e, "equal gold, rebalanced" if fixed_gold else "rebalanced")
    reach = float(np.quantile(length, 0.9) - np.quantile(length, 0.1))
    shown = [e for e in ((at_gold if fixed_gold else inside), inside) if e.low is not None and e.low > 0]
    if shown and shown[0].value * reach >= WORTH:
        e = shown[0]
        among = "among equally correct answers" if fixed_gold and e is at_gold else f"at equal {fixed}"
        what = "passes" if arrays.judged else "ranks high"
        text = (
            (
                f"Longer completions pass more often {among}: each doubling of the length raises acceptance by "
                f"{100 * e.value:.1f} points [{100 * (e.low or 0):.1f}, {100 * (e.high or 0):.1f}]."
            )
            if arrays.judged
            else (
                f"Longer completions rank higher {among}: each doubling of the length raises the score's rank by "
                f"{100 * e.value:.1f} percentiles [{100 * (e.low or 0):.1f}, {100 * (e.high or 0):.1f}]."
            )
        )
        if not arrays.has_gold:
            text += f" No row has gold, so whether what {what} is better or only longer is unknown."
        result.findings.append(Finding("length-shortcut", round(min(0.7, 0.3 + e.value * reach), 2), text))


def _with_gold(arrays: RowArrays, outcome: Values) -> Values:
    """The outcome of rows with gold, NaN elsewhere; of all rows where gold is not known or not for all alike."""
    return np.where(np.isnan(arrays.gold), np.nan, outcome) if arrays.has_gold and arrays.representative else outcome


def _features(arrays: RowArrays, outcome: Values, options: Options, result: SectionResult) -> None:
    """Acceptance per standard deviation of each feature at equal gold; bounds hold for all features at once."""
    x = scaled(arrays)
    kind = np.nan_to_num(arrays.gold, nan=2.0).astype(np.int64)
    spread = x.std(0)
    varying = [d for d in range(x.shape[1]) if spread[d] > 1e-9]
    level = 1 - (1 - options.level) / max(1, len(varying))
    for d in varying:
        e = shortcuts.slope(x[:, d] / spread[d], _with_gold(arrays, outcome), arrays.prompt, [kind], level)
        result.add("shortcut.slope", e, f"feature={FEATURES[d]}")


def _prediction(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    rows = np.arange(len(arrays))
    if len(arrays) > ROWS:
        rows = np.flatnonzero(arrays.prompt < np.quantile(arrays.prompt, ROWS / len(arrays)))
    some = arrays.take(rows)
    found = shortcuts.gap(_design(some), some.accept, some.gold, some.prompt, options.level)
    if found is None:
        result.unmeasured.append("shortcut.gap: fewer than ten prompts, or one verdict only")
        return
    result.add("shortcut.gap", found.accuracy)
    result.add("shortcut.bits", found.bits)
    low = found.accuracy.low
    if low is not None and low > 0 and found.accuracy.value >= 0.02:
        what = "beyond what gold explains" if arrays.has_gold else "(no gold to compare with)"
        text = (
            f"Surface features alone predict the verdict {what}: {100 * found.accuracy.value:.1f} points "
            f"[{100 * low:.1f}, {100 * (found.accuracy.high or 0):.1f}] more rows right than the majority verdict, on "
            "unseen prompts."
        )
        result.findings.append(Finding("surface-shortcut", round(min(0.65, 0.3 + 2 * found.accuracy.value), 2), text))


def _design(arrays: RowArrays) -> Values:
    """Surface features, the commonest opening words, and the source model."""
    columns = [scaled(arrays)]
    for codes in (arrays.opening, arrays.model):
        if codes is not None:
            count = np.bincount(codes)
            common = np.argsort(-count, kind="stable")[:OPENINGS]
            columns.append((codes[:, None] == common[count[common] > 1]).astype(float))
    return np.column_stack(columns)


def _rebalanced(arrays: RowArrays) -> NDArray[np.bool_] | None:
    """Accepted rows [N] thinned so that acceptance no longer goes with length; None where nothing has to go.

    Made without gold, which a selection may not look at: thinning each gold class would be selecting by gold.
    """
    if arrays.surface is None or not arrays.judged:
        return None
    keep = matching.rebalance(scaled(arrays)[:, 0], arrays.accept, np.full(len(arrays), np.nan))
    return None if keep.sum() == arrays.kept.sum() or not keep.any() else keep
