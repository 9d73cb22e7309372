"""How good the verifier is: p, φ, ψ, p★, p′, overall and where it is worst; AUC."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.auditing.bad_share import bad_share
from openloop.auditing.blockers import TIMES, failing_strata
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding
from openloop.auditing.reversal import reversal
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.strata import LEAST, MOST, Split, left_out, splits
from openloop.measures import auc, few_labels
from openloop.measures.clustered import proportion
from openloop.measures.combined_intervals import square_and_add
from openloop.measures.estimate_text import estimate_text, percent
from openloop.measures.exact_tests import independence
from openloop.measures.operating_curve import operating_curve
from openloop.measures.verifier_quality import by_stratum, quality, worst_case

MISSING = 0.02
"""How far apart the shares of bad and of good rows without a verdict must be."""


def measure(given: SectionInput) -> SectionResult:
    """Quality of the verdict against gold."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    if not arrays.has_gold:
        give = "name one" if arrays.lacks_threshold else "give --gold or --labels"
        result.unmeasured.append(f"the verifier's quality (p, φ, ψ, p★, p′): {arrays.why_no_gold}: {give}")
        return result
    _overall(arrays, options, result)
    _reversed(arrays, options, result)
    _unscored(arrays, options, result)
    for split in _strata(arrays, options, result):
        result.unmeasured.append(f"strata of {split.column}: fewer than two strata have {LEAST} rows with gold")
    for column in left_out(arrays):
        result.unmeasured.append(f"strata of {column}: {MOST} other columns come before it")
    _failing(given, result)
    _ranking(arrays, options, result)
    return result


