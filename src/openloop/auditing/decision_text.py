"""What a decision says, in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from openloop.auditing.label_request import LabelRequest
from openloop.auditing.options import Options
from openloop.auditing.result import NamedEstimate
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.selections import NamedSelection
from openloop.measures.clustered import LEAST
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.label_plan import MOST
from openloop.records import Estimate


def target_text(options: Options) -> str:
    """``target 10.0%``, and the error of gold that is supposed."""
    target = f"target {options.max_bad:.1%}"
    if not any(options.label_error):
        return target
    alarms, misses = options.label_error
    return (
        f"{target}; supposing that gold calls {alarms:.1%} of the good rows bad and {misses:.1%} of the bad ones good"
    )


def state_text(now: NamedSelection, arrays: RowArrays, options: Options, *, unknown: bool) -> str:
    """How many of the rows kept now are bad; the bounds alone where part of them is not known at all."""
    if not arrays.kept.any():
        return f"the verdict keeps no row ({target_text(options)})"
    rows = arrays.unit if arrays.kept.all() else f"kept {arrays.unit}"
    if math.isnan(now.bad_after.value):
        why = "none of the kept rows has gold" if not now.bad_after.n else now.bad_after.method
        return f"{why} ({target_text(options)})"
    if now.bad_after.low is None and now.bad_after.n < LEAST:
        few = f"{now.bad_after.n} labelled {arrays.unit} do"
        few = f"one labelled {arrays.unit.removesuffix('s')} does" if now.bad_after.n == 1 else few
        return f"{few} not tell how many of the {rows} are bad ({target_text(options)})"
    return f"{_share(now.bad_after, unknown=unknown)} of the {rows} are bad ({target_text(options)})"


def blocked_text(now: NamedSelection) -> str:
    """Why the rows kept now are not enough: what blocks them, where it is not their share of bad ones."""
    return f", but {' and '.join(now.blocked_by)}" if now.blocked_by else " as the file stands"


def selection_text(chosen: NamedSelection, arrays: RowArrays) -> str:
    """What is selected, how bad it is, and how many rows it keeps."""
    return f"{chosen.name}: {_share(chosen.bad_after)}, {chosen.kept:,} of {len(arrays):,} {arrays.unit}."


def cost_text(costs: Sequence[NamedEstimate]) -> str:
    """``It loses 12% of the prompts and 40% of the hard ones.``; empty where it loses next to none."""
    lost = {line.name: 1 - line.estimate.value for line in costs}
    said = [
        f"{lost[name]:.0%} of the {what}"
        for name, what in (("selection.prompts", "prompts"), ("selection.hard_prompts", "hard ones"))
        if lost.get(name, 0.0) >= 0.01
    ]
    return f"It loses {' and '.join(said)}." if said else ""


def instead_text(asked: LabelRequest) -> str:
    """How many labels might spare the selection; empty where they would not."""
    if asked.unknown or not asked.free or asked.remaining > asked.free:
        return ""
    value = asked.selection.bad_after.value
    return f"Or label about {math.ceil(asked.remaining):,} more: if {value:.1%} are bad, no row has to go."


def nothing_helps_text(tried: Sequence[str]) -> str:
    """``, and no stratum and no cut of the score is within the target``."""
    return f", and {' and '.join(f'no {part}' for part in tried)} is within the target" if tried else ""


def request_text(asked: LabelRequest, arrays: RowArrays) -> str:
    """Which rows to label, how many of them now, and about how many it will take in all."""
    plan, frame = asked.plan, asked.frame.name(arrays)
    if asked.free == 0:
        rows = "All rows are" if asked.selection.rule.current else "All of its rows are"
        return (
            f"{rows} labelled already. To settle it, generate rows for new prompts, and give their gold with "
            "--labels, so that looking again is allowed for."
        )
    label = f"Label {asked.batch:,}{' more' if asked.have else ''} of the {frame}"
    if asked.unknown:
        return f"{label}: hardly any of them is labelled."
    if asked.few_prompts:
        prompts = "One prompt" if asked.few_prompts == 1 else f"{asked.few_prompts:,} prompts"
        return f"{label}. {prompts} may not settle it: rows for new prompts are needed."
    if plan.n is None or math.isinf(asked.remaining):
        return f"{label}. The share seems so close to the target that more than {MOST:,} labels may be needed."
    if asked.remaining > asked.free:
        return f"{label}. About {asked.remaining:,.0f} more would be needed, and {asked.free:,} are left."
    total = math.ceil(asked.expected)
    most = f"; with probability .8, {plan.n:,} are enough" if plan.n > total else ""
    return f"{label}. If {plan.expected:.1%} of them are bad, it takes about {total:,} labels in all{most}."


def _share(estimate: Estimate, *, unknown: bool = False) -> str:
    """``8.7% [4.1%, 15.0%]``; the bounds alone where part of the rows is unknown, or too few for a share to be told."""
    if estimate.low == estimate.high and estimate.low is not None:
        return f"{estimate.value:.2%} (counted)"
    if (unknown or estimate.n < LEAST) and estimate.low is not None and estimate.high is not None:
        return f"between {estimate.low:.1%} and {estimate.high:.1%}"
    return estimate_text(estimate, percent(1), say_why=True)
