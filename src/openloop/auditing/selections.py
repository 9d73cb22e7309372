"""The selections that the audit can name, each with what it keeps and bounds on its share of bad rows.

All are looked at together, so the bounds of ``bad_after`` hold for all at once: half of the error goes to strata and
cuts of the score (:mod:`.held_out`), half to the others (Bonferroni), and the best may be taken after looking. Rows
that must not be trained on are in none of them. Selections that keep less than a twentieth of the rows kept now are
left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.bad_share import bad_shares
from openloop.auditing.blockers import failing_strata
from openloop.auditing.frame import Frame, listed
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.strata import OTHER_TEXTS, Split
from openloop.measures.operating_curve import thresholds
from openloop.records import Estimate

LEAST = 0.05
KEPT_FILE = "real: KEPT_FILE  # written by --keep"
"""The recipe of a selection that only the file of its rows can tell."""
RUN_SELECTS = "# as it is: the `select` of the run's recipe"
"""The recipe of the rows that a run kept."""
KEPT_ROWS = Frame()
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_YAML = {"yes", "no", "on", "off", "true", "false", "null", "y", "n", "none"}


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """How to select, before anything is said of gold."""

    name: str
    keep: Mask
    recipe: str
    frame: Frame = KEPT_ROWS
    """Where labels would tell of it what is not known yet."""
    current: bool = False
    """Whether it is the file as it stands: what the verdict keeps now."""


@dataclass(frozen=True, slots=True)
class NamedSelection:
    """A selection and what is known of it."""

    rule: SelectionRule
    bad_after: Estimate
    """p′ with bounds that hold for all named selections at once: by these it may be recommended."""
    alone: Estimate
    """p′ with bounds that hold for this one alone: by these it is ruled out."""
    level: float
    """Of ``bad_after``."""
    tested: float = 1.0
    """Share of its labels that ``bad_after`` rests on."""
    blocked_by: tuple[str, ...] = ()
    """Why it must not be trained on, whatever its share of bad rows."""

    @property
    def name(self) -> str:
        """What it keeps."""
        return self.rule.name

    @property
    def keep(self) -> Mask:
        """Shape [N]."""
        return self.rule.keep

    @property
    def recipe(self) -> str:
        """The line of a recipe that makes it."""
        return self.rule.recipe

    @property
    def kept(self) -> int:
        """Rows."""
        return int(self.keep.sum())

    def within(self, max_bad: float) -> bool:
        """Whether it may be recommended."""
        return not self.blocked_by and self.bad_after.high is not None and self.bad_after.high <= max_bad

    def above(self, max_bad: float) -> bool:
        """Whether it is ruled out."""
        return self.alone.low is not None and self.alone.low > max_bad


def current_selection(design: LabelDesign, options: Options, unfit: Mask, unfit_names: Sequence[str]) -> NamedSelection:
    """What the verdict keeps now; it is blocked by unfit rows among those."""
    blocked = tuple(unfit_names) if (unfit & design.arrays.kept).any() else ()
    return named(design, options, current_rule(design.arrays), options.level, blocked)


def current_rule(arrays: RowArrays) -> SelectionRule:
    """What is kept now."""
    if arrays.selected is not None:
        return SelectionRule("what the run selected", arrays.kept, RUN_SELECTS, current=True)
    if not arrays.judged:
        return SelectionRule(f"every {arrays.unit.removesuffix('s')}", arrays.kept, "select: everything", current=True)
    return SelectionRule("what the verdict accepts", arrays.kept, f"select: {_threshold(arrays)}", current=True)


def named_selections(
    design: LabelDesign, options: Options, rules: Sequence[SelectionRule], *, error: float
) -> list[NamedSelection]:
    """Those that are no choice among many (:func:`plain_rules`), tested at ``error`` (one-sided) in all."""
    level = 1 - 2 * error / max(1, len(rules))
    return [named(design, options, rule, level) for rule in rules]


def plain_rules(arrays: RowArrays, unfit: Mask, extra: Sequence[SelectionRule] = ()) -> list[SelectionRule]:
    """The accepted rows without the unfit ones, every row, and what would repair a finding; no ``unfit`` rows."""
    rules = [*_rules(arrays, unfit), *(_without(rule, unfit) for rule in extra)]
    return [rule for rule in rules if rule.keep.sum() >= least_rows(arrays)]


def least_rows(arrays: RowArrays) -> float:
    """A selection that keeps fewer rows is not considered."""
    return max(1.0, LEAST * float(arrays.kept.sum()))


def named(
    design: LabelDesign, options: Options, rule: SelectionRule, level: float, blocked: tuple[str, ...] = ()
) -> NamedSelection:
    """A rule with its bounds and what blocks it: it is audited as the file itself is."""
    failing = failing_strata(design, rule.keep, options)
    strata = (
        f"stratum-below-target (rows with {one.split.column} = {one.name} are {one.bad.value:.0%} bad)"
        for one in failing
    )
    return replace(bounded(design, options, rule, level), blocked_by=(*blocked, *strata))


def bounded(design: LabelDesign, options: Options, rule: SelectionRule, level: float) -> NamedSelection:
    """A rule with its bounds alone."""
    together, alone = bad_shares(design, rule.keep, options, (level, options.level))
    return NamedSelection(rule, together, alone, level)


def _without(rule: SelectionRule, unfit: Mask) -> SelectionRule:
    if not (rule.keep & unfit).any():
        return rule
    return SelectionRule(f"{rule.name}, without the unfit rows", rule.keep & ~unfit, KEPT_FILE, rule.frame)


def _rules(arrays: RowArrays, unfit: Mask) -> Iterator[SelectionRule]:
    fit, one = ~unfit, arrays.unit.removesuffix("s")
    if (unfit & arrays.kept).any():
        name = (
            f"{current_rule(arrays).name}, without the unfit {arrays.unit}"
            if arrays.judged
            else f"every {one} but the unfit ones"
        )
        yield SelectionRule(name, arrays.kept & fit, KEPT_FILE)
    # What a run's filters dropped, copies and contaminated rows among it, is nothing to train on.
    if arrays.judged and arrays.selected is None and not arrays.kept.all():
        recipe = KEPT_FILE if unfit.any() else "select: everything"
        yield SelectionRule(f"every {one}, whatever the verdict", fit, recipe, Frame(kept=False))


def cut_rules(arrays: RowArrays, unfit: Mask) -> Iterator[SelectionRule]:
    """Cuts of the score at up to twelve of its quantiles."""
    if arrays.two_class:
        return
    for at in thresholds(arrays.score[~np.isnan(arrays.score)]):
        inside = arrays.score >= at
        keep = (inside if arrays.selected is None else inside & arrays.selected) & ~unfit
        only_cut = arrays.selected is None and not (inside & unfit).any()
        recipe = arrays.cut_recipe(at) if only_cut else KEPT_FILE
        # A cut below the one in force asks for rows that are not kept now.
        frame = Frame(kept=not (keep & ~arrays.kept).any(), at=at)
        yield SelectionRule(f"{arrays.unit} with {arrays.cut_text(at)}", keep, recipe, frame)


def strata_rule(arrays: RowArrays, split: Split, codes: Sequence[int], unfit: Mask) -> SelectionRule:
    """Kept rows of some strata; the name lists the shorter of what stays and what goes."""
    among = [code for code in range(len(split.names)) if code in codes]
    others = [code for code in range(len(split.names)) if code not in codes]
    inside = arrays.kept & np.isin(split.codes, among)
    keep = inside & ~unfit
    stay, go = (listed([split.names[code] for code in side]) for side in (among, others))
    drops = len(among) > len(others) or OTHER_TEXTS in [split.names[code] for code in among]
    name = f"all but {split.column} = {go}" if drops else f"only {split.column} = {stay}"
    frame = Frame(column=split.column, among=tuple(split.names[code] for code in among))
    if split.values is None or arrays.selected is not None or (inside & unfit).any():
        return SelectionRule(name, keep, KEPT_FILE, frame)
    values = ", ".join(_yaml(value) for code in among for value in split.values[code])
    where = f"{{use: where, column: {_yaml(split.column)}, among: [{values}]}}"
    recipe = f"select: [{_threshold(arrays)}, {where}]" if arrays.judged else f"select: {where}"
    return SelectionRule(name, keep, recipe, frame)


def _threshold(arrays: RowArrays) -> str:
    assert arrays.accept_at is not None
    return arrays.cut_recipe(arrays.accept_at).removeprefix("select: ")


def _yaml(value: str) -> str:
    """A text that YAML reads back as itself."""
    plain = _WORD.fullmatch(value) and value.lower() not in _YAML
    return value if plain else json.dumps(value, ensure_ascii=False)
