"""Pairs: how strong are the models behind the responses, to the judge, to gold, and at equal length?"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.pair_arrays import PairArrays
from openloop.auditing.result import Finding
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.sections.pair_judge import pair_clusters
from openloop.auditing.sections.pair_length import length_ratio
from openloop.measures.bradley_terry import Strengths, strengths
from openloop.measures.estimate_text import estimate_text, signed
from openloop.measures.paired_logistic import spread

FEWEST = 10
"""A group of models with fewer pairs is not estimated."""
MOST = 100
"""Models; the others are left out, the rarest first."""
WORTH = 0.2
"""Log odds of a model's advantage (about five points of its wins) that go with length, from which that is a finding."""


def measure(given: SectionInput) -> SectionResult:
    """``pairs.strength`` and ``pairs.gold_strength`` by model."""
    pairs, options, result = given.pairs, given.options, SectionResult()
    if pairs is None:
        return result
    if len(pairs.names) < 2:
        result.unmeasured.append("strengths of the source models: no column names two models a pair (model_a, model_b)")
        return result
    first, second = _most_frequent(pairs, result)
    judged = strengths(pairs.win, first, second)
    _note(pairs, judged, "pairs.strength", options, result)
    gold = strengths(pairs.gold, first, second) if not np.isnan(pairs.gold).all() else []
    _note(pairs, gold, "pairs.gold_strength", options, result)
    if judged and judged[0].pairs >= FEWEST:
        controlled = strengths(pairs.win, first, second, covariate=length_ratio(pairs))
        same = [one for one in controlled if len(one.models) == len(judged[0].models)]
        if same and (same[0].models == judged[0].models).all():
            _by_length(pairs, judged[0], same[0], gold, options, result)
    return result


def _most_frequent(pairs: PairArrays, result: SectionResult) -> tuple[Codes, Codes]:
    models = pairs.models
    count = np.bincount(models[models >= 0], minlength=len(pairs.names))
    if len(count) <= MOST:
        return models[:, 0], models[:, 1]
    keep = np.sort(np.argsort(-count, kind="stable")[:MOST])
    result.unmeasured.append(f"strengths of {len(count) - MOST:,} models: {MOST} others have more pairs")
    kept = np.where(np.isin(models, keep), models, -1)
    return kept[:, 0], kept[:, 1]


def _note(pairs: PairArrays, groups: list[Strengths], name: str, options: Options, result: SectionResult) -> None:
    large = [group for group in groups if group.pairs >= FEWEST]
    clusters = pair_clusters(pairs, options)
    for number, group in enumerate(large, 1):
        which = f" of group {number}" if len(large) > 1 else ""
        for model, estimate in zip(group.models, group.estimates(clusters, options.level), strict=True):
            result.add(name, estimate, f"model={pairs.names[model]}{which}")
    if len(groups) > 1:
        result.unmeasured.append(
            f"{name} over all models: they fall into {len(groups)} groups that were never compared with each other; "
            "strengths are against the mean of a group"
        )
    for group in large:
        if group.penalised:
            result.unmeasured.append(
                f"intervals of {name}: some model (of {', '.join(pairs.names[m] for m in group.models[:4])}"
                f"{', ...' if len(group.models) > 4 else ''}) never loses or never wins, so its strength has no bound; "
                "half a win each way was added for every two models that met"
            )


def _by_length(
    pairs: PairArrays,
    plain: Strengths,
    controlled: Strengths,
    gold: list[Strengths],
    options: Options,
    result: SectionResult,
) -> None:
    """The model whose advantage goes most with the length of what it writes, where gold does not grant it that."""
    clusters = pair_clusters(pairs, options)
    for model, estimate in zip(controlled.models, controlled.estimates(clusters, options.level), strict=True):
        result.add("pairs.strength", estimate, f"equal length, model={pairs.names[model]}")
    if plain.penalised or controlled.penalised:
        return
    sure = 1 - (1 - finding_level(options)) / len(plain.models)
    granted = {int(m): e for group in gold for m, e in zip(group.models, group.estimates(clusters, sure), strict=True)}
    best: tuple[float, str] | None = None
    for i, model in enumerate(plain.models):
        gain = float(plain.value[i] - controlled.value[i])
        moved = plain.influence[:, i] - controlled.influence[:, i]
        used = np.abs(moved) > 0
        codes = None if clusters is None else clusters[used]
        by_length = spread(gain, moved[used] * used.mean(), codes, sure)
        wins = spread(float(plain.value[i]), plain.influence[:, i][used] * used.mean(), codes, sure)
        if by_length.low is None or by_length.low <= WORTH or wins.low is None or wins.low <= 0:
            continue
        if controlled.value[i] > plain.value[i] / 2:
            continue
        truly = granted.get(int(model))
        if truly is not None and (truly.high is None or truly.high >= plain.value[i]):
            continue
        then = "gold grants it less" if truly is not None else "whether its longer answers are better is not known"
        shown = spread(float(plain.value[i]), plain.influence[:, i][used] * used.mean(), codes, options.level)
        text = (
            f"{pairs.names[model]} wins by length: its strength is {estimate_text(shown, signed(2))} (log odds against "
            f"the mean model), and {controlled.value[i]:+.2f} against responses of equal length; {then}."
        )
        if best is None or gain > best[0]:
            best = (gain, text)
    if best is not None:
        weight = weight_of(best[0], 1.0, 0.6 if granted else 0.35)
        result.findings.append(Finding("source-wins-by-length", weight, best[1]))
