"""Does the judge agree with itself, with the other order, with other judges; is it kind to its own model?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.facts import Facts
from openloop.auditing.options import Options
from openloop.auditing.result import Finding, Part
from openloop.measures.agreement import krippendorff
from openloop.measures.judge import consistency, order_swap, self_preference


def measure(facts: Facts, options: Options) -> Part:
    """``judge.consistency``, ``.within_sd``, ``.position_bias``, ``.alpha`` and ``.self_preference``."""
    part = Part()
    if facts.verdict:
        _repeats(facts, options, part)
        _orders(facts, options, part)
        _panel(facts, options, part)
        _own(facts, options, part)
    return part


def _repeats(facts: Facts, options: Options, part: Part) -> None:
    if facts.repeats is None:
        part.unmeasured.append("judge consistency: one scoring a row (a list in the verdict column holds several)")
        return
    found = consistency(facts.repeats, options.clusters(facts), facts.accept_at, options.level)
    part.add("judge.within_sd", found.pop("within_sd"))
    part.add("judge.consistency", found.get("class", found["pair"]))
    for name, estimate in found.items():
        part.add("judge.consistency", estimate, f"level={name}")
    part.add(
        "judge.alpha",
        krippendorff(facts.repeats, "interval", options.clusters(facts), facts.rng(3), options.level),
        "repeats",
    )
    worst = found.get("class", found["pair"])
    limit = 0.9 if "class" in found else 0.5
    if worst.high is not None and worst.high < limit:
        what = "fall on the same side of the cut" if "class" in found else "give the same score"
        text = (
            f"The judge is unsure of itself: two scorings of one row {what} {worst.value:.0%} of the time "
            f"[{worst.low:.0%}, {worst.high:.0%}]; all scorings of a row are equal for {found['row'].value:.0%} of the "
            "rows. Noise that is fresh each time averages out over scorings; bias does not."
        )
        part.findings.append(Finding("judge-inconsistent", round(0.35 + 0.5 * (limit - worst.value), 2), text))


def _orders(facts: Facts, options: Options, part: Part) -> None:
    if facts.swapped is None:
        return
    first = facts.score if facts.first is None else facts.first
    found = order_swap(first, facts.swapped, options.clusters(facts), options.level)
    part.add("judge.consistency", found["consistency"], "" if facts.repeats is None else "level=order")
    bias = found["position_bias"]
    part.add("judge.position_bias", bias)
    if bias.low is not None and bias.high is not None and (bias.low > 0 or bias.high < 0):
        which = "first" if bias.value > 0 else "second"
        text = (
            f"The judge leans to the answer shown {which}: over both orders the first wins {0.5 + bias.value:.1%} of "
            f"the time; in {1 - found['consistency'].value:.0%} of the pairs the winner changes with the order."
        )
        part.findings.append(Finding("position-bias", round(min(0.7, 0.35 + 2 * abs(bias.value)), 2), text))


def _panel(facts: Facts, options: Options, part: Part) -> None:
    for name, values in facts.panel.items():
        pair = np.column_stack([facts.score, values])
        held = np.unique(pair[~np.isnan(pair)])
        metric = "nominal" if len(held) <= 2 else "interval"
        part.add(
            "judge.alpha",
            krippendorff(pair, metric, options.clusters(facts), facts.rng(4), options.level),
            f"with {name}",
        )


def _own(facts: Facts, options: Options, part: Part) -> None:
    if facts.own is None:
        return
    if not facts.judged:
        part.unmeasured.append("judge.self_preference: the verdict has no cut: give --accept-at")
        return
    e = self_preference(facts.accept, facts.own, facts.gold, options.clusters(facts), options.level)
    part.add("judge.self_preference", e)
    if e.low is not None and e.low > 0:
        text = (
            f"The judge passes its own model's completions {100 * e.value:.1f} points more often "
            f"[{100 * e.low:.1f}, {100 * (e.high or 0):.1f}]"
            + (" at equal gold." if facts.has_gold else "; no gold tells why.")
        )
        part.findings.append(Finding("self-preference", 0.4, text))
