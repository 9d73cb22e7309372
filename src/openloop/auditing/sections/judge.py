"""Does the judge agree with itself, with the other order, with other judges; is it kind to its own model?"""

from __future__ import annotations

import numpy as np

from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.agreement import krippendorff
from openloop.measures.estimate_text import estimate_text, interval_text, percent, points
from openloop.measures.judge import consistency, order_swap, self_preference

RELIABLE = 0.5
"""Krippendorff's α of a judge with itself: below, more than half of what varies in its scores is its own noise."""
SAME_SIDE = 0.9
"""Two scorings of a row that agree on its verdict so often do no harm, whatever α says where one side is rare."""
LEAN = 0.02
"""How much more than half of the time one position must win."""
FAVOUR = 0.03
"""How much more often the judge must pass its own model's completions."""


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
    _inconsistent(arrays, options, result)


def _inconsistent(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    """A finding where scorings agree little beyond chance and, where there are two sides, change them often."""
    assert arrays.repeats is not None
    scorings, cut, clusters, sure = arrays.repeats, arrays.accept_at, options.clusters(arrays), finding_level(options)
    held = np.unique(scorings[~np.isnan(scorings)])
    if cut is None and len(held) == 2:
        cut = float(held[1])
    if cut is not None:
        scorings = np.where(np.isnan(scorings), np.nan, (scorings >= cut).astype(float))
    surely = krippendorff(scorings, "interval", clusters, arrays.rng(3), sure)
    if surely.high is None or surely.high >= RELIABLE:
        return
    sides = ""
    if cut is not None:
        same = consistency(scorings, clusters, level=sure)["pair"]
        if same.high is None or same.high >= SAME_SIDE:
            return
        shown = estimate_text(consistency(scorings, clusters, level=options.level)["pair"], percent(0))
        sides = f" Two scorings of a row give the same verdict {shown} of the time."
    alpha = krippendorff(scorings, "interval", clusters, arrays.rng(3), options.level)
    text = (
        f"The judge contradicts itself: its scorings of one row agree with α = {estimate_text(alpha)} (1 is agreement, "
        f"0 chance; a finding below {RELIABLE}, where most of what varies is noise).{sides} {_remedy(alpha.value)}"
    )
    result.findings.append(Finding("judge-inconsistent", weight_of(RELIABLE - alpha.value, RELIABLE, 0.7), text))


def _remedy(alpha: float) -> str:
    """How many scorings a row would do (Spearman and Brown's formula for a reliability of .8)."""
    if alpha < 0.05:
        return "Averaging more scorings would not help: there is hardly a signal in them."
    return f"Averaging about {4 * (1 - alpha) / alpha:.0f} scorings a row would bring α to 0.8; it removes no bias."


def _orders(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    if arrays.swapped is None:
        return
    first = arrays.score if arrays.first is None else arrays.first
    found = order_swap(first, arrays.swapped, options.clusters(arrays), options.level)
    result.add("judge.consistency", found["consistency"], "" if arrays.repeats is None else "level=order")
    bias = found["position_bias"]
    result.add("judge.position_bias", bias)
    surely = order_swap(first, arrays.swapped, options.clusters(arrays), finding_level(options))["position_bias"]
    sign = direction(bias, surely, LEAN)
    if not sign:
        return
    which = "first" if sign > 0 else "second"
    least, most = sorted(0.5 + sign * (end or 0.0) for end in (bias.low, bias.high))
    text = (
        f"The judge favours the answer shown {which}: over both orders it wins {0.5 + abs(bias.value):.1%} "
        f"{interval_text(least, most, percent(1))} of the time (a finding from {0.5 + LEAN:.0%}); in "
        f"{1 - found['consistency'].value:.0%} of the pairs the winner changes with the order. Ask in both orders, and "
        "count a win only where both agree."
    )
    result.findings.append(Finding("position-bias", weight_of(bias.value, 0.35, 0.7), text))


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
    surely = self_preference(arrays.accept, arrays.own, arrays.gold, options.clusters(arrays), finding_level(options))
    if direction(e, surely, FAVOUR) <= 0:
        return
    complete = arrays.labelled == 1
    among, then = (
        ("equally correct ones", "Have another model judge them.")
        if complete
        else ("those of others", "Without gold for every row they may be better: label some of each.")
    )
    text = (
        f"The judge passes its own model's completions {estimate_text(e, points())} points more often than {among} (a "
        f"finding from {100 * FAVOUR:.0f}). {then}"
    )
    result.findings.append(Finding("self-preference", weight_of(e.value, 0.3, 0.6 if complete else 0.3), text))
