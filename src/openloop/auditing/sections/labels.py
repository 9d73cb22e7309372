"""How many labels would settle p′, and what the verdict saves when labels are few."""

from __future__ import annotations

import math

import numpy as np

from openloop.auditing.decision import planned
from openloop.auditing.facts import Facts
from openloop.auditing.options import Options
from openloop.auditing.result import Part
from openloop.measures.clustered import effective, proportion
from openloop.measures.few_labels import neyman_factor, post_stratified, prediction_factor, prediction_powered
from openloop.measures.verifier_quality import quality
from openloop.records import Estimate


def measure(facts: Facts, options: Options) -> Part:
    """``labels.needed`` and, with gold and a verdict, ``labels.saving``."""
    part = Part()
    clusters = options.clusters(facts)
    known = facts.kept & ~np.isnan(facts.gold)
    n = int(known.sum())
    plan = planned(facts, options)
    supposing = f"if {plan.expected:.1%} of the kept are bad; settles p′ ≶ {options.max_bad:.0%} with probability .8"
    value = math.nan if plan.n is None else float(plan.n)
    part.add(
        "labels.needed",
        Estimate(
            value,
            None,
            None,
            options.level,
            n,
            int(facts.kept.sum()) - n,
            f"labels in all, {supposing}" if plan.n else f"more than 20,000, {supposing}",
        ),
    )
    _saving(facts, options, part)
    _few(facts, options, part)
    if n:
        size = effective(1 - facts.gold[known], None if clusters is None else clusters[known], options.level)
        part.add(
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
    return part


def _saving(facts: Facts, options: Options, part: Part) -> None:
    """Variance of p with the verdict over without: what post-stratification and the Neyman design allow."""
    if not (facts.has_gold and facts.judged):
        return
    both = int((~np.isnan(facts.gold) & ~np.isnan(facts.accept)).sum())
    factor = prediction_factor(facts.gold, facts.accept)
    if math.isnan(factor):
        return
    part.add(
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
    found = quality(facts.gold, facts.accept, None, options.level)
    phi, psi = found["phi"].value, found["psi"].value
    if not (math.isnan(phi) or math.isnan(psi)):
        part.add(
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


def _few(facts: Facts, options: Options, part: Part) -> None:
    """With labels on some rows: the prediction-powered share of bad rows, and what the verdict saved on them."""
    if not facts.has_gold or facts.labelled == 1 or not facts.representative:
        return
    if not np.isnan(facts.score).all():
        part.add("labels.prediction_powered", prediction_powered(facts.gold, facts.score, options.level))
    if not facts.judged:
        return
    clusters = options.clusters(facts)
    plain = proportion(1 - facts.gold, clusters, options.level)
    helped = post_stratified(facts.gold, facts.accept, clusters, options.level)["p"]
    if plain.low is None or plain.high is None or helped.low is None or helped.high is None:
        return
    saved = ((helped.high - helped.low) / (plain.high - plain.low)) ** 2
    part.add(
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
