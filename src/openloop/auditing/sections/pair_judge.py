"""Pairs: does the judge prefer what gold does, in either order, and does it prefer a position?"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Mask, Values
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.pair_arrays import PairArrays
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.selections import KEPT_FILE, SelectionRule
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.measures.estimate_text import estimate_text, interval_text, percent
from openloop.measures.judge import order_swap
from openloop.measures.pair_preference import (
    accuracy,
    accuracy_difference,
    agreement,
    lean_at_equal_gold,
    share_of_side,
)
from openloop.records import Estimate

LEAN = 0.02
"""How much more than half of the time one position must win."""
DISAGREE = 0.1
"""Share of pairs whose winner changes with the order, from which that is a finding."""


def measure(given: SectionInput) -> SectionResult:
    """``pairs.accuracy``, ``.judge_ties``, ``.gold_ties``, ``.consistency``, ``.position``."""
    pairs, result = given.pairs, SectionResult()
    if pairs is None:
        return result
    options = given.options
    clusters = pair_clusters(pairs, options)
    _ties(pairs, clusters, options, result)
    _accuracy(pairs, clusters, options, result)
    if pairs.judges.shape[1] and not np.isnan(pairs.swapped).all():
        _orders(given.arrays, pairs, clusters, options, result)
    elif pairs.columns.shows_orders:
        _one_order(pairs, clusters, options, result)
    return result


def pair_clusters(pairs: PairArrays, options: Options) -> Clusters:
    """Cluster codes for an interval about the target."""
    return pairs.prompt if options.target == "process" else None


def agreeing_rule(arrays: RowArrays, pairs: PairArrays) -> SelectionRule:
    """Pairs whose preferred response wins in the other order too."""
    agree = pairs.preferred & (pairs.swapped == pairs.win)
    keep: Mask = arrays.kept & pairs.rows_of(arrays, agree)
    return SelectionRule("pairs on which both orders agree", keep, KEPT_FILE)


def _ties(pairs: PairArrays, clusters: Clusters, options: Options, result: SectionResult) -> None:
    judged = wins_of(pairs)
    for name, values in (("pairs.judge_ties", judged), ("pairs.gold_ties", pairs.gold)):
        if not np.isnan(values).all():
            tied = np.where(np.isnan(values), np.nan, values == 0.5)
            result.add(name, clustered.proportion(tied, clusters, options.level))


def _accuracy(pairs: PairArrays, clusters: Clusters, options: Options, result: SectionResult) -> None:
    if np.isnan(pairs.gold).all():
        result.unmeasured.append("the judge's accuracy: no pair has gold: give --gold or --labels")
        return
    level, gold = options.level, pairs.gold
    judges = pairs.judges if pairs.judges.shape[1] else pairs.win[:, None]
    first = wins_of(pairs)
    swapped = not np.isnan(pairs.swapped).all()
    both = np.column_stack([agreement(first, gold), agreement(pairs.swapped, gold)])
    known = (~np.isnan(both)).sum(1)
    mean = np.divide(np.nansum(both, 1), known, out=np.full(len(first), np.nan), where=known > 0)
    result.add("pairs.accuracy", clustered.share(mean, clusters, level))
    if swapped:
        result.add("pairs.accuracy", accuracy(first, gold, clusters, level), "order=as first asked")
        result.add("pairs.accuracy", accuracy(pairs.swapped, gold, clusters, level), "order=swapped")
        apart = accuracy_difference(first, pairs.swapped, gold, clusters, level)
        result.add("pairs.accuracy_difference", apart, "order=as first asked minus swapped")
    if pairs.columns.shows_orders:
        for value, side in ((1.0, "first"), (0.0, "second")):
            mine = np.where(gold == value, first, np.nan)
            result.add("pairs.accuracy", accuracy(mine, gold, clusters, level), f"gold={side}")
    for j, name in enumerate(pairs.judge_names[1:], 1):
        result.add("pairs.accuracy", accuracy(judges[:, j], gold, clusters, level), f"judge={name}")
        found = accuracy_difference(first, judges[:, j], gold, clusters, level)
        result.add("pairs.accuracy_difference", found, f"judge={pairs.judge_names[0]} minus {name}")


def _orders(arrays: RowArrays, pairs: PairArrays, clusters: Clusters, options: Options, result: SectionResult) -> None:
    first, shown_second = pairs.judges[:, 0], 1 - pairs.swapped
    found = order_swap(first, shown_second, clusters, options.level)
    surely = order_swap(first, shown_second, clusters, finding_level(options))
    result.add("pairs.consistency", found["consistency"])
    result.add("pairs.position_bias", found["position_bias"])
    for order, wins in (("as first asked", first), ("swapped", shown_second)):
        result.add("pairs.first_position_wins", share_of_side(wins, clusters, options.level), f"order={order}")
    result.rules.append(agreeing_rule(arrays, pairs))
    agree = np.where(pairs.preferred & ~np.isnan(pairs.swapped), pairs.swapped == pairs.win, np.nan)
    for right, which in ((True, "better (φ of keeping those)"), (False, "not better (ψ)")):
        mine = ~np.isnan(pairs.gold) & ((pairs.gold == pairs.win) == right)
        if (mine & pairs.preferred).any():
            kept = clustered.proportion(np.where(mine, agree, np.nan), clusters, options.level)
            result.add("pairs.orders_agree", kept, f"the preferred response is {which}")
    sign = direction(found["position_bias"], surely["position_bias"], LEAN)
    if sign:
        text = (
            f"{_leans(found['position_bias'], sign)} over both orders; in {1 - found['consistency'].value:.0%} of the "
            "pairs the winner changes with the order. Train on pairs on which both orders agree."
        )
        result.findings.append(
            Finding("judge-prefers-position", weight_of(found["position_bias"].value, 0.35, 0.7), text)
        )
    shown, sure = (_turned(one["consistency"]) for one in (found, surely))
    if direction(shown, sure, DISAGREE) > 0:
        changed = np.asarray(~np.isnan(first) & ~np.isnan(pairs.swapped) & (first != pairs.swapped))
        column = pairs.columns.swapped.ref.spelled if pairs.columns.swapped else "the other order"
        text = (
            f"In {estimate_text(shown, percent(0))} of the pairs the judge's winner changes with the order (a finding "
            f"from {DISAGREE:.0%}): there its verdict is about the order and not about the responses. Train on pairs "
            f"on which both orders agree. (Where {column} names a response whatever the order, write "
            f"{pairs.columns.first} or {pairs.columns.second} and not A or B.)"
        )
        rows = arrays.places(pairs.rows_of(arrays, changed & pairs.preferred))
        result.findings.append(Finding("orders-disagree", weight_of(shown.value, 0.5, 0.7), text, rows))


def _one_order(pairs: PairArrays, clusters: Clusters, options: Options, result: SectionResult) -> None:
    """A position that was asked in one order only: told from quality by gold, or by models that change places."""
    wins = wins_of(pairs)
    result.add("pairs.first_position_wins", share_of_side(wins, clusters, options.level))
    fixed = _one_sided_models(pairs)
    if fixed:
        result.unmeasured.append(
            f"position preference: {fixed}, so it cannot be told from a preference for the model; ask in both orders"
        )
        return
    if np.isnan(pairs.gold).all():
        result.unmeasured.append("position preference: one order and no gold; ask in both orders")
        return
    shown, surely = (
        lean_at_equal_gold(wins, pairs.gold, clusters, level) for level in (options.level, finding_level(options))
    )
    result.add("pairs.position_bias", shown)
    sign = direction(shown, surely, LEAN)
    if sign:
        text = (
            f"{_leans(shown, sign)} where gold prefers either position as often. If the order was not drawn at random, "
            "responses shown there may differ otherwise too: ask in both orders to be sure."
        )
        result.findings.append(Finding("judge-prefers-position", weight_of(shown.value, 0.35, 0.6), text))


def _one_sided_models(pairs: PairArrays) -> str:
    """Said where some model stands in one position in nearly all of its pairs."""
    if not pairs.names:
        return ""
    first = np.bincount(pairs.models[:, 0][pairs.models[:, 0] >= 0], minlength=len(pairs.names))
    second = np.bincount(pairs.models[:, 1][pairs.models[:, 1] >= 0], minlength=len(pairs.names))
    total = first + second
    share = np.abs(first - second) / np.maximum(total, 1)
    heavy = np.flatnonzero((share > 0.5) & (total >= 0.25 * total.sum() / 2))
    if not len(heavy):
        return ""
    model = int(heavy[np.argmax(total[heavy])])
    place = "first" if first[model] > second[model] else "second"
    return (
        f"{pairs.names[model]} is shown {place} in {max(first[model], second[model]) / total[model]:.0%} of its pairs"
    )


def _leans(bias: Estimate, sign: int) -> str:
    which = "first" if sign > 0 else "second"
    least, most = sorted(0.5 + sign * (end or 0.0) for end in (bias.low, bias.high))
    return (
        f"The judge prefers the response shown {which}: it wins {0.5 + abs(bias.value):.1%} "
        f"{interval_text(least, most, percent(1))} of the time (a finding from {0.5 + LEAN:.0%})"
    )


def _turned(e: Estimate) -> Estimate:
    low, high = (None if end is None else 1 - end for end in (e.high, e.low))
    return Estimate(1 - e.value, low, high, e.level, e.n, e.n_unscored, e.method)


def wins_of(pairs: PairArrays) -> Values:
    """Shape [N]: the first judge's wins, or the file's own."""
    return pairs.judges[:, 0] if pairs.judges.shape[1] else pairs.win
