"""Does the judge agree with itself, with the other order, with other judges; is it kind to its own model?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.agreement import krippendorff
from openloop.measures.judge import consistency, order_swap, self_preference


def measure(given: SectionInput) -> SectionResult:
    """``judge.consistency``, ``.within_sd``, ``.position_bias``, ``.alpha`` and ``.self_preference``."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    if arrays.verdict:
        _repeats(arrays, options, result)
        _orders(arrays, options, result)
        _panel(arrays, options, result)
        _own(arrays, options, result)
    return result


def _repeats(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    if arrays.repeats is None:
        result.unmeasured.append("judge consistency: each row is scored once (a verdict may be a list of scores)")
        return
    found = consistency(arrays.repeats, options.clusters(arrays), arrays.accept_at, options.level)
    result.add("judge.within_sd", found.pop("within_sd"))
    result.add("judge.consistency", found.get("class", found["pair"]))
    for name, estimate in found.items():
        result.add("judge.consistency", estimate, f"level={name}")
    result.add(
        "judge.alpha",
        krippendorff(arrays.repeats, "interval", options.clusters(arrays), arrays.rng(3), options.level),
        "repeats",
    )
    worst = found.get("class", found["pair"])
    limit = 0.9 if "class" in found else 0.5
    if worst.high is not None and worst.high < limit:
        what = "fall on the same side of the threshold" if "class" in found else "give the same score"
        text = (
            f"The judge contradicts itself: two scorings of one row {what} {worst.value:.0%} of the time "
            f"[{worst.low:.0%}, {worst.high:.0%}]; all scorings of a row are equal for {found['row'].value:.0%} of the "
            "rows. Averaging several scorings removes such noise, but no bias."
        )
        result.findings.append(Finding("judge-inconsistent", round(0.35 + 0.5 * (limit - worst.value), 2), text))


def _orders(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    if arrays.swapped is None:
        return
    first = arrays.score if arrays.first is None else arrays.first
    found = order_swap(first, arrays.swapped, options.clusters(arrays), options.level)
    result.add("judge.consistency", found["consistency"], "" if arrays.repeats is None else "level=order")
    bias = found["position_bias"]
    result.add("judge.position_bias", bias)
    if bias.low is not None and bias.high is not None and (bias.low > 0 or bias.high < 0):
        which = "first" if bias.value > 0 else "second"
        text = (
            f"The judge favours the answer shown {which}: over both orders the first wins {0.5 + bias.value:.1%} of "
            f"the time; in {1 - found['consistency'].value:.0%} of the pairs the winner changes with the order."
        )
        result.findings.append(Finding("position-bias", round(min(0.7, 0.35 + 2 * abs(bias.value)), 2), text))


def _panel(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    for name, values in arrays.panel.items():
        pair = np.column_stack([arrays.score, values])
        held = np.unique(pair[~np.isnan(pair)])
        metric = "nominal" if len(held) <= 2 else "interval"
        result.add(
            "judge.alpha",
            krippendorff(pair, metric, options.clusters(arrays), arrays.rng(4), options.level),
            f"with {name}",
        )


def _own(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    if arrays.own is None:
        return
    if not arrays.judged:
        result.unmeasured.append("judge.self_preference: the verdict is a score without a threshold: give --accept-at")
        return
    e = self_preference(arrays.accept, arrays.own, arrays.gold, options.clusters(arrays), options.level)
    result.add("judge.self_preference", e)
    if e.low is not None and e.low > 0:
        text = (
            f"The judge passes its own model's completions {100 * e.value:.1f} points more often "
            f"[{100 * e.low:.1f}, {100 * (e.high or 0):.1f}]"
            + (" among equally correct ones." if arrays.has_gold else "; without gold the reason is unknown.")
        )
        result.findings.append(Finding("self-preference", 0.4, text))
