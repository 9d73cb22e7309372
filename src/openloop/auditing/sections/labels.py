"""How many labels would settle p′, and what the verdict saves when labels are few."""

from __future__ import annotations

import math

import numpy as np

from openloop.auditing.label_request import request
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.auditing.selections import bounded, current_rule
from openloop.measures.clustered import effective, proportion
from openloop.measures.few_labels import neyman_factor, post_stratified, prediction_factor, prediction_powered
from openloop.measures.uneven_labels import TIMES
from openloop.measures.verifier_quality import quality
from openloop.records import Estimate


def measure(given: SectionInput) -> SectionResult:
    """``labels.needed`` and, with gold and a verdict, ``labels.saving``."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    if arrays.lacks_threshold:
        return result  # no label is missing, but what to make of them
    clusters = options.clusters(arrays)
    known = arrays.kept & ~np.isnan(arrays.gold)
    n = int(known.sum())
    now = bounded(given.design, options, current_rule(arrays), options.level)
    plan = request(given.design, options, now, np.zeros(len(arrays), dtype=bool)).plan
    supposing = f"if {plan.expected:.1%} of the kept are bad; settles p′ ≶ {options.max_bad:.0%} with probability .8"
    value = math.nan if plan.n is None else float(plan.n)
    result.add(
        "labels.needed",
        Estimate(
            value,
            None,
            None,
            options.level,
            n,
            int(arrays.kept.sum()) - n,
            f"labels in all, {supposing}" if plan.n else f"more than 20,000, {supposing}",
        ),
    )
    _uneven(given, result)
    _saving(arrays, options, result)
    _few(arrays, options, result)
    if n:
        size = effective(1 - arrays.gold[known], None if clusters is None else clusters[known], options.level)
        result.add(
            "labels.design_effect",
            Estimate(
                n / size.rows,
                None,
                None,
                options.level,
                n,
                0,
                "rows per effective row among kept rows with gold",
            ),
        )
    return result


def _uneven(given: SectionInput, result: SectionResult) -> None:
    """Labels that are no uniform draw, where the file shows it."""
    for one in given.design.uneven:
        found = one.found
        stratum = one.split.names[found.stratum] if found.stratum >= 0 else "not known"
        then = "Each group now counts by its size; groups with hardly any labels count as unknown."
        if not one.weighted:
            then = (
                "If the order of the rows means anything (time, step, difficulty), they say nothing of the others: "
                "label rows that the audit draws."
            )
        text = (
            f"Labelled rows are not a random sample: {found.inside:.0%} of the rows with {one.split.column} = "
            f"{stratum} have gold, and {found.outside:.0%} of the others (reported from {TIMES:g} times on). {then}"
        )
        places = given.arrays.places((one.split.codes == found.stratum) & ~np.isnan(given.arrays.gold))
        result.findings.append(Finding("labels-not-random", 0.6, text, places))


def _saving(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    """Variance of p with the verdict over without: what post-stratification and the Neyman design allow."""
    if not (arrays.has_gold and arrays.judged):
        return
    both = int((~np.isnan(arrays.gold) & ~np.isnan(arrays.accept)).sum())
    factor = prediction_factor(arrays.gold, arrays.accept)
    if math.isnan(factor):
        return
    result.add(
        "labels.saving",
        Estimate(
            factor,
            None,
            None,
            options.level,
            both,
            0,
            "variance of p with the verdict over without: 1 − corr², at best",
        ),
    )
    found = quality(arrays.gold, arrays.accept, None, options.level)
    phi, psi = found["phi"].value, found["psi"].value
    if not (math.isnan(phi) or math.isnan(psi)):
        result.add(
            "labels.saving",
            Estimate(
                neyman_factor(phi, psi),
                None,
                None,
                options.level,
                both,
                0,
                "the same under the Neyman design: (√(φψ) + √((1−φ)(1−ψ)))²",
            ),
            "design=neyman",
        )


def _few(arrays: RowArrays, options: Options, result: SectionResult) -> None:
    """With labels on some rows: the prediction-powered share of bad rows, and what the verdict saved on them."""
    if not arrays.has_gold or arrays.labelled == 1 or not arrays.representative:
        return
    clusters = options.clusters(arrays)
    if not np.isnan(arrays.score).all():
        result.add("labels.prediction_powered", prediction_powered(arrays.gold, arrays.score, clusters, options.level))
    if not arrays.judged:
        return
    plain = proportion(1 - arrays.gold, clusters, options.level)
    helped = post_stratified(arrays.gold, arrays.accept, clusters, options.level)["p"]
    if plain.low is None or plain.high is None or helped.low is None or helped.high is None:
        return
    saved = ((helped.high - helped.low) / (plain.high - plain.low)) ** 2
    result.add(
        "labels.saving",
        Estimate(
            saved,
            None,
            None,
            options.level,
            plain.n,
            plain.n_unscored,
            "(width of p with the verdict / without)²",
        ),
        "achieved",
    )
