"""Several judges of the same rows: by how much one is better than another, for which models, and which to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations

import numpy as np

from openloop.arrays import Mask, Values
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures import auc
from openloop.measures.clustered import proportion
from openloop.measures.estimate_text import estimate_text
from openloop.measures.paired_differences import (
    auc_difference,
    correlation_difference,
    share_difference,
    surely_apart,
)
from openloop.measures.rank_correlation import spearman, spearman_influence
from openloop.records import Estimate

MOST = 8
"""More judges than this are compared with the verifier only, not all with each other."""
BETTER = 0.02
"""By how much another judge must be better (AUC or correlation), to say so."""
Pair = tuple[str, str]


def measure(given: SectionInput) -> SectionResult:
    """``judges.*``: quality of each judge, differences in pairs on the same rows, agreement, and a sentence."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    if not arrays.panel:
        return result
    scores = {arrays.verdict: arrays.score, **arrays.panel}
    pairs = [(a, b) for a, b in combinations(scores, 2) if len(scores) <= MOST or a == arrays.verdict]
    if len(scores) > MOST:
        result.unmeasured.append(f"differences between further judges: with more than {MOST}, only with the first")
    accepts = {name: _accepts(arrays, name, values) for name, values in scores.items()}
    _agreement(arrays, options, pairs, accepts, result)
    if not arrays.has_gold and arrays.gold_score is None:
        result.unmeasured.append("which judge is better: no row has gold: give --gold or --labels")
        return result
    if not arrays.representative:
        result.unmeasured.append("which judge is better: labels are not drawn from kept and dropped rows alike")
        return result
    if arrays.has_gold:
        _quality(arrays, options, scores, accepts, result)
        _shares(arrays, options, pairs, accepts, result)
    _which(arrays, options, scores, pairs, result)
    return result


def _accepts(arrays: RowArrays, name: str, values: Values) -> Values | None:
    """What a judge passes: those of two classes, and those that share the scale of the first one's cut."""
    if name == arrays.verdict:
        return arrays.accept if arrays.judged else None
    known = values[~np.isnan(values)]
    if len(known) and set(np.unique(known)) <= {0.0, 1.0}:
        return np.where(np.isnan(values), np.nan, values)
    inside = "." in arrays.verdict and name.rpartition(".")[0] == arrays.verdict.rpartition(".")[0]
    if arrays.accept_at is None or not inside:
        return None
    return np.where(np.isnan(values), np.nan, (values >= arrays.accept_at).astype(float))


def _agreement(
    arrays: RowArrays, options: Options, pairs: list[Pair], accepts: Mapping[str, Values | None], result: SectionResult
) -> None:
    for a, b in pairs:
        one, other = accepts[a], accepts[b]
        if one is not None and other is not None:
            same = np.where(np.isnan(one) | np.isnan(other), np.nan, one == other)
            result.add("judges.same_verdict", proportion(same, options.clusters(arrays), options.level), f"{a}, {b}")


def _quality(
    arrays: RowArrays,
    options: Options,
    scores: Mapping[str, Values],
    accepts: Mapping[str, Values | None],
    result: SectionResult,
) -> None:
    clusters, level = options.clusters(arrays), options.level
    for name, values in scores.items():
        at, accept = f"verdict={name}", accepts[name]
        result.add("judges.auc", auc.pooled(values, arrays.gold, clusters, level), at)
        if accept is None:
            result.unmeasured.append(f"accuracy, φ and ψ of {name}: a score without a threshold of its own")
            continue
        result.add("judges.accuracy", proportion(_right(arrays, accept), clusters, level), at)
        for measured, side in (("phi", 1), ("psi", 0)):
            rows = np.where(arrays.gold == side, accept, np.nan)
            result.add(f"judges.{measured}", proportion(rows, clusters, level), at)


def _right(arrays: RowArrays, accept: Values) -> Values:
    return np.where(np.isnan(accept) | np.isnan(arrays.gold), np.nan, accept == arrays.gold)


def _shares(
    arrays: RowArrays, options: Options, pairs: list[Pair], accepts: Mapping[str, Values | None], result: SectionResult
) -> None:
    """Differences in accuracy, φ and ψ, on the rows that both judged."""
    clusters, level = options.clusters(arrays), options.level
    for a, b in pairs:
        one, other = accepts[a], accepts[b]
        if one is None or other is None:
            continue
        at = f"{a} − {b}"
        right = share_difference(_right(arrays, one), _right(arrays, other), clusters, level)
        result.add("judges.accuracy_difference", right, at)
        for measured, side in (("phi", 1), ("psi", 0)):
            mine, theirs = (np.where(arrays.gold == side, accept, np.nan) for accept in (one, other))
            result.add(f"judges.{measured}_difference", share_difference(mine, theirs, clusters, level), at)


