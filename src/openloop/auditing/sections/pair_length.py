"""Pairs: is the longer response preferred, and more often than it is the better one?"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Values
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.pair_arrays import PairArrays
from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.sections.pair_judge import pair_clusters
from openloop.measures.clustered import Clusters
from openloop.measures.estimate_text import interval_text, percent
from openloop.measures.pair_preference import lean_at_equal_gold, share_of_side
from openloop.measures.paired_logistic import fit
from openloop.records import Estimate

LEAN = 0.03
"""How much more than half of the time the longer response must win where gold prefers either as often."""
WITHOUT_GOLD = 0.1
"""The same where no gold tells whether longer ones are better."""


def measure(given: SectionInput) -> SectionResult:
    """``pairs.longer_preferred``, ``pairs.length_bias`` and the log odds of ``pairs.length_log_odds``."""
    pairs, options, result = given.pairs, given.options, SectionResult()
    if pairs is None:
        return result
    clusters = pair_clusters(pairs, options)
    longer = pairs.longer
    judged, better = (np.where(longer == 1, wins, np.where(longer == 0, 1 - wins, np.nan)) for wins in _both(pairs))
    if np.isnan(judged).all():
        result.unmeasured.append("length preference: the two responses of every pair are equally long")
        return result
    shown = share_of_side(judged, clusters, options.level)
    result.add("pairs.longer_preferred", shown)
    _odds(pairs, clusters, options, result)
    if np.isnan(better).all():
        result.unmeasured.append("length preference beyond what is better: no pair has gold: give --gold or --labels")
        _without_gold(judged, clusters, options, result)
        return result
    result.add("pairs.longer_is_better", share_of_side(better, clusters, options.level))
    bias, surely = (lean_at_equal_gold(judged, better, clusters, at) for at in (options.level, finding_level(options)))
    result.add("pairs.length_bias", bias)
    sign = direction(bias, surely, LEAN)
    if sign:
        least, most = sorted(0.5 + sign * (end or 0.0) for end in (bias.low, bias.high))
        text = (
            f"The judge prefers {_word(sign)} responses: where gold prefers either as often, the {_word(sign)} one "
            f"wins {0.5 + abs(bias.value):.1%} {interval_text(least, most, percent(1))} of the time (a finding from "
            f"{0.5 + LEAN:.0%}). Training on these pairs teaches length: balance them by which one is longer, or have "
            "them judged with the length held equal."
        )
        result.findings.append(Finding(_id(sign), weight_of(bias.value, 0.25, 0.7), text))
    return result


def length_ratio(pairs: PairArrays) -> Values:
    """Shape [N]: how many times the length doubles from the second response to the first."""
    return np.asarray(np.log2(pairs.length[:, 0] + 1) - np.log2(pairs.length[:, 1] + 1))


def _both(pairs: PairArrays) -> tuple[Values, Values]:
    return np.where(np.isnan(pairs.win), np.nan, pairs.win), pairs.gold


def _word(sign: int) -> str:
    return "longer" if sign > 0 else "shorter"


def _id(sign: int) -> str:
    return f"judge-prefers-{_word(sign)}"


def _odds(pairs: PairArrays, clusters: Clusters, options: Options, result: SectionResult) -> None:
    """Log odds of winning for each doubling of the length, alone and at equal gold (and position)."""
    ratio = length_ratio(pairs)
    position = [np.ones(len(pairs))] if pairs.columns.shows_orders else []
    for stratum, columns in (("", [ratio, *position]), ("equal gold", [ratio, *position, 2 * pairs.gold - 1])):
        x = np.column_stack(columns)
        known = ~np.isnan(pairs.win) & ~np.isnan(x).any(1)
        if known.sum() < 10:
            continue
        made = fit(x[known], pairs.win[known])
        if made is None:
            why = "undefined: length, position and gold separate the wins, or do not vary"
            e = Estimate(float("nan"), None, None, options.level, int(known.sum()), int((~known).sum()), why)
        else:
            pick = np.eye(x.shape[1])[0]
            e = made.estimate(pick, None if clusters is None else clusters[known], options.level)
        result.add("pairs.length_log_odds", e, stratum)


def _without_gold(judged: Values, clusters: Clusters, options: Options, result: SectionResult) -> None:
    shown, surely = (share_of_side(judged, clusters, at) for at in (options.level, finding_level(options)))
    sign = direction(shown, surely, WITHOUT_GOLD, none=0.5)
    if sign:
        low, high = sorted(abs((1 - (sign + 1) // 2) - (end or 0.0)) for end in (shown.low, shown.high))
        share = shown.value if sign > 0 else 1 - shown.value
        text = (
            f"The preferred response is the {_word(sign)} one in {share:.1%} {interval_text(low, high, percent(1))} of "
            f"the pairs (a finding from {0.5 + WITHOUT_GOLD:.0%}). Whether {_word(sign)} ones are better here is not "
            "known: label some pairs."
        )
        result.findings.append(Finding(_id(sign), weight_of(share - 0.5, 0.5, 0.4), text))
