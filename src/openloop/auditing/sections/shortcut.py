"""Does the verifier look at the surface of a text: its layout, its first words, who wrote it?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from openloop.arrays import Values
from openloop.auditing.compared_rows import compared_within_prompts, gold_classes, outcome_of, scaled_surface
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures import shortcuts
from openloop.measures.estimate_text import estimate_text, points
from openloop.measures.surface import FEATURES
from openloop.records import Estimate

ROWS = 50_000
"""The cross-validated prediction looks at no more rows than this (whole prompts)."""
WORTH = 0.03
"""Acceptance that the surface must move, between the tenths of the rows that it speaks most for and most against."""
OPENINGS = 10


def measure(given: SectionInput) -> SectionResult:
    """``shortcut.gap``, ``shortcut.bits``, the slope of acceptance on each feature."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    outcome = outcome_of(arrays)
    if arrays.surface is None or outcome is None:
        why = "no verdict" if outcome is None else "no completion column"
        result.unmeasured.append(f"shortcuts (length, layout, constant texts): {why}")
        return result
    _features(arrays, outcome, options, result)
    if arrays.judged:
        _prediction(arrays, options, result)
    return result


def _features(arrays: RowArrays, outcome: Values, options: Options, result: SectionResult) -> None:
    """Acceptance per standard deviation of each feature at equal gold; bounds hold for all features at once."""
    x = scaled_surface(arrays)
    kind = gold_classes(arrays)
    spread = x.std(0)
    varying = [d for d in range(x.shape[1]) if spread[d] > 1e-9]
    level = 1 - (1 - options.level) / max(1, len(varying))
    for d in varying:
        e = shortcuts.slope(x[:, d] / spread[d], outcome, arrays.prompt, [kind], level)
        result.add("shortcut.slope", e, f"feature={FEATURES[d]}")


def _prediction(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    if len(arrays) > ROWS:
        arrays = arrays.take(np.flatnonzero(arrays.prompt < np.quantile(arrays.prompt, ROWS / len(arrays))))
    found = _gap(arrays, options.level)
    if found is None:
        result.unmeasured.append("shortcut.gap: fewer than ten prompts, or one verdict only")
        return
    result.add("shortcut.gap", found.accuracy)
    result.add("shortcut.bits", found.bits)
    inside = compared_within_prompts(arrays, arrays.accept)
    if not inside and arrays.labelled < 1:
        # Across prompts only rows of equal gold can be compared: what is hard looks different, and passes seldom.
        labelled = arrays.take(~np.isnan(arrays.gold))
        again = _gap(labelled, options.level) if arrays.has_gold and arrays.representative else None
        if again is None:
            result.unmeasured.append(
                "surface-shortcut: prompts have one row each and too few rows have gold, so a verdict that goes with "
                "the surface cannot be told from rows that are better or worse for it"
            )
            return
        arrays, found = labelled, again
    moved, surely = (_moved(found, arrays, inside, level) for level in (options.level, finding_level(options)))
    if direction(moved, surely, WORTH) <= 0:
        return
    complete = arrays.labelled == 1
    equal = "prompt" + (" and gold" if arrays.has_gold else "") if inside else "gold"
    text = (
        f"Surface features predict the verdict at equal {equal}, on prompts not seen: it passes the tenth of the rows "
        f"that they favour {estimate_text(moved, points())} points more often than the tenth that they disfavour (a "
        f"finding from {100 * WORTH:.0f}). shortcut.slope has each feature; look at what the verifier is shown."
    )
    if not complete:
        text += " Where gold is not known, such rows may also be better."
    result.findings.append(
        Finding("surface-shortcut", weight_of(moved.value, 0.5, 0.65 if complete else 0.4), text),
    )


def _gap(arrays: RowArrays, level: float) -> shortcuts.Gap | None:
    if not len(arrays):
        return None
    return shortcuts.gap(_design(arrays), arrays.accept, arrays.gold, arrays.prompt, level)


def _moved(found: shortcuts.Gap, arrays: RowArrays, inside: bool, level: float) -> Estimate:
    """Acceptance moved by what the surface predicts, fitted on other prompts, among rows of equal prompt and gold.

    Where gold is not known for all rows, among those of one source model too: a better one is no shortcut.
    """
    groups = [gold_classes(arrays)] + ([arrays.prompt] if inside else [])
    if arrays.model is not None and arrays.labelled < 1:
        groups.append(arrays.model)
    e = shortcuts.slope(found.pull, arrays.accept, arrays.prompt, groups, level)
    known = found.pull[~np.isnan(found.pull)]
    reach = float(np.quantile(known, 0.9) - np.quantile(known, 0.1))
    # A line may leave the scale where it is drawn on to the ends; two shares differ by at most 1.
    low, high = (None if bound is None else float(np.clip(bound * reach, -1, 1)) for bound in (e.low, e.high))
    return replace(e, value=float(np.clip(e.value * reach, -1, 1)), low=low, high=high)


def _design(arrays: RowArrays) -> Values:
    """Surface features, the commonest opening words, and the source model."""
    columns = [scaled_surface(arrays)]
    for codes in (arrays.opening, arrays.model):
        if codes is not None:
            count = np.bincount(codes)
            common = np.argsort(-count, kind="stable")[:OPENINGS]
            columns.append((codes[:, None] == common[count[common] > 1]).astype(float))
    return np.column_stack(columns)
