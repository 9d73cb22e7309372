"""The decision, on bounds and not on points. p′ is the share of bad rows among those kept, B the target (max-bad).

    no gold                                                        LABEL FIRST
    upper(p′) ≤ B and nothing blocks                               TRAIN
    upper(p′) ≤ B under a selection that has a name                SELECT FIRST, the one that keeps most
    lower(p′) > B for the file as it is and under every selection  DO NOT TRAIN
    otherwise                                                      LABEL FIRST, with how many

What blocks: contamination, a constant completion that wins, and a stratum (by something known before gold) with at
least a twentieth of the kept rows whose lower bound is above B. A 95 % interval puts the error of TRAIN at 2.5 % (5 %
where fewer than five events allow only a one-sided bound), and of SELECT FIRST at as much over all selections together.
p★ has no part in this: it is a result for two classes, printed as context.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openloop.auditing.options import Options
from openloop.auditing.result import Decision, Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.selections import NamedSelection
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.label_plan import LabelPlan, plan_labels
from openloop.records import Estimate

PRIOR = 0.2
"""With nothing known, labels are planned as if the share of bad rows were this share of the target."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The decision, why, and what it selects or asks for."""

    decision: Decision
    sentence: str
    selection: NamedSelection | None = None
    labels: LabelPlan | None = None


def decide(
    arrays: RowArrays,
    options: Options,
    now: NamedSelection,
    others: Sequence[NamedSelection],
    findings: Sequence[Finding],
) -> Recommendation:
    """Apply the table above."""
    target = f"target {options.max_bad:.1%}"
    if not arrays.has_gold:
        plan = planned(arrays, options)
        return Recommendation(Decision.LABEL_FIRST, f"no row has gold: {_ask(plan, arrays)} ({target}).", labels=plan)
    said = f"{_spoken(now.bad_after)} of the {_rows(arrays)} are bad ({target})"
    blocking = [finding for finding in findings if finding.blocking]
    within = now.bad_after.high is not None and now.bad_after.high <= options.max_bad
    if within and not blocking:
        return Recommendation(Decision.TRAIN, f"{said}.", now)
    passing = [
        other for other in others if other.bad_after.high is not None and other.bad_after.high <= options.max_bad
    ]
    if passing:
        best = max(passing, key=lambda other: (other.kept, other.name))
        why = f"but {', '.join(sorted({f.id for f in blocking}))}" if within else "as the file stands"
        text = f"{said} {why}; {best.name}: {_spoken(best.bad_after)}, {best.kept:,} of {len(arrays):,} rows."
        return Recommendation(Decision.SELECT_FIRST, text, best)
    low = [named.alone.low for named in (now, *others)]
    if all(bound is not None and bound > options.max_bad for bound in low):
        tried = f", and more than the target under each of {len(others)} other selections" if others else ""
        return Recommendation(Decision.DO_NOT_TRAIN, f"{said}{tried}.")
    if within:
        against = ", ".join(sorted({f.id for f in blocking}))
        text = f"{said}, but {against}, and no selection that avoids it is certain to meet the target."
        return Recommendation(Decision.LABEL_FIRST, text, labels=planned(arrays, options))
    plan = planned(arrays, options)
    return Recommendation(Decision.LABEL_FIRST, f"{said}: undecided. {_ask(plan, arrays).capitalize()}.", labels=plan)


def planned(arrays: RowArrays, options: Options) -> LabelPlan:
    """Labels of kept rows in all, those there are included, if the share of bad rows is what it seems.

    With few labels the share leans to a fifth of the target, so that 0 of 3 is not planned for as exactly 0.
    """
    known = arrays.gold[arrays.kept]
    known = known[known == known]
    expected = (float((known == 0).sum()) + PRIOR * options.max_bad) / (len(known) + 1)
    return plan_labels(options.max_bad, expected, level=options.level)


def _ask(plan: LabelPlan, arrays: RowArrays) -> str:
    have = int((arrays.kept & (arrays.gold == arrays.gold)).sum())
    free = int(arrays.kept.sum()) - have
    if free == 0:
        return f"all {have:,} {_rows(arrays)} have gold, so it takes rows of more prompts"
    if plan.n is None:
        return f"the share is so close to the target that more than {20_000:,} labels would be needed"
    more = max(10, plan.n - have)
    if more > free:
        return f"about {more:,} more labels would be needed, but only {free:,} {_rows(arrays)} are left: label these"
    enough = f"enough if {plan.expected:.1%} of them are bad"
    return f"label {more:,}{' more' if have else ''} of the {_rows(arrays)} ({enough})"


def _rows(arrays: RowArrays) -> str:
    return "rows" if arrays.kept.all() else "kept rows"


def _spoken(estimate: Estimate) -> str:
    return estimate_text(estimate, percent(1), say_why=True)
