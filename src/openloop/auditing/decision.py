"""The decision, on bounds and not on points. p′ is the share of bad rows among those kept, B the target (max-bad).

    no gold                                                        LABEL FIRST
    upper(p′) ≤ B and nothing blocks                               TRAIN
    upper(p′) ≤ B under a selection that has a name                SELECT FIRST, the one that keeps most
    lower(p′) > B for the file as it is and for every selection    DO NOT TRAIN
    otherwise                                                      LABEL FIRST: which selection is open, and how many

What blocks: rows that must not be trained on (contamination, a constant completion that wins), and a stratum (by
something known before gold) with at least a twentieth of the rows that is surely above B; a selection is asked for
these as the file itself is. Each of the first three is wrong in at most (1 − level)/2 of the files, 2.5 % of them,
however often labels are added: bounds hold at every look, SELECT FIRST's over all selections together; for DO NOT TRAIN
every selection has to be ruled out, so each is at its own level. docs/audit.md has the simulated errors. p★ has no part
in this: it is a result for two classes, printed as context.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from openloop.arrays import Mask
from openloop.auditing.bad_share import bad_share, silent_rows
from openloop.auditing.held_out import CHOOSING, SPENT, tested_selections
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.label_request import LabelRequest, best_request, request
from openloop.auditing.options import Options
from openloop.auditing.result import Decision
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.selection_cost import cost_text, selection_cost
from openloop.auditing.selections import (
    LEAST,
    NamedSelection,
    SelectionRule,
    bounded,
    current_selection,
    cut_rules,
    named_selections,
    plain_rules,
    strata_rule,
)
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.label_plan import MOST
from openloop.records import Estimate


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The decision, why, and what it selects or asks for."""

    decision: Decision
    sentence: str
    now: NamedSelection
    """The file as it stands."""
    selection: NamedSelection | None = None
    labels: LabelRequest | None = None


def recommend(
    design: LabelDesign,
    options: Options,
    unfit: Mask,
    because: Sequence[str] = (),
    extra: Sequence[SelectionRule] = (),
    *,
    cuts: bool = True,
) -> Recommendation:
    """Audit the file as it stands and every selection, and decide.

    ``unfit`` rows [N] must not be trained on, ``because`` of these findings; ``extra`` are selections that would repair
    a finding; ``cuts`` says whether a cut of the score makes sense.
    """
    now = current_selection(design, options, unfit, because)
    error = (1 - options.level) / 2
    both = plain_rules(design, unfit, extra) and ((cuts and not design.arrays.two_class) or design.splits)
    each = error / 2 if both else error
    others = [
        *named_selections(design, options, unfit, extra, error=each),
        *tested_selections(design, options, unfit, error=each, cuts=cuts),
    ]
    return decide(design, options, now, others, unfit, cuts=cuts)


def decide(
    design: LabelDesign,
    options: Options,
    now: NamedSelection,
    others: Sequence[NamedSelection],
    unfit: Mask,
    *,
    cuts: bool,
) -> Recommendation:
    """Apply the table above."""
    arrays, target = design.arrays, options.max_bad
    aim = f"target {target:.1%}"
    if any(options.label_error):
        alarms, misses = options.label_error
        aim += f"; supposing that gold calls {alarms:.1%} of the good rows bad and {misses:.1%} of the bad ones good"
    if not arrays.has_gold:
        asked = request(design, options, now, unfit)
        return Recommendation(
            Decision.LABEL_FIRST, f"no row has gold ({aim}). {_ask(asked, arrays)}", now, labels=asked
        )
    unknown = silent_rows(design, now.keep).any()
    said = f"{_spoken(now.bad_after, unknown=bool(unknown))} of the {_rows(arrays)} are bad ({aim})"
    if now.within(target):
        return Recommendation(Decision.TRAIN, f"{said}.", now, now)
    enough = now.bad_after.high is not None and now.bad_after.high <= target
    but = f", but {' and '.join(now.blocked_by)}" if enough else " as the file stands"
    passing = [other for other in others if other.within(target)]
    if passing:
        best = max(passing, key=lambda other: (other.kept, other.name))
        cost = cost_text(selection_cost(arrays, best.keep, options.level))
        text = " ".join(
            part
            for part in (
                f"{said}{but}; {best.name}: {_spoken(best.bad_after)}, {best.kept:,} of {len(arrays):,} rows.",
                cost,
                _or_labels(design, options, now, unfit),
            )
            if part
        )
        return Recommendation(Decision.SELECT_FIRST, text, now, best)
    open_ones = [one for one in (now, *others) if not one.blocked_by and not one.above(target)]
    open_ones += open_parts(design, options, unfit, cuts=cuts)
    asked_for = best_request(design, options, open_ones, unfit)
    if asked_for is None:
        parts = ("stratum" if design.splits else "", "cut of the score" if cuts and not arrays.two_class else "")
        tried = " and ".join(f"no {part}" for part in parts if part)
        each = f", and {tried} is within the target" if tried else ""
        return Recommendation(Decision.DO_NOT_TRAIN, f"{said}{but if enough else ''}{each}.", now)
    other = asked_for.selection.name != now.name
    what = f"{but}; still undecided: {asked_for.selection.name}" if other else ": undecided"
    return Recommendation(Decision.LABEL_FIRST, f"{said}{what}. {_ask(asked_for, arrays)}", now, labels=asked_for)


