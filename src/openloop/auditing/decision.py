"""The decision, on bounds and not on points. p′ is the share of bad rows among those kept, B the target (max-bad).

    no gold, or a score without a threshold                        LABEL FIRST
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

from collections.abc import Sequence
from dataclasses import dataclass

from openloop.arrays import Mask
from openloop.auditing.bad_share import silent_rows
from openloop.auditing.decision_text import (
    blocked_text,
    cost_text,
    instead_text,
    nothing_helps_text,
    request_text,
    selection_text,
    state_text,
    target_text,
)
from openloop.auditing.gold_threshold import threshold_text, threshold_to_name
from openloop.auditing.held_out import tested_selections
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.label_request import LabelRequest, best_request, request
from openloop.auditing.open_parts import open_parts
from openloop.auditing.options import Options
from openloop.auditing.result import Decision
from openloop.auditing.selection_cost import selection_cost
from openloop.auditing.selections import (
    NamedSelection,
    SelectionRule,
    current_selection,
    named_selections,
    plain_rules,
)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The decision, why, and what it selects or asks for."""

    decision: Decision
    sentence: str
    now: NamedSelection
    """The file as it stands."""
    selection: NamedSelection | None = None
    labels: LabelRequest | None = None
    gold: str = ""
    """A threshold of gold that would do, where gold is a number or a name and nobody said which rows are good."""


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
    plain = plain_rules(design.arrays, unfit, extra)
    both = plain and ((cuts and not design.arrays.two_class) or design.splits)
    each = error / 2 if both else error
    others = [
        *named_selections(design, options, plain, error=each),
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
    if arrays.lacks_threshold:
        said = f"{threshold_text(arrays, options)}."
        return Recommendation(Decision.LABEL_FIRST, said, now, gold=threshold_to_name(arrays))
    if not arrays.has_gold and arrays.kept.any():
        asked = request(design, options, now, unfit)
        text = f"no {arrays.unit.removesuffix('s')} has gold ({target_text(options)}). {request_text(asked, arrays)}"
        return Recommendation(Decision.LABEL_FIRST, text, now, labels=asked)
    said = state_text(now, arrays, options, unknown=bool(silent_rows(design, now.keep).any()))
    if now.within(target):
        return Recommendation(Decision.TRAIN, f"{said}.", now, now)
    enough = now.bad_after.high is not None and now.bad_after.high <= target
    but = blocked_text(now) if enough else " as the file stands"
    passing = [other for other in others if other.within(target)]
    if passing:
        best = max(passing, key=lambda other: (other.kept, other.name))
        seems_enough = not now.blocked_by and now.bad_after.value <= target
        sentences = (
            f"{said}{but}; {selection_text(best, arrays)}",
            cost_text(selection_cost(arrays, best.keep, options.level)),
            instead_text(request(design, options, now, unfit)) if seems_enough else "",
        )
        return Recommendation(Decision.SELECT_FIRST, " ".join(filter(None, sentences)), now, best)
    if not arrays.kept.any():
        text = f"{said}. Look at what it rejects, or give another --accept-at."
        return Recommendation(Decision.LABEL_FIRST, text, now)
    open_ones = [one for one in (now, *others) if not one.blocked_by and not one.above(target)]
    open_ones += open_parts(design, options, unfit, cuts=cuts)
    asked_for = best_request(design, options, open_ones, unfit)
    if asked_for is None:
        tried = (["stratum"] if design.splits else []) + (["cut of the score"] if cuts and not arrays.two_class else [])
        why = "" if now.above(target) else blocked_text(now)
        text = f"{said}{why}{nothing_helps_text(tried)}."
        return Recommendation(Decision.DO_NOT_TRAIN, text, now)
    part = asked_for.selection
    what = ": undecided" if part.rule.current else f"{but}; still undecided: {part.name}"
    text = f"{said}{what}. {request_text(asked_for, arrays)}"
    return Recommendation(Decision.LABEL_FIRST, text, now, labels=asked_for)
