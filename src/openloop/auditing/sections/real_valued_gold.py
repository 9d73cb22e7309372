"""Does the verdict order rows as gold does, where gold is itself a number (ratings, shares of tests passed)?"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Values
from openloop.auditing.finding_level import direction, finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures import clustered
from openloop.measures.clustered import LEAST
from openloop.measures.estimate_text import estimate_text
from openloop.measures.rank_correlation import (
    Influence,
    between_sources,
    kendall,
    kendall_influence,
    spearman,
    spearman_influence,
    within,
)

AGAINST = 0.05
"""How far below 0 the correlation must be, to say that the verdict is the wrong way round."""
WEAK = 0.1
"""A verdict that is surely correlated with gold by less than this orders next to nothing."""
TENTHS = 10
BETWEEN = 0.1
"""By how much the correlation must be lower among rows of one source model."""
MEASURES = (("spearman", spearman, spearman_influence), ("kendall", kendall, kendall_influence))


def measure(given: SectionInput) -> SectionResult:
    """``gold.spearman`` and ``gold.kendall`` of the verdict and of further judges, and gold by tenths of the score."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    gold = arrays.gold_score
    if gold is None or not arrays.verdict or np.isnan(arrays.score).all():
        return result
    if not arrays.representative:
        result.unmeasured.append("rank correlation with gold: labels are not drawn from kept and dropped rows alike")
        return result
    clusters, level = options.clusters(arrays), options.level
    for name, overall, influence in MEASURES:
        result.add(f"gold.{name}", overall(arrays.score, gold, clusters, level))
        for judge, scores in arrays.panel.items():
            result.add(f"gold.{name}", overall(scores, gold, clusters, level), f"verdict={judge}")
        _inside(name, influence, arrays, gold, options, result)
    _curve(arrays, gold, options, result)
    _finding(arrays, gold, options, result)
    _between_models(arrays, gold, options, result)
    return result


def _inside(
    name: str, influence: Influence, arrays: RowArrays, gold: Values, options: Options, result: SectionResult
) -> None:
    """The correlation among rows of one prompt, and among rows of one source model."""
    e = within(influence, arrays.score, gold, arrays.prompt, options.level)
    if e.n:
        result.add(f"gold.{name}", e, "within=prompt")
    elif name == "spearman":
        result.unmeasured.append(f"rank correlation with gold within prompts: {e.method.removeprefix('undefined: ')}")
    if arrays.model is not None and len(arrays.models) > 1:
        clusters = options.clusters(arrays)
        e = between_sources(influence, arrays.score, gold, arrays.model, clusters, options.level)
        if e.n:
            result.add(f"gold.{name}", e, f"within={arrays.model_column}")


def _curve(arrays: RowArrays, gold: Values, options: Options, result: SectionResult) -> None:
    """Mean gold of each tenth of the scores; rows of equal score stay together."""
    known = ~np.isnan(arrays.score) & ~np.isnan(gold)
    score, clusters = arrays.score[known], options.clusters(arrays)
    if len(score) < LEAST * TENTHS:
        return
    edges = np.unique(np.quantile(score, np.arange(1, TENTHS) / TENTHS, method="inverted_cdf"))
    part = np.searchsorted(edges, score, side="left")
    names, means = [], []
    for code in np.unique(part)[::-1]:
        here = part == code
        inside = None if clusters is None else clusters[known][here]
        e = clustered.mean(gold[known][here], inside, options.level)
        ends = sorted(float(arrays.as_given(end)) for end in (score[here].min(), score[here].max()))
        names.append(f"{ends[0]:.4g}" if ends[0] == ends[1] else f"{ends[0]:.4g} to {ends[1]:.4g}")
        means.append(e)
        result.add("gold.mean", e, f"score={names[-1]}")
    result.curves.append(Curve("mean gold by tenths of the score", tuple(names), tuple(means)))


def _finding(arrays: RowArrays, gold: Values, options: Options, result: SectionResult) -> None:
    clusters = options.clusters(arrays)
    shown = spearman(arrays.score, gold, clusters, options.level)
    surely = spearman(arrays.score, gold, clusters, finding_level(options))
    column = ", ".join(arrays.gold_columns)
    if direction(shown, surely, AGAINST) < 0 and not arrays.has_gold:  # with a threshold it is said of φ, ψ or the AUC
        text = (
            f"The higher the verdict, the lower {column}: Spearman's ρ is {estimate_text(shown)} (a finding below "
            f"{-AGAINST}). If a lower verdict is better, audit again with --lower-is-better; if lower gold is better, "
            f"compare it with <= (--gold '{column}<=X')."
        )
        result.findings.append(Finding("verdict-against-gold", 0.85, text))
    elif surely.high is not None and surely.low is not None and max(abs(surely.low), abs(surely.high)) < WEAK:
        text = (
            f"The verdict orders rows hardly as {column} does: Spearman's ρ is {estimate_text(shown)} (a finding where "
            f"it is surely within ±{WEAK}). Choosing by it changes gold next to nothing."
        )
        result.findings.append(
            Finding("verdict-unrelated-to-gold", weight_of(WEAK - abs(shown.value), WEAK, 0.6), text)
        )


def _between_models(arrays: RowArrays, gold: Values, options: Options, result: SectionResult) -> None:
    """A finding where the verdict tells models apart rather than the rows of one."""
    if arrays.model is None or len(arrays.models) < 2:
        return
    clusters = options.clusters(arrays)
    levels = (options.level, finding_level(options))
    overall = [spearman(arrays.score, gold, clusters, level) for level in levels]
    inside = [
        between_sources(spearman_influence, arrays.score, gold, arrays.model, clusters, level) for level in levels
    ]
    if any(e.low is None or e.high is None for e in (*overall, *inside)):
        return
    gap = (overall[0].low or 0.0) - (inside[0].high or 0.0)
    if gap <= BETWEEN or (overall[1].low or 0.0) <= (inside[1].high or 0.0):
        return
    text = (
        f"The verdict tells models apart better than their rows: Spearman's ρ with {', '.join(arrays.gold_columns)} is "
        f"{estimate_text(overall[0])} over all rows and {estimate_text(inside[0])} among those of one "
        f"{arrays.model_column} (a finding where the intervals are {BETWEEN} apart). Choosing among the rows of one "
        "model gains what the second says."
    )
    weight = weight_of(overall[0].value - inside[0].value, 0.5, 0.5)
    result.findings.append(Finding("verdict-ranks-models", weight, text))
