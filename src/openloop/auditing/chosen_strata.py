"""Strata to keep, chosen by the gold of some prompts and tested on that of the others.

Choosing the best strata and then bounding them by the same labels is choosing by luck: the printed bound lay below the
truth in 8 of 99 files. So a third of the prompts orders the strata of each column from best to worst and says how many
of them to keep; the other prompts test it. Which sets are tested, and in what order, does not depend on the gold that
tests them, so the error of the whole family is spent on few of them, however many strata there are: half of what is
left goes to each next set, and the error of a set that passed is handed on (Wiens 2003, the fallback procedure).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Mask, Values
from openloop.auditing.bad_share import bad_share, labelled_texts, size_of
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.selections import LEAST, NamedSelection, SelectionRule, named, strata_rule
from openloop.auditing.strata import Split, selecting_splits
from openloop.measures.clustered import effective

THIRD = 1 / 3
LEAN = 4.0
"""Each stratum's share of bad rows leans towards the file's as if so many more rows had been labelled."""
TESTED = 6
SURE = 4.0
"""Sets that should pass by so many standard errors are tried in the order of their size."""
LOTS = 11


@dataclass(frozen=True, slots=True)
class _Candidate:
    split: Split
    codes: tuple[int, ...]
    rows: int
    standing: float
    """How many standard errors below the target it should turn out on the other prompts."""


def chosen_strata(design: LabelDesign, options: Options, unfit: Mask) -> list[NamedSelection]:
    """Selections by strata that pass, and the ones that came nearest; tested at half of the error in all."""
    arrays = design.arrays
    chooses = _chooses(design)
    error = (1 - options.level) / 2
    spare, share, best = 0.0, error, 0
    found = []
    tried = 0
    for candidate in _candidates(design, options, unfit, chooses):
        if candidate.rows <= best or tried == TESTED:
            continue
        tried += 1
        share /= 2
        level = 1 - (share + spare)
        rule = strata_rule(arrays, candidate.split, candidate.codes, unfit)
        chosen = _tested(design, options, rule, level, ~chooses)
        found.append(chosen)
        passed = chosen.bad_after.high is not None and chosen.bad_after.high <= options.max_bad
        spare = share + spare if passed else 0.0
        if passed and not chosen.blocked_by:
            best = candidate.rows
    return found


def _tested(design: LabelDesign, options: Options, rule: SelectionRule, level: float, tests: Mask) -> NamedSelection:
    """With bounds from the prompts that did not choose it; they speak for all rows that it keeps."""
    whole = named(design, options, rule, level)
    held_out = bad_share(design, rule.keep & tests, options, level)
    method = f"{held_out.method}; of the prompts that had no part in choosing the strata"
    return replace(whole, bad_after=replace(held_out, method=method, n_unscored=whole.bad_after.n_unscored))


def _chooses(design: LabelDesign) -> Mask:
    """Shape [N]: rows of a third of the prompts, by their content alone."""
    arrays = design.arrays
    lot = np.full(int(arrays.prompt.max()) + 1, 2.0)
    np.minimum.at(lot, arrays.prompt, arrays.lots(LOTS))
    # The least of k numbers is no uniform one; its place among the prompts of k texts would be. Mix it again.
    mixed = (lot * 2.0**53).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return np.asarray(((mixed >> np.uint64(11)) * 2.0**-53 < THIRD)[arrays.prompt])


def _candidates(design: LabelDesign, options: Options, unfit: Mask, chooses: Mask) -> Iterator[_Candidate]:
    """Best-looking first: for every column its best stratum, its two best, ..., all but the worst."""
    arrays = design.arrays
    fit = arrays.kept & ~unfit
    least = LEAST * float(arrays.kept.sum())
    known = ~np.isnan(arrays.gold)
    found: list[_Candidate] = []
    overall = labelled_texts(design, fit & chooses)
    if not len(overall.bad):
        return
    middle = float(np.average(overall.bad, weights=overall.weight))
    each = _worth(design, options, fit & chooses)
    for split in selecting_splits(arrays):
        rates = _rates(design, split, fit & chooses, middle)
        rows = np.bincount(split.codes[fit & (split.codes >= 0)], minlength=len(split.names))
        tested = np.bincount(split.codes[fit & ~chooses & known & (split.codes >= 0)], minlength=len(split.names))
        order = np.lexsort((np.arange(len(rates)), rates))
        order = order[rows[order] > 0]
        for count in range(1, len(order)):
            codes = order[:count]
            kept = int(rows[codes].sum())
            bad = float((rates[codes] * rows[codes]).sum() / kept)
            n = float(tested[codes].sum()) * each
            if kept < least or bad >= options.max_bad or n < 1:
                continue
            standing = (options.max_bad - bad) * np.sqrt(n / max(bad * (1 - bad), 1e-4))
            found.append(_Candidate(split, tuple(int(code) for code in codes), kept, float(standing)))
    yield from sorted(found, key=lambda one: (-round(min(one.standing, SURE), 6), -one.rows, one.split.column))


def _rates(design: LabelDesign, split: Split, mask: Mask, middle: float) -> Values:
    """Shape [strata]: the share of bad rows of each, leaning towards ``middle``."""
    arrays = design.arrays
    use = mask & (split.codes >= 0) & ~np.isnan(arrays.gold)
    n = np.bincount(split.codes[use], minlength=len(split.names)).astype(float)
    bad = np.bincount(split.codes[use], weights=1 - arrays.gold[use], minlength=len(split.names))
    return np.asarray((bad + LEAN * middle) / (n + LEAN))


def _worth(design: LabelDesign, options: Options, mask: Mask) -> float:
    """Effective rows for each labelled row."""
    texts = labelled_texts(design, mask)
    rows = int((mask & ~np.isnan(design.arrays.gold)).sum())
    clusters = np.unique(texts.prompt, return_inverse=True)[1] if options.target == "process" else None
    return min(1.0, effective(texts.bad, clusters, options.level, texts.weight).rows / max(1, rows))
