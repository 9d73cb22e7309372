"""Do the people who labelled the rows agree, who of them differs, and what error of gold does that suggest?"""

from __future__ import annotations

import math

import numpy as np

from openloop.arrays import Mask, Values
from openloop.auditing.finding_level import finding_level, weight_of
from openloop.auditing.options import Options
from openloop.auditing.result import Finding
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.agreement import krippendorff
from openloop.measures.annotators import (
    OnePerson,
    against_others,
    disagreement,
    error_if_independent,
    least_error,
    majority_error,
)
from openloop.measures.clustered import proportion
from openloop.measures.estimate_text import estimate_text, percent, points

TORN = 0.05
"""Share of the kept rows with labels on which people are torn."""
DIFFERS = 0.05
"""How much further from the others one person must be than those are from each other."""
ORDINAL = 11
"""Whole numbers of no more values than this are grades, whose distances mean nothing."""
OFTEN = 0.1
"""How often two labels must differ: where nearly all rows are good α is low for people who nearly always agree."""
RELIABLE = 0.667
"""α below which Krippendorff (2004, ch. 11) draws no conclusions from labels, not even tentative ones."""


def measure(given: SectionInput) -> SectionResult:
    """``annotators.alpha``, ``.disagreement``, and ``.excess`` of each person over the others."""
    arrays, options, result = given.arrays, given.options, SectionResult()
    labels = arrays.annotations
    if labels is None:
        return result
    twice = (~np.isnan(labels)).sum(1) > 1
    if not twice.any():
        result.unmeasured.append("agreement of annotators: no row has the labels of two of them")
        return result
    clusters, metric = options.clusters(arrays), metric_of(arrays)
    alpha = krippendorff(labels, metric, clusters, arrays.rng(9), options.level)
    result.add("annotators.alpha", alpha)
    apart = disagreement(labels, clusters, options.level, nominal=bool(arrays.label_names))
    result.add("annotators.disagreement", apart)
    what = "differ" if apart_or_not(arrays) else "are apart, as a share of the scale,"
    result.said.append(
        f"annotators agree with Krippendorff's α = {estimate_text(alpha)} ({metric}); two labels of a row {what} "
        f"{estimate_text(apart, percent(1))} {'of the time' if apart_or_not(arrays) else 'on average'}"
    )
    surely = krippendorff(labels, metric, clusters, arrays.rng(9), finding_level(options))
    if surely.high is not None and surely.high < RELIABLE and apart.low is not None and apart.low > OFTEN:
        text = (
            f"The people who labelled these rows agree little: Krippendorff's α = {estimate_text(alpha)} (1 is "
            f"agreement, 0 chance; below {RELIABLE} labels support no conclusion). What gold says is partly chance: "
            "write down what is good, and label again where they differ."
        )
        result.findings.append(Finding("annotators-disagree", weight_of(RELIABLE - alpha.value, RELIABLE, 0.7), text))
    _each(arrays, labels, options, result)
    _torn(arrays, twice, options, result)
    if len(np.unique(labels[~np.isnan(labels)])) == 2:
        _implied_error(labels, apart.value, result)
    return result


def metric_of(arrays: RowArrays) -> str:
    """What a distance of two labels means: nominal for classes, ordinal for a few grades, else interval."""
    assert arrays.annotations is not None
    values = np.unique(arrays.annotations[~np.isnan(arrays.annotations)])
    if arrays.label_names or len(values) <= 2:
        return "nominal"
    return "ordinal" if len(values) <= ORDINAL and (values == np.round(values)).all() else "interval"


def apart_or_not(arrays: RowArrays) -> bool:
    """Whether two labels are equal or not, with nothing in between."""
    return metric_of(arrays) == "nominal"


