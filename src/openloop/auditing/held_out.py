"""Selections among many, chosen by the gold of some prompts and tested on that of the others: strata, and cuts.

Choosing the best of many strata and then bounding it by the same labels is choosing by luck: the printed bound lay
below the truth in 8 of 99 files. So a quarter of the prompts orders the strata of each column from best to worst, and
says how many of them to keep, or where to cut the score; the other prompts test it. Which sets are tested, and in what
order, does not depend on the gold that tests them, so the error of the whole family is spent on few of them, however
many there are: most of what is left goes to each next set, and the error of a set that passed is handed on (Wiens 2003,
the fallback procedure). That holds at one look; where labels are added, other sets may be tested at the next one, and
that the error still holds is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from openloop.arrays import Mask, Values
from openloop.auditing.bad_share import bad_share, labelled_texts
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.selections import (
    NamedSelection,
    SelectionRule,
    cut_rules,
    least_rows,
    named,
    strata_rule,
)
from openloop.auditing.strata import Split
from openloop.measures.clustered import effective

CHOOSING = 1 / 4
"""Share of the prompts that choose."""
SPENT = 0.7
"""Share of the error left that the next set is tested at."""
LEAN = 1.0
"""Each stratum's share of bad rows leans towards the file's as if one more row had been labelled."""
TESTED = 6
SURE = 4.0
"""Sets that should pass by so many standard errors are tried in the order of their size."""
CHOOSING_LOTS = 11


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A selection that the choosing prompts speak for."""

    make: Callable[[], SelectionRule]
    name: str
    rows: int
    """That it keeps."""
    z_below_target: float
    """How many standard errors below the target it should turn out on the other prompts."""


def tested_selections(
    design: LabelDesign, options: Options, unfit: Mask, *, error: float, cuts: bool = True
) -> list[NamedSelection]:
    """Selections that were tested, at ``error`` (one-sided) in all; ``cuts`` of the score are among them."""
    counted = options.target == "file" and not np.isnan(design.arrays.gold[design.arrays.kept]).any()
    # Where every row of the file is known there is nothing to infer, and all of them may choose and test.
    chooses = np.ones(len(design.arrays), dtype=bool) if counted else _choosing_rows(design)
    tests = chooses if counted else ~chooses
    left, passed_on, best = error, 0.0, 0
    found: list[NamedSelection] = []
    for candidate in _candidates(design, options, unfit, (chooses, tests), cuts):
        if candidate.rows <= best:
            continue
        if len(found) == TESTED:
            break
        spent = SPENT * left
        left -= spent
        one = _tested(design, options, candidate.make(), 1 - 2 * (spent + passed_on), tests)
        found.append(one)
        passes = one.bad_after.high is not None and one.bad_after.high <= options.max_bad
        passed_on = spent + passed_on if passes else 0.0
        if passes and not one.blocked_by:
            best = candidate.rows
    return found


def _tested(design: LabelDesign, options: Options, rule: SelectionRule, level: float, tests: Mask) -> NamedSelection:
    """With bounds from the prompts that did not choose it; they speak for all rows that it keeps."""
    whole = named(design, options, rule, level)
    held_out = bad_share(design, rule.keep & tests, options, level)
    method = f"{held_out.method}; of the prompts that had no part in choosing it"
    held_out = replace(held_out, method=method, n_unscored=whole.bad_after.n_unscored)
    return replace(whole, bad_after=held_out, tested=1 - CHOOSING)


def _choosing_rows(design: LabelDesign) -> Mask:
    """Shape [N]: rows of a quarter of the prompts, by their content alone."""
    arrays = design.arrays
    lot = np.full(int(arrays.prompt.max()) + 1, 2.0)
    np.minimum.at(lot, arrays.prompt, arrays.lots(CHOOSING_LOTS))
    # The least of k numbers is no uniform one; its place among the prompts of k texts would be. Mix it again.
    mixed = (lot * 2.0**53).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray(((mixed >> np.uint64(11)) * 2.0**-53 < CHOOSING)[arrays.prompt])


def _candidates(
    design: LabelDesign, options: Options, unfit: Mask, prompts: tuple[Mask, Mask], cuts: bool
) -> list[_Candidate]:
    """Best-looking first: for every column its best stratum, its two best, ..., all but the worst; every cut.

    ``prompts``: rows [N] of the prompts that choose, and of those that test.
    """
    chooses = prompts[0]
    arrays, target = design.arrays, options.max_bad
    fit = arrays.kept & ~unfit
    overall = labelled_texts(design, fit & chooses)
    if not len(overall.bad):
        return []
    middle = float(np.average(overall.bad, weights=overall.weight))
    each = _effective_per_row(design, options, fit & chooses)
    known, least = ~np.isnan(arrays.gold), least_rows(arrays)
    tests = fit & prompts[1] & known
    found: list[_Candidate] = []

    def consider(make: Callable[[], SelectionRule], name: str, rows: int, tested: int, bad: float) -> None:
        n = tested * each
        if rows >= least and bad < target and n >= 1:
            z = (target - bad) * math.sqrt(n / max(bad * (1 - bad), 1e-4))
            found.append(_Candidate(make, name, rows, z))

    for split in design.splits:
        rates = _rates(design, split, fit & chooses, middle)
        rows, tested = (
            np.bincount(split.codes[mask & (split.codes >= 0)], minlength=len(rates)) for mask in (fit, tests)
        )
        order = np.lexsort((np.arange(len(rates)), rates))
        order = order[rows[order] > 0]
        bad = np.cumsum(rates[order] * rows[order]) / np.cumsum(rows[order])
        for i in range(len(order) - 1):
            codes = order[: i + 1].tolist()
            make = partial(strata_rule, arrays, split, codes, unfit)
            consider(make, f"{split.column} {i:04d}", int(rows[codes].sum()), int(tested[codes].sum()), float(bad[i]))
    for rule in cut_rules(arrays, unfit) if cuts else ():
        seen = rule.keep & chooses & known
        share = (float((1 - arrays.gold[seen]).sum()) + LEAN * middle) / (int(seen.sum()) + LEAN)
        tested_rows = int((rule.keep & prompts[1] & known).sum())
        consider(partial(_made, rule), rule.name, int(rule.keep.sum()), tested_rows, share)
    return sorted(found, key=lambda one: (-round(min(one.z_below_target, SURE), 6), -one.rows, one.name))


def _made(rule: SelectionRule) -> SelectionRule:
    return rule


def _rates(design: LabelDesign, split: Split, mask: Mask, middle: float) -> Values:
    """Shape [strata]: the share of bad rows of each, leaning towards ``middle``."""
    arrays = design.arrays
    use = mask & (split.codes >= 0) & ~np.isnan(arrays.gold)
    n = np.bincount(split.codes[use], minlength=len(split.names)).astype(float)
    bad = np.bincount(split.codes[use], weights=1 - arrays.gold[use], minlength=len(split.names))
    return np.asarray((bad + LEAN * middle) / (n + LEAN))


def _effective_per_row(design: LabelDesign, options: Options, mask: Mask) -> float:
    """Effective rows for each labelled row."""
    texts = labelled_texts(design, mask)
    rows = int((mask & ~np.isnan(design.arrays.gold)).sum())
    clusters = texts.prompt if options.target == "process" else None
    return min(1.0, effective(texts.bad, clusters, options.level, texts.weight).rows / max(1, rows))
