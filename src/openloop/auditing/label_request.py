"""What to label next: the selection that is open, the rows that would settle it, and how many of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.bad_share import labelled_texts, silent_rows, size_of
from openloop.auditing.frame import Frame
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.selections import NamedSelection
from openloop.measures.label_plan import MOST, LabelPlan, plan_labels, remaining

PRIOR = 0.2
"""With nothing known, labels are planned as if the share of bad rows were this share of the target."""
ALIKE = 0.2
"""Correlation within prompts that is supposed where the labels do not show it."""
LEAST = 10
LOOKED_AT = 8
"""Open selections for which a plan is made."""
MOST_AT_ONCE = 1_000
FIRST = 60
"""Labels that are asked for first."""


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """Labels that would settle one selection."""

    selection: NamedSelection
    frame: Frame
    rows: Mask
    """Shape [N]: rows to draw from; those with gold already are not drawn."""
    free: int
    """Distinct texts among them without a label."""
    have: int
    """Labelled texts of the selection."""
    remaining: float
    """Further labels until it is settled, on average; may be infinite."""
    plan: LabelPlan

    @property
    def more(self) -> int:
        """How many labels to ask for now: what will do on average, but looking costs nothing and what is planned on
        few labels is a guess, so half as many as there are, and sixty, come first."""
        step = max(FIRST, min(self.have // 2, MOST_AT_ONCE))
        return min(math.ceil(max(LEAST, min(self.remaining, step))), self.free)

    @property
    def expected(self) -> float:
        """Labels in all until it is settled, on average; may be infinite."""
        return self.have + self.remaining


def request(design: LabelDesign, options: Options, selection: NamedSelection, unfit: Mask) -> LabelRequest:
    """The labels that would settle a selection, if the share of bad rows is what it seems."""
    arrays = design.arrays
    texts = labelled_texts(design, selection.keep)
    expected = float((texts.bad * texts.weight).sum()) / max(1e-9, float(texts.weight.mean())) if len(texts.bad) else 0
    expected = (expected + PRIOR * options.max_bad) / (len(texts.bad) + 1)
    rows = selection.keep & selection.rule.frame.mask(arrays, design.splits) & ~unfit
    free = len(np.unique(design.text[rows & np.isnan(arrays.gold)]))
    if texts.unlabelled and len(texts.bad):
        # Rows of a kind that has no labels: how they are is not known, so it takes some of them first.
        rows = rows & silent_rows(design, selection.keep)
        free = len(np.unique(design.text[rows & np.isnan(arrays.gold)]))
        plan = LabelPlan(len(texts.bad) + FIRST, expected, options.max_bad, selection.level, 0.8)
        return LabelRequest(selection, selection.rule.frame, rows, free, len(texts.bad), FIRST, plan)
    effect = design_effect(design, selection, options)
    plan = plan_labels(options.max_bad, min(1.0, expected), level=selection.level, deff=effect)
    bad, known = 0.0, 0.0
    if len(texts.bad):
        size = size_of(texts, options, selection.level)
        known = size.rows * selection.tested
        bad = size.share * known
    lacking = remaining(bad, known, min(1.0, expected), options.max_bad, selection.level)
    more = min(lacking, MOST) * effect(len(texts.bad) + math.ceil(min(lacking, MOST)))
    return LabelRequest(selection, selection.rule.frame, rows, free, len(texts.bad), more, plan)


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
        held = np.bincount(np.unique(texts.prompt, return_inverse=True)[1])
        beside = float((held**2).sum() / held.sum()) - 1
        pairs = float((held * (held - 1) / 2).sum())
        if beside > 0 and 0 < size.share < 1:
            seen = min(1.0, max(0.0, (size.n / size.rows - 1) / beside))
            trust = pairs * min(size.share, 1 - size.share)
            alike = (trust * seen + 5 * ALIKE) / (trust + 5)
    return lambda n: (1 + max(0, n - 1) * together * alike) / tested


def best_request(
    design: LabelDesign, options: Options, selections: Sequence[NamedSelection], unfit: Mask
) -> LabelRequest | None:
    """The one to follow: the first (the file as it stands) if it may be good enough, else the cheapest that may be.

    Where all seem too bad, the cheapest to rule out. One whose rows all have labels is the last resort.
    """
    if not selections:
        return None
    target = options.max_bad
    hopeful = [one for one in selections if not one.bad_after.value > target]
    first = request(design, options, selections[0], unfit) if hopeful and hopeful[0] is selections[0] else None
    if first is not None and first.free:
        return first
    near = sorted(hopeful or selections, key=lambda one: one.bad_after.value)[:LOOKED_AT]
    requests = [request(design, options, one, unfit) for one in near]
    return min(requests, key=lambda one: (one.free == 0, one.remaining))