def _which(
    arrays: RowArrays, options: Options, scores: Mapping[str, Values], pairs: list[Pair], result: SectionResult
) -> None:
    """Differences in how well judges rank rows; a finding where one is surely better than the verifier in use."""
    name, what = ("auc", "AUC") if arrays.has_gold else ("spearman", "Spearman's ρ")
    everywhere = np.ones(len(arrays), dtype=bool)
    differences = {pair: partial(_difference, arrays, options, scores, pair, everywhere) for pair in pairs}
    for (a, b), difference in differences.items():
        result.add(f"judges.{name}_difference", difference(options.level), f"{a} − {b}")
    sure = surely_apart(differences, 1 - options.level)
    values = {judge: _alone(arrays, options, scores[judge]) for judge in scores}
    known = {judge: e for judge, e in values.items() if not np.isnan(e.value)}
    if not known:
        return
    best = max(known, key=lambda judge: known[judge].value)
    better = [b if e.value > 0 else a for (a, b), e in sure.items() if best in (a, b)]
    beaten = [judge for judge in better if judge != best]
    unlike = len({e.n for e in values.values()}) > 1
    listed = ", ".join(
        f"{judge} {estimate_text(e)}{f' of {e.n:,} rows' if unlike else ''}" for judge, e in values.items()
    )
    listed += "; compared on the rows that both scored" if unlike else ""
    surest = surely_apart(differences, 1 - finding_level(options))
    pair = next((pair for pair in surest if set(pair) == {best, arrays.verdict}), None)
    if best != arrays.verdict and pair is not None:
        gain = _turned(differences[pair](options.level), turn=pair[0] != best)
        if gain.low is not None and gain.low > BETTER:
            text = (
                f"{best} ranks rows better than {arrays.verdict}, which is audited as the verifier: {what} is "
                f"{estimate_text(gain)} higher on the same rows (a finding from {BETTER}; Holm over {len(pairs)} "
                f"{'pair' if len(pairs) == 1 else 'pairs'}). Use it: --judge-column {best}."
            )
            result.findings.append(Finding("another-judge-is-better", weight_of(gain.value, 0.2, 0.6), text))
    rest = [judge for judge in known if judge != best and judge not in beaten]
    if not rest:
        said = f"use {best}, which is surely the best of {len(known)} judges by {what}"
    elif beaten:
        said = f"{best} has the highest {what}, surely above {', '.join(beaten)}, but not above {', '.join(rest)}"
    else:
        said = f"{best} has the highest {what}, but is not surely better than {', '.join(rest)}: take the cheapest"
    holm = f"; Holm over {len(pairs)} pairs" if len(pairs) > 1 else ""
    result.said.append(f"which judge to use: {said} (at {options.level:.0%}{holm}; {what}: {listed})")
    _for_whom(arrays, options, scores, pairs, name, result)


def _difference(
    arrays: RowArrays, options: Options, scores: Mapping[str, Values], pair: Pair, rows: Mask, level: float
) -> Estimate:
    a, b = (scores[name][rows] for name in pair)
    clusters = options.clusters(arrays)
    inside = None if clusters is None else clusters[rows]
    if arrays.has_gold:
        return auc_difference(a, b, arrays.gold[rows], inside, level)
    assert arrays.gold_score is not None
    return correlation_difference(spearman_influence, a, b, arrays.gold_score[rows], inside, level)


def _alone(arrays: RowArrays, options: Options, scores: Values) -> Estimate:
    clusters, level = options.clusters(arrays), options.level
    if arrays.has_gold:
        return auc.pooled(scores, arrays.gold, clusters, level)
    assert arrays.gold_score is not None
    return spearman(scores, arrays.gold_score, clusters, level)


def _turned(e: Estimate, *, turn: bool) -> Estimate:
    if not turn or e.low is None or e.high is None:
        return e
    return Estimate(-e.value, -e.high, -e.low, e.level, e.n, e.n_unscored, e.method)


def _for_whom(
    arrays: RowArrays,
    options: Options,
    scores: Mapping[str, Values],
    pairs: list[Pair],
    name: str,
    result: SectionResult,
) -> None:
    """The same differences for rows of one source model; said where judges are surely apart there."""
    if arrays.model is None or len(arrays.models) < 2:
        return
    differences: dict[tuple[Pair, str], Callable[[float], Estimate]] = {}
    for pair in pairs:
        for code, model in enumerate(arrays.models):
            difference = partial(_difference, arrays, options, scores, pair, arrays.model == code)
            e = difference(options.level)
            if e.low is not None:
                result.add(f"judges.{name}_difference", e, f"{pair[0]} − {pair[1]}, {arrays.model_column}={model}")
                differences[pair, model] = difference
    signs: dict[Pair, dict[int, list[str]]] = {}
    for (pair, model), e in surely_apart(differences, 1 - options.level).items():
        signs.setdefault(pair, {}).setdefault(1 if e.value > 0 else -1, []).append(model)
    for (a, b), sides in signs.items():
        if len(sides) == 2:
            result.said.append(
                f"{a} is better for rows of {', '.join(sides[1])}, and {b} for rows of {', '.join(sides[-1])} (sure at "
                f"{options.level:.0%}, Holm over {len(differences)} differences)"
            )
