"""The selections that the audit can name, each with what it keeps and a bound on its share of bad rows.

All are looked at together, so their bounds hold for all at once (Bonferroni; strata and the other selections have
half of the error each) and the best may be taken after looking.
Selections that keep less than a twentieth of the rows kept now are not considered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from openloop.auditing.facts import Facts
from openloop.auditing.options import Options
from openloop.auditing.strata import Split, splits
from openloop.measures.few_labels import post_stratified
from openloop.measures.operating_curve import thresholds
from openloop.measures.verifier_quality import bad_after
from openloop.records import Estimate

LEAST = 0.05

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Named:
    """A selection by name."""

    name: str
    keep: Rows
    bad_after: Estimate
    """p′ with bounds that hold for all named selections at once."""
    alone: Estimate
    """p′ with bounds that hold for this one alone."""
    recipe: str

    @property
    def kept(self) -> int:
        """Rows kept."""
        return int(self.keep.sum())


@dataclass(frozen=True, slots=True)
class Rule:
    """How to select, before anything is said of gold. ``strata``: keep those that hold by themselves."""

    name: str
    keep: Rows
    recipe: str
    strata: Split | None = None


def as_is(facts: Facts, options: Options) -> Named:
    """What the verdict keeps now."""
    estimate = bad_after(facts.gold, facts.kept.astype(float), options.clusters(facts), options.level)
    name = "what the verdict accepts" if facts.judged else "every row"
    return Named(
        name,
        facts.kept,
        estimate,
        estimate,
        _threshold(facts.accept_at) if facts.judged else "select: everything",
    )


def named(facts: Facts, options: Options, unfit: Rows, extra: Sequence[Rule] = ()) -> list[Named]:
    """Every other selection; ``unfit`` rows (such as contaminated ones) are in none of them."""
    least = LEAST * facts.kept.sum()
    rules = [rule for rule in (*_rules(facts, unfit), *extra) if rule.keep.sum() >= max(1, least)]
    # Strata are many: so that they cost the other selections little, each family has half of the error.
    plain = sum(rule.strata is None for rule in rules)
    strata = sum(len(rule.strata.names) for rule in rules if rule.strata is not None)
    families = (plain > 0) + (strata > 0)
    found = []
    for rule in rules:
        looks = families * (plain if rule.strata is None else strata)
        level = 1 - (1 - options.level) / looks
        chosen = rule if rule.strata is None else _holding(rule, rule.strata, facts, options, level)
        if chosen is None or chosen.keep.sum() < max(1, least):
            continue
        together, alone = (share_bad(facts, chosen.keep, options, at) for at in (level, options.level))
        method = f"{together.method}; simultaneous over {looks} looks"
        found.append(
            Named(
                chosen.name,
                chosen.keep,
                replace(together, level=options.level, method=method),
                alone,
                chosen.recipe,
            )
        )
    return found


def share_bad(facts: Facts, keep: Rows, options: Options, level: float) -> Estimate:
    """p′ of a selection. One that goes beyond the kept rows is weighted by verdict where labels are not."""
    clusters = options.clusters(facts)
    if facts.representative or not (keep & ~facts.kept).any():
        return bad_after(facts.gold, keep.astype(float), clusters, level)
    mine = None if clusters is None else clusters[keep]
    return post_stratified(facts.gold[keep], facts.accept[keep], mine, level)["p"]


def _rules(facts: Facts, unfit: Rows) -> Iterator[Rule]:
    fit = ~unfit
    if unfit.any():
        yield Rule(
            "what the verdict accepts, without the unfit rows",
            facts.kept & fit,
            "real: KEPT_FILE  # written by --keep",
        )
    if facts.judged and not facts.kept.all():
        yield Rule("every row, whatever the verdict", fit, "select: everything")
    if not facts.two_class:
        for at in thresholds(facts.score[~np.isnan(facts.score)]):
            yield Rule(
                f"a cut of the score at {at:.6g}",
                (facts.score >= at) & fit,
                f"select: {{use: threshold, at: {at:.6g}}}",
            )
    for split in splits(facts):
        if split.selects:
            yield Rule(f"only some strata of {split.column}", facts.kept & fit & (split.codes >= 0), "", split)


def _holding(rule: Rule, split: Split, facts: Facts, options: Options, level: float) -> Rule | None:
    """The strata whose own bound, good for all looks at once, is within the target; their union then is too."""
    clusters = options.clusters(facts)
    good = []
    for code in range(len(split.names)):
        mine = rule.keep & (split.codes == code)
        if not mine.any():
            continue
        estimate = bad_after(facts.gold, mine.astype(float), clusters, level)
        if estimate.high is not None and estimate.high <= options.max_bad:
            good.append(code)
    if not good or len(good) == len(split.names):
        return None
    names = [split.names[code] for code in good]
    others = [name for code, name in enumerate(split.names) if code not in good]
    keep = rule.keep & np.isin(split.codes, good)
    recipe = f"select: {{use: where, column: {split.column}, among: [{', '.join(names)}]}}"
    if split.column == "length":
        recipe = "real: KEPT_FILE  # written by --keep"
    return Rule(f"only {split.column} = {' or '.join(names)} (not {', '.join(others)})", keep, recipe)


def _threshold(accept_at: float | None) -> str:
    return f"select: {{use: threshold, at: {accept_at:g}}}" if accept_at is not None else "select: everything"