def _overall(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    clusters, level = options.clusters(arrays), options.level
    if not arrays.judged:
        everything = proportion(1 - arrays.gold, clusters, level)
        result.add("verifier.p", everything)
        result.add("verifier.bad_after", replace(everything, method=f"{everything.method}; every row is kept"))
        why = "no verdict column"
        if arrays.verdict:
            empty = np.isnan(arrays.score).all()
            why = (
                f"{arrays.verdict} has no value in any row"
                if empty
                else "the verdict is a score without a threshold: give --accept-at"
            )
        result.unmeasured.append(f"φ, ψ and p★: {why}")
        return
    found = (quality if arrays.labelled == 1 else few_labels.post_stratified)(
        arrays.gold, arrays.accept, clusters, level
    )
    for name, estimate in found.items():
        result.add(f"verifier.{name}", estimate)
        if math.isnan(estimate.value):
            result.unmeasured.append(f"verifier.{name}: {estimate.method}")
    values = arrays.accept[~np.isnan(arrays.accept)]
    if values.min() == values.max():
        # A file that was filtered holds accepted rows only: its verifier may be as good as any.
        said, others, weight = ("accepts", "rejected", 0.2) if values[0] == 1 else ("rejects", "accepted", 0.7)
        text = (
            f"The verdict {said} every scored row, so it separates nothing here. If the rows that it {others} were "
            "left out of the file, audit them as well."
        )
        result.findings.append(Finding("verdict-adds-nothing", weight, text))


def _reversed(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    how = reversal(arrays, options)
    if how:
        text = (
            f"The verifier prefers bad rows: {how}. If a lower value is better (a loss, a perplexity, a count of "
            "errors), audit again with --lower-is-better; else its verdicts or the gold are the wrong way round."
        )
        result.findings.append(Finding("verifier-reversed", 0.85, text))


def _unscored(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    missing = np.isnan(arrays.accept) if arrays.judged else np.isnan(arrays.score)
    if not missing.any() or not (arrays.judged or arrays.verdict):
        return
    clusters = options.clusters(arrays)
    if arrays.judged:
        for name, estimate in worst_case(arrays.gold, arrays.accept, clusters, options.level).items():
            result.add(f"verifier.{name}.worst_case", estimate)
    chance = independence(missing.astype(float), arrays.gold, clusters, arrays.rng(6))
    if chance is None or chance > 1 - finding_level(options):
        return
    bad, good = (proportion(np.where(arrays.gold == side, missing, np.nan), clusters, options.level) for side in (0, 1))
    low, high = square_and_add(lambda of_bad, of_good: of_bad - of_good, [bad, good])
    if low is None or high is None or not (low > MISSING or high < -MISSING):
        return
    text = (
        f"Verdicts are not missing at random: {estimate_text(bad, percent(0))} of the bad rows and "
        f"{estimate_text(good, percent(0))} of the good ones are unscored ({_p(chance)}; a finding from "
        f"{100 * MISSING:.0f} points apart), so φ and ψ describe the scored rows only. Score these rows again, or drop "
        "them and look at the worst-case bounds."
    )
    weight = weight_of(bad.value - good.value, 0.3, 0.6)
    result.findings.append(Finding("unscored-not-random", weight, text, arrays.places(missing)))


def _strata(arrays: RowArrays, options: Options, result: SectionResult) -> list[Split]:
    """Estimates per stratum, bounds simultaneous over all strata of all splits; returns splits that say nothing."""
    known = ~np.isnan(arrays.gold)
    usable: list[Split] = []
    empty: list[Split] = []
    for split in splits(arrays):
        sizes = np.bincount(split.codes[(split.codes >= 0) & known], minlength=len(split.names))
        large = np.isin(split.codes, np.flatnonzero(sizes >= LEAST)) & (split.codes >= 0)
        (usable if len(np.unique(split.codes[large])) > 1 else empty).append(
            replace(split, codes=np.where(large, split.codes, -1))
        )
    total = sum(np.unique(split.codes[split.codes >= 0]).size for split in usable)
    for split in usable:
        _one_split(arrays, options, split, total, result)
    return empty


def _one_split(arrays: RowArrays, options: Options, split: Split, total: int, result: SectionResult) -> None:
    here = split.codes >= 0
    clusters = options.clusters(arrays)
    accept = arrays.accept if arrays.judged else np.ones(len(arrays))
    mine = len(np.unique(split.codes[here]))
    level = 1 - (1 - options.level) * mine / total  # by_stratum divides by its own strata: together, by all of them
    measure_one = quality if arrays.representative else few_labels.post_stratified
    found = by_stratum(
        arrays.gold[here],
        accept[here],
        None if clusters is None else clusters[here],
        split.codes[here],
        level,
        measure_one,
    )
    names = ("p", "phi", "psi", "breakdown", "bad_after") if arrays.judged else ("p", "bad_after")
    for code, estimates in found.items():
        for name in names:
            method = estimates[name].method.replace(f"over {mine} strata", f"over {total} strata")
            result.add(
                f"verifier.{name}",
                replace(estimates[name], level=options.level, method=method),
                f"{split.column}={split.names[code]}",
            )


def _failing(given: SectionInput, result: SectionResult) -> None:
    """The strata that forbid training on all kept rows, where they are worse than those rows are together."""
    arrays, options = given.arrays, given.options
    overall = bad_share(given.design, arrays.kept, options, options.level).value
    for one in failing_strata(given.design, arrays.kept, options):
        if one.bad.low is None or one.bad.low <= overall:
            continue
        text = (
            f"Where {one.split.column} = {one.name}, {estimate_text(one.bad, percent(1))} of the kept rows are bad: "
            f"surely above the target of {options.max_bad:.0%}, and {TIMES:g} times it or more (all kept rows: "
            f"{overall:.1%}). The stratum has {one.share:.0%} of them. Drop it or repair it."
        )
        places = arrays.places(arrays.kept & (one.split.codes == one.code) & (arrays.gold == 0))
        result.findings.append(Finding("stratum-below-target", 0.75, text, places, blocking=True))


def _ranking(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    if arrays.two_class or np.isnan(arrays.score).all():
        return
    if not arrays.representative:
        result.unmeasured.append("AUC and the operating curve: labels are not drawn from kept and dropped rows alike")
        return
    clusters, level = options.clusters(arrays), options.level
    result.add("verifier.auc", auc.pooled(arrays.score, arrays.gold, clusters, level))
    result.add("verifier.auc_within", auc.within(arrays.score, arrays.gold, arrays.prompt, level))
    scored = arrays.score[~np.isnan(arrays.score)]
    if scored.min() == scored.max():
        result.findings.append(
            Finding(
                "verdict-adds-nothing",
                0.7,
                f"Every scored row has the score {arrays.as_given(scored[0]):g}, so it separates nothing here.",
            )
        )
        return
    curve = operating_curve(arrays.score, arrays.gold, clusters, level)
    for cut in curve:
        result.add("verifier.bad_after", cut.bad_after, arrays.cut_name(cut.at))
    if curve:
        result.curves.append(
            Curve(
                "bad rows among those kept, by the cut of the score",
                tuple(f"{arrays.cut_sign} {arrays.as_given(cut.at):.4g}  keeps {cut.share:.0%}" for cut in curve),
                tuple(cut.bad_after for cut in curve),
            )
        )


def _p(value: float) -> str:
    return "p < .0001" if value < 1e-4 else f"p = {value:.2g}"
