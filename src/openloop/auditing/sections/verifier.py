"""How good the verifier is: p, φ, ψ, p★, p′, overall and where it is worst; AUC."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.auditing.facts import Facts, Values
from openloop.auditing.options import Options
from openloop.auditing.result import Curve, Finding, Part
from openloop.auditing.strata import LEAST, Split, splits
from openloop.measures import auc, few_labels
from openloop.measures.association import linked
from openloop.measures.clustered import proportion
from openloop.measures.operating_curve import operating_curve
from openloop.measures.verifier_quality import by_stratum, quality, shrunken, worst_case
from openloop.records import Estimate

SHARE = 0.05
"""A stratum with less of the kept rows than this does not forbid training."""


def measure(facts: Facts, options: Options) -> Part:
    """Quality of the verdict against gold."""
    part = Part()
    if not facts.has_gold:
        part.unmeasured.append("the verifier's quality (p, φ, ψ, p★, p′): no row has gold; see --gold and --labels")
        return part
    _overall(facts, options, part)
    _unscored(facts, options, part)
    for split in _strata(facts, options, part):
        part.unmeasured.append(f"strata of {split.column}: fewer than two of {LEAST} rows with gold")
    _ranking(facts, options, part)
    return part


def _overall(facts: Facts, options: Options, part: Part) -> None:
    clusters, level = options.clusters(facts), options.level
    if not facts.judged:
        everything = proportion(1 - facts.gold, clusters, level)
        part.add("verifier.p", everything)
        part.add("verifier.bad_after", replace(everything, method=f"{everything.method}; every row is kept"))
        why = "no verdict column"
        if facts.verdict:
            empty = np.isnan(facts.score).all()
            why = f"{facts.verdict} has no value in any row" if empty else "the verdict has no cut: give --accept-at"
        part.unmeasured.append(f"φ, ψ and p★: {why}")
        return
    found = (quality if facts.labelled == 1 else few_labels.post_stratified)(facts.gold, facts.accept, clusters, level)
    for name, estimate in found.items():
        part.add(f"verifier.{name}", estimate)
        if math.isnan(estimate.value):
            part.unmeasured.append(f"verifier.{name}: {estimate.method}")
    values = facts.accept[~np.isnan(facts.accept)]
    if values.min() == values.max():
        said = "accepts" if values[0] == 1 else "rejects"
        part.findings.append(
            Finding("verdict-adds-nothing", 0.7, f"The verdict {said} every scored row: it sorts nothing.")
        )


def _unscored(facts: Facts, options: Options, part: Part) -> None:
    missing = np.isnan(facts.accept) if facts.judged else np.isnan(facts.score)
    if not missing.any() or not (facts.judged or facts.verdict):
        return
    clusters = options.clusters(facts)
    if facts.judged:
        for name, estimate in worst_case(facts.gold, facts.accept, clusters, options.level).items():
            part.add(f"verifier.{name}.worst_case", estimate)
    test = linked(missing.astype(float), facts.gold, facts.prompt)
    if test is not None and test.p_value < 0.01:
        bad, good = (float(missing[facts.gold == side].mean()) for side in (0, 1))
        text = (
            f"Rows without a verdict are not a random part: {bad:.0%} of the bad rows and {good:.0%} of the good ones "
            f"are unscored (p = {_p(test.p_value)}), so φ and ψ speak for the scored rows only."
        )
        part.findings.append(Finding("unscored-not-random", 0.45, text, _places(facts, missing)))


def _strata(facts: Facts, options: Options, part: Part) -> list[Split]:
    """Estimates per stratum, bounds simultaneous over all strata of all splits; returns splits that say nothing."""
    known = ~np.isnan(facts.gold)
    usable: list[Split] = []
    empty: list[Split] = []
    for split in splits(facts):
        sizes = np.bincount(split.codes[(split.codes >= 0) & known], minlength=len(split.names))
        large = np.isin(split.codes, np.flatnonzero(sizes >= LEAST)) & (split.codes >= 0)
        (usable if len(np.unique(split.codes[large])) > 1 else empty).append(
            replace(split, codes=np.where(large, split.codes, -1))
        )
    total = sum(np.unique(split.codes[split.codes >= 0]).size for split in usable)
    for split in usable:
        _one_split(facts, options, split, total, part)
    return empty


def _one_split(facts: Facts, options: Options, split: Split, total: int, part: Part) -> None:
    here = split.codes >= 0
    clusters = options.clusters(facts)
    accept = facts.accept if facts.judged else np.ones(len(facts))
    mine = len(np.unique(split.codes[here]))
    level = 1 - (1 - options.level) * mine / total  # by_stratum divides by its own strata: together, by all of them
    measure_one = quality if facts.representative else few_labels.post_stratified
    found = by_stratum(
        facts.gold[here],
        accept[here],
        None if clusters is None else clusters[here],
        split.codes[here],
        level,
        measure_one,
    )
    names = ("p", "phi", "psi", "breakdown", "bad_after") if facts.judged else ("p", "bad_after")
    for code, estimates in found.items():
        for name in names:
            method = estimates[name].method.replace(f"over {mine} strata", f"over {total} strata")
            part.add(
                f"verifier.{name}",
                replace(estimates[name], level=options.level, method=method),
                f"{split.column}={split.names[code]}",
            )
    worst = {code: e["bad_after"] for code, e in found.items() if e["bad_after"].low is not None}
    if not worst:
        return
    drawn = shrunken(worst)
    for code, estimate in sorted(worst.items(), key=lambda item: -drawn[item[0]]):
        kept = facts.kept & (split.codes == code)
        share = float(kept.sum() / max(1, facts.kept.sum()))
        overall = proportion(1 - facts.gold[facts.kept]).value
        if (estimate.low or 0) <= max(options.max_bad, overall):
            continue
        text = (
            f"Where {split.column} = {split.names[code]}, {_percent(estimate)} of the kept rows are bad "
            f"(target {options.max_bad:.0%}; all strata together {overall:.1%}); {share:.0%} of the kept are there."
        )
        blocks = split.selects and share >= SHARE
        part.findings.append(
            Finding(
                "stratum-below-target",
                0.75 if blocks else 0.4,
                text,
                _places(facts, kept & (facts.gold == 0)),
                blocking=blocks,
            )
        )
        return  # the worst one of the split; the others are among the estimates


def _ranking(facts: Facts, options: Options, part: Part) -> None:
    if facts.two_class or np.isnan(facts.score).all():
        return
    if not facts.representative:
        part.unmeasured.append("AUC and the operating curve: labels are not drawn from kept and dropped rows alike")
        return
    clusters, level = options.clusters(facts), options.level
    part.add("verifier.auc", auc.pooled(facts.score, facts.gold, clusters, level))
    part.add("verifier.auc_within", auc.within(facts.score, facts.gold, facts.prompt, level))
    scored = facts.score[~np.isnan(facts.score)]
    if scored.min() == scored.max():
        part.findings.append(
            Finding(
                "verdict-adds-nothing",
                0.7,
                f"Every scored row has the score {scored[0]:g}: it sorts nothing.",
            )
        )
        return
    curve = operating_curve(facts.score, facts.gold, clusters, level)
    for cut in curve:
        part.add("verifier.bad_after", cut.bad_after, f"score>={cut.at:g}")
    if curve:
        part.curves.append(
            Curve(
                "bad rows among those kept, by the cut of the score",
                tuple(f"≥ {cut.at:.4g}  keeps {cut.share:.0%}" for cut in curve),
                tuple(cut.bad_after for cut in curve),
            )
        )


def _percent(estimate: Estimate) -> str:
    low, high = estimate.low, estimate.high
    bounds = "" if low is None or high is None else f" [{low:.1%}, {high:.1%}]"
    return f"{estimate.value:.1%}{bounds}"


def _p(value: float) -> str:
    return "< .0001" if value < 1e-4 else f"{value:.2g}"


def _places(facts: Facts, rows: Values | np.ndarray) -> tuple[int, ...]:
    return tuple(int(place) for place in np.sort(facts.place[np.asarray(rows, dtype=bool)])[:20])