def _or_labels(design: LabelDesign, options: Options, now: NamedSelection, unfit: Mask) -> str:
    """Whether a few more labels may spare the selection: where the file as it stands is open and seems good enough."""
    value = now.bad_after.value
    if now.blocked_by or not value <= options.max_bad:
        return ""
    asked = request(design, options, now, unfit)
    if asked.unknown or not asked.free or asked.remaining > asked.free:
        return ""
    return f"Or label about {math.ceil(asked.remaining):,} more: if {value:.1%} are bad, no row has to go."


def open_parts(design: LabelDesign, options: Options, unfit: Mask, *, cuts: bool) -> list[NamedSelection]:
    """Cuts of the score, and strata, that may be within the target and keep a twentieth of the rows kept now.

    A stratum with less than a twentieth of them is ruled out at a part of the error that is as small: several good ones
    might make up a selection, and to miss that, enough of them have to be ruled out wrongly.
    """
    arrays = design.arrays
    least = max(1.0, LEAST * float(arrays.kept.sum()))
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


def _ask(asked: LabelRequest, arrays: RowArrays) -> str:
    plan, frame = asked.plan, asked.frame.name(arrays)
    if asked.free == 0:
        return (
            f"All {frame} are labelled already ({asked.have:,} texts). To settle it, generate rows for new prompts, "
            "and give their gold with --labels, so that looking again is allowed for."
        )
    label = f"Label {asked.batch:,}{' more' if asked.have else ''} of the {frame}"
    if asked.unknown:
        return f"{label}: hardly any of them is labelled."
    if asked.few_prompts:
        return f"{label}. {asked.few_prompts:,} prompts may not settle it: rows for new prompts are needed."
    if plan.n is None or math.isinf(asked.remaining):
        return f"{label}. The share seems so close to the target that more than {MOST:,} labels may be needed."
    if asked.remaining > asked.free:
        return f"{label}. About {asked.remaining:,.0f} more would be needed, and {asked.free:,} are left."
    total = math.ceil(asked.expected)
    most = f"; with probability .8, {plan.n:,} are enough" if plan.n > total else ""
    return f"{label}. If {plan.expected:.1%} of them are bad, it takes about {total:,} labels in all{most}."


def _rows(arrays: RowArrays) -> str:
    return "rows" if arrays.kept.all() else "kept rows"


def _spoken(estimate: Estimate, *, unknown: bool = False) -> str:
    """``8.7% [4.1%, 15.0%]``; the bounds alone where part of the rows is not known at all."""
    if unknown and estimate.low is not None and estimate.high is not None:
        return f"between {estimate.low:.1%} and {estimate.high:.1%}"
    if estimate.low == estimate.high and estimate.low is not None:
        return f"{estimate.value:.2%} (counted)"
    return estimate_text(estimate, percent(1), say_why=True)
