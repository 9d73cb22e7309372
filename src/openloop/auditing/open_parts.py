"""Parts of the kept rows that may be within the target: while there is one, no decision says that nothing helps."""

from __future__ import annotations

from dataclasses import replace

from openloop.arrays import Mask
from openloop.auditing.bad_share import bad_share
from openloop.auditing.held_out import CHOOSING, SPENT
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.selections import NamedSelection, SelectionRule, bounded, cut_rules, least_rows, strata_rule


def open_parts(design: LabelDesign, options: Options, unfit: Mask, *, cuts: bool) -> list[NamedSelection]:
    """Cuts of the score, and strata, that may be within the target and keep a twentieth of the rows kept now.

    A stratum with less than a twentieth of them is ruled out at a part of the error that is as small: several good ones
    might make up a selection, and to miss that, enough of them have to be ruled out wrongly.
    """
    arrays = design.arrays
    least = least_rows(arrays)
    rules = [rule for rule in cut_rules(arrays, unfit) if rule.keep.sum() >= least] if cuts else []
    found = [rule for rule in rules if _open(design, options, rule, options.level)]
    for split in design.splits:
        each = [strata_rule(arrays, split, [code], unfit) for code in range(len(split.names))]
        mine = [
            rule
            for rule in each
            if rule.keep.any()
            and _open(design, options, rule, 1 - (1 - options.level) * min(1.0, rule.keep.sum() / least))
        ]
        found += mine if sum(int(rule.keep.sum()) for rule in mine) >= least else []
    level = 1 - (1 - options.level) / 2 * SPENT
    return [replace(bounded(design, options, rule, level), tested=1 - CHOOSING) for rule in found]


def _open(design: LabelDesign, options: Options, rule: SelectionRule, level: float) -> bool:
    alone = bad_share(design, rule.keep, options, level)
    return alone.low is None or alone.low <= options.max_bad
