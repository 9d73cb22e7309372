"""How many labels would settle p′, and what the verdict saves when labels are few."""

from __future__ import annotations

import math

import numpy as np

from openloop.auditing.decision import planned
from openloop.auditing.facts import Facts
from openloop.auditing.options import Options
from openloop.auditing.result import Part
from openloop.measures.clustered import effective
from openloop.measures.labels import neyman_factor, prediction_factor
from openloop.measures.quality import quality
from openloop.records import Estimate


def measure(facts: Facts, options: Options) -> Part:
    """``labels.needed`` and, with gold and a verdict, ``labels.saving``."""
    part = Part()
    clusters = options.clusters(facts)
    known = facts.kept & ~np.isnan(facts.gold)
    n = int(known.sum())
    plan = planned(facts, options)
    supposing = (
        f"if {plan.expected:.1%} of the kept are bad; settles p′ ≶ {options.max_bad:.0%} with probability .8"
    )
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
