"""What to label next: the selection that is open, the rows that would settle it, and how many of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.bad_share import LabelledTexts, labelled_texts, silent_rows, size_of
from openloop.auditing.frame import Frame
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.selections import NamedSelection
from openloop.measures.label_plan import MOST, LabelPlan, plan_labels, remaining

PRIOR = 0.2
"""With nothing known, labels are planned as if the share of bad rows were this share of the target."""
ALIKE = 0.2
"""Correlation within prompts that is supposed where the labels do not show it."""
TRUST = 5
"""Pairs of labels, bad ones among them, that count for as much as that supposition."""
FIRST_BATCH = 60
"""Labels that are asked for first."""
LEAST_BATCH = 10
MOST_AT_ONCE = 1_000
LOOKED_AT = 8
"""Open selections for which a plan is made."""


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """Labels that would settle one selection."""

    selection: NamedSelection
    frame: Frame
    rows: Mask
    """Shape [N]: rows to draw from, their texts without a label."""
    free: int
    """Distinct texts among them without a label."""
    have: int
    """Labelled texts of the selection."""
    remaining: float
    """Further labels until it is settled, on average; infinite where labels cannot settle it."""
    plan: LabelPlan
    unknown: bool = False
    """Whether some of its rows are in groups with hardly any labels, which have to be looked at first."""
    few_prompts: int = 0
    """So many prompts cannot settle it, however many of their rows are labelled; 0 where they can."""

    @property
    def batch(self) -> int:
        """How many labels to ask for now: what will do on average, but looking costs nothing and what is planned on
        few labels is a guess, so half as many as there are, and sixty, come first."""
        step = max(FIRST_BATCH, min(self.have // 2, MOST_AT_ONCE))
        return min(math.ceil(max(LEAST_BATCH, min(self.remaining, step))), self.free)

    @property
    def expected(self) -> float:
        """Labels in all until it is settled, on average; may be infinite."""
        return self.have + self.remaining


def request(design: LabelDesign, options: Options, selection: NamedSelection, unfit: Mask) -> LabelRequest:
    """The labels that would settle a selection, if the share of bad rows is what it seems."""
    texts = labelled_texts(design, selection.keep)
    seen = float(np.average(texts.bad, weights=texts.weight)) * len(texts.bad) if len(texts.bad) else 0.0
    expected = min(1.0, (seen + PRIOR * options.max_bad) / (len(texts.bad) + 1))
    if texts.unlabelled and len(texts.bad):
        return _of_unknown_rows(design, options, selection, unfit, texts, expected)
    rows = selection.keep & selection.rule.frame.mask(design.arrays, design.splits) & ~unfit & design.to_label
    effect = design_effect(design, selection, options)
    plan = plan_labels(options.max_bad, expected, level=selection.level, deff=effect)
    bad, known = 0.0, 0.0
    if len(texts.bad):
        size = size_of(texts, options, selection.level)
        known = size.rows * selection.tested
        bad = size.share * known
    lacking = remaining(bad, known, expected, options.max_bad, selection.level)
    more = lacking * effect(len(texts.bad) + math.ceil(lacking)) if lacking <= MOST else math.inf
    prompts = 0
    if plan.n is None and options.target == "process" and plan_labels(options.max_bad, expected).n is not None:
        prompts, more = len(np.unique(design.arrays.prompt[selection.keep])), math.inf
    free = _free(design, rows)
    return LabelRequest(selection, selection.rule.frame, rows, free, len(texts.bad), more, plan, few_prompts=prompts)


def _of_unknown_rows(
    design: LabelDesign,
    options: Options,
    selection: NamedSelection,
    unfit: Mask,
    texts: LabelledTexts,
    expected: float,
) -> LabelRequest:
    """Rows of groups without labels come first: how they are nobody knows, so there is nothing to plan with."""
    silent = silent_rows(design, selection.keep) & ~unfit
    frame = _frame_of(design, selection.rule.frame, silent)
    rows = silent & frame.mask(design.arrays, design.compared) & design.to_label
    plan = LabelPlan(None, expected, options.max_bad, selection.level, 0.8)
    have = len(texts.bad)
    return LabelRequest(selection, frame, rows, _free(design, rows), have, FIRST_BATCH, plan, unknown=True)


def _may_be_within(design: LabelDesign, options: Options, selection: NamedSelection) -> bool:
    """Whether it seems good enough, or is not known well enough to seem anything."""
    seems_above = selection.bad_after.value > options.max_bad
    return not seems_above or bool(silent_rows(design, selection.keep).any())


def _frame_of(design: LabelDesign, frame: Frame, silent: Mask) -> Frame:
    """What the silent rows have in common: not kept, or the strata of one column of which all rows are silent."""
    arrays = design.arrays
    if not (silent & arrays.kept).any():
        return Frame(kept=False)
    inside = Frame(kept=True, at=frame.at)
    silent = silent & arrays.kept
    for split in design.compared:
        among = np.unique(split.codes[silent])
        mine = arrays.kept & np.isin(split.codes, among) & np.isnan(arrays.gold)
        if len(among) < len(split.names) and among.min() >= 0 and (mine & ~silent).sum() <= 0.05 * silent.sum():
            return Frame(kept=True, column=split.column, among=tuple(split.names[code] for code in among), at=frame.at)
    return inside


def _free(design: LabelDesign, rows: Mask) -> int:
    return len(np.unique(design.text[rows & design.to_label]))


def design_effect(design: LabelDesign, selection: NamedSelection, options: Options) -> Callable[[int], float]:
    """Labels for each independent one, as a function of how many there will be.

    Labels of one prompt repeat each other as far as rows of a prompt are alike: 1 + (b − 1)·ρ with b the labels that a
    label shares its prompt with. ρ is what the labelled rows show, leaning to .2 where few prompts have two labels.
    """
    arrays, keep, tested = design.arrays, selection.keep, selection.tested
    rows = int(keep.sum())
    if options.target == "file":
        return lambda n: max(1e-3, 1 - n / max(rows, n + 1)) / tested
    shares = np.bincount(arrays.prompt[keep]) / max(1, rows)
    together = float((shares**2).sum())
    texts = labelled_texts(design, keep)
    alike = ALIKE
    if len(texts.bad) > 1:
        size = size_of(texts, options, options.level)
        held = np.unique(texts.prompt, return_counts=True)[1]
        beside = float((held**2).sum() / held.sum()) - 1
        pairs = float((held * (held - 1) / 2).sum())
        if beside > 0 and 0 < size.share < 1:
            seen = min(1.0, max(0.0, (size.n / size.rows - 1) / beside))
            trust = pairs * min(size.share, 1 - size.share)
            alike = (trust * seen + TRUST * ALIKE) / (trust + TRUST)
    return lambda n: (1 + max(0, n - 1) * together * alike) / tested


def best_request(
    design: LabelDesign, options: Options, selections: Sequence[NamedSelection], unfit: Mask
) -> LabelRequest | None:
    """The one to follow: the first (the file as it stands) if it may be good enough, else the cheapest that may be.

    Where all seem too bad, the cheapest to rule out. Where every row has a label, the first one.
    """
    if not selections:
        return None
    open_rows = design.to_label & ~unfit
    with_rows = [one for one in selections if (one.keep & open_rows).any()]
    if not with_rows:
        seems_best = min(selections, key=lambda one: (math.isnan(one.bad_after.value), one.bad_after.value))
        return request(design, options, selections[0] if selections[0].rule.current else seems_best, unfit)
    hopeful = [one for one in with_rows if _may_be_within(design, options, one)]
    if hopeful and hopeful[0] is selections[0]:
        return request(design, options, hopeful[0], unfit)
    near = sorted(hopeful or with_rows, key=lambda one: (math.isnan(one.bad_after.value), one.bad_after.value))
    requests = [request(design, options, one, unfit) for one in near[:LOOKED_AT]]
    return min(requests, key=lambda one: (one.free == 0, one.remaining))
