"""The selections that the audit can name, each with what it keeps and a bound on its share of bad rows.

All are looked at together, so their bounds hold for all at once (Bonferroni; strata and the other selections have
half of the error each) and the best may be taken after looking.
Selections that keep less than a twentieth of the rows kept now are not considered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.strata import Split, splits
from openloop.measures.few_labels import post_stratified
from openloop.measures.operating_curve import thresholds
from openloop.measures.verifier_quality import bad_after
from openloop.records import Estimate

LEAST = 0.05


@dataclass(frozen=True, slots=True)
class NamedSelection:
    """A selection by name."""

    name: str
    keep: Mask
    bad_after: Estimate
    """p′ with bounds that hold for all named selections at once."""
    alone: Estimate
    """p′ with bounds that hold for this one alone."""
    recipe: str

    @property
    def kept(self) -> int:
        """Mask kept."""
        return int(self.keep.sum())


@dataclass(frozen=True, slots=True)
class SelectionRule:
    """How to select, before anything is said of gold. ``strata``: keep those that hold by themselves."""

    name: str
    keep: Mask
    recipe: str
    strata: Split | None = None


def current_selection(arrays: RowArrays, options: Options) -> NamedSelection:
    """What the verdict keeps now."""
    estimate = bad_after(arrays.gold, arrays.kept.astype(float), options.clusters(arrays), options.level)
    name = "what the verdict accepts" if arrays.judged else "every row"
    return NamedSelection(
        name,
        arrays.kept,
        estimate,
        estimate,
        _threshold(arrays.accept_at) if arrays.judged else "select: everything",
    )


def named_selections(
    arrays: RowArrays, options: Options, unfit: Mask, extra: Sequence[SelectionRule] = ()
) -> list[NamedSelection]:
    """Every other selection; ``unfit`` rows (such as contaminated ones) are in none of them."""
    least = LEAST * arrays.kept.sum()
    rules = [rule for rule in (*_rules(arrays, unfit), *extra) if rule.keep.sum() >= max(1, least)]
    # Strata are many: so that they cost the other selections little, each family has half of the error.
    plain = sum(rule.strata is None for rule in rules)
    strata = sum(len(rule.strata.names) for rule in rules if rule.strata is not None)
    families = (plain > 0) + (strata > 0)
    found = []
    for rule in rules:
        looks = families * (plain if rule.strata is None else strata)
        level = 1 - (1 - options.level) / looks
        chosen = rule if rule.strata is None else _holding(rule, rule.strata, arrays, options, level)
        if chosen is None or chosen.keep.sum() < max(1, least):
            continue
        together, alone = (share_bad(arrays, chosen.keep, options, at) for at in (level, options.level))
        method = f"{together.method}; simultaneous over {looks} looks"
        found.append(
            NamedSelection(
                chosen.name,
                chosen.keep,
                replace(together, level=options.level, method=method),
                alone,
                chosen.recipe,
            )
        )
    return found


def share_bad(arrays: RowArrays, keep: Mask, options: Options, level: float) -> Estimate:
    """p′ of a selection. One that goes beyond the kept rows is weighted by verdict where labels are not."""
    clusters = options.clusters(arrays)
    if arrays.representative or not (keep & ~arrays.kept).any():
        return bad_after(arrays.gold, keep.astype(float), clusters, level)
    mine = None if clusters is None else clusters[keep]
    return post_stratified(arrays.gold[keep], arrays.accept[keep], mine, level)["p"]


def _rules(arrays: RowArrays, unfit: Mask) -> Iterator[SelectionRule]:
    fit = ~unfit
    if unfit.any():
        yield SelectionRule(
            "what the verdict accepts, without the unfit rows",
            arrays.kept & fit,
            "real: KEPT_FILE  # written by --keep",
        )
    if arrays.judged and not arrays.kept.all():
        yield SelectionRule("every row, whatever the verdict", fit, "select: everything")
    if not arrays.two_class:
        for at in thresholds(arrays.score[~np.isnan(arrays.score)]):
            yield SelectionRule(
                f"a cut of the score at {at:.6g}",
                (arrays.score >= at) & fit,
                f"select: {{use: threshold, at: {at:.6g}}}",
            )
    for split in splits(arrays):
        if split.selects:
            yield SelectionRule(
                f"only some strata of {split.column}", arrays.kept & fit & (split.codes >= 0), "", split
            )


def _holding(
    rule: SelectionRule, split: Split, arrays: RowArrays, options: Options, level: float
) -> SelectionRule | None:
    """The strata whose own bound, good for all looks at once, is within the target; their union then is too."""
    clusters = options.clusters(arrays)
    good = []
    for code in range(len(split.names)):
        mine = rule.keep & (split.codes == code)
        if not mine.any():
            continue
        estimate = bad_after(arrays.gold, mine.astype(float), clusters, level)
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
    return SelectionRule(f"only {split.column} = {' or '.join(names)} (not {', '.join(others)})", keep, recipe)


def _threshold(accept_at: float | None) -> str:
    return f"select: {{use: threshold, at: {accept_at:g}}}" if accept_at is not None else "select: everything"