def _each(arrays: RowArrays, labels: Values, options: Options, result: SectionResult) -> None:
    """Each person against the others, simultaneously over people; a finding for one who surely differs."""
    people = len(arrays.annotators)
    if (~np.isnan(labels)).sum(1).max() < 3:
        result.unmeasured.append("which annotator differs: no row has the labels of three, and of two either may err")
        return
    clusters, error = options.clusters(arrays), 1 - options.level
    for i, name in enumerate(arrays.annotators):
        one = against_others(labels, i, clusters, 1 - error / people, nominal=bool(arrays.label_names))
        if not one.excess.n:
            continue
        result.add("annotators.apart", one.apart, f"annotator={name}")
        result.add("annotators.excess", one.excess, f"annotator={name}")
        level = 1 - (1 - finding_level(options)) / people
        surely = against_others(labels, i, clusters, level, nominal=bool(arrays.label_names)).excess
        if surely.low is not None and surely.low > 0 and one.excess.low is not None and one.excess.low > DIFFERS:
            result.findings.append(_differs(arrays, name, one))


def _differs(arrays: RowArrays, name: str, one: OnePerson) -> Finding:
    leaning = "" if arrays.label_names else f" {_leaning(one.leaning, scale=arrays.gold_score is not None)}"
    text = (
        f"{name} labels unlike the others: apart from another one in {estimate_text(one.apart, percent(0))} of the "
        f"rows, where two of the others are in {one.others_apart:.0%}; {estimate_text(one.excess, points())} points "
        f"more (a finding from {100 * DIFFERS:.0f}).{leaning} Look at the rows where they stand alone; leave them out "
        "if they misread the task."
    )
    return Finding("annotator-differs", weight_of(one.excess.value, 0.3, 0.6), text, _alone(arrays, name))


def _torn(arrays: RowArrays, twice: Mask, options: Options, result: SectionResult) -> None:
    """Rows with as many labels good as bad are the doubtful ones: leaving them out flatters what is left."""
    if arrays.lacks_threshold or arrays.labels_read:
        return
    everywhere = twice & np.isnan(arrays.gold)
    torn = everywhere & arrays.kept
    known = arrays.kept & ~np.isnan(arrays.gold)
    share = torn.sum() / max(1, (torn | known).sum())
    if share < TORN:
        return
    least, most = (proportion(np.where(torn, side, 1 - arrays.gold)[torn | known]).value for side in (0.0, 1.0))
    text = (
        f"On {int(torn.sum()):,} of the kept rows ({share:.0%}; a finding from {TORN:.0%}) as many people say good as "
        f"bad, so their gold is unknown, and they are not like the others: of all rows with labels {least:.1%} to "
        f"{most:.1%} are bad, by what these are (target {options.max_bad:.1%}). Have one more person label them, or "
        "leave them out."
    )
    decides = most > options.max_bad  # what is known of the other rows is then not enough to train on these
    if decides:
        result.unfit = everywhere
    weight = weight_of(float(share), 0.3, 0.6)
    result.findings.append(Finding("torn-labels", weight, text, arrays.places(torn), blocking=decides))


def _leaning(leaning: float, *, scale: bool) -> str:
    """Which way the person errs: by how much their labels are higher, or how many more rows they call good."""
    if scale:
        return f"Their labels are {abs(leaning):.2g} {'higher' if leaning > 0 else 'lower'} on average."
    return f"They call {abs(100 * leaning):.0f} points {'more' if leaning > 0 else 'fewer'} of the rows good."


def _alone(arrays: RowArrays, name: str) -> tuple[int, ...]:
    """Rows on which the person's label is unlike all others."""
    assert arrays.annotations is not None
    i = arrays.annotators.index(name)
    mine, rest = arrays.annotations[:, [i]], np.delete(arrays.annotations, i, axis=1)
    held = ~np.isnan(rest)
    alone = ~np.isnan(mine[:, 0]) & (held.sum(1) > 1) & ~(held & (rest == mine)).any(1)
    return arrays.places(alone)


def _implied_error(labels: Values, apart: float, result: SectionResult) -> None:
    """What the disagreement says of ``--label-error``: said, and not applied."""
    if math.isnan(apart) or not apart:
        return
    people = round(float((~np.isnan(labels)).sum(1)[(~np.isnan(labels)).sum(1) > 1].mean()))
    one = error_if_independent(apart)
    gold = majority_error(one, people)
    result.said.append(
        f"where two labels differ one is wrong, so at least {least_error(apart):.1%} of these labels are; if people "
        f"err equally often and independently, {one:.1%} are, and {gold:.1%} of what most of {people} say: "
        f"--label-error {gold:.3f} would allow for that (not applied; errors that people share do not show)"
    )
