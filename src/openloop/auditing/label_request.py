"""What to label next: the selection that is open, the rows that would settle it, and how many of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.bad_share import labelled_texts, size_of
from openloop.auditing.frame import Frame
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.auditing.selections import NamedSelection
from openloop.measures.label_plan import MOST, LabelPlan, plan_labels

PRIOR = 0.2
"""With nothing known, labels are planned as if the share of bad rows were this share of the target."""
ALIKE = 0.2
"""Correlation within prompts that is supposed where the labels do not show it."""
LEAST = 10
MOST_AT_ONCE = 1_000
FIRST = 60
"""Labels that are asked for where nothing is labelled and no plan can be made."""


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
    plan: LabelPlan

    @property
    def more(self) -> int:
        """How many labels to ask for now: looking costs nothing, so what settles half of such files comes first."""
        steps = (self.plan.typical, self.plan.n, self.have + min(MOST_AT_ONCE, self.have // 4 + LEAST))
        wanted = next(step for step in steps if step is not None and step > self.have)
        return min(max(LEAST, wanted - self.have), MOST_AT_ONCE, self.free)


def request(design: LabelDesign, options: Options, selection: NamedSelection, unfit: Mask) -> LabelRequest:
    """The labels that would settle a selection, if the share of bad rows is what it seems."""
    arrays = design.arrays
    texts = labelled_texts(design, selection.keep)
    expected = (float((texts.bad * texts.weight).sum()) / max(1e-9, float(texts.weight.mean())) if len(texts.bad) else 0)
    expected = (expected + PRIOR * options.max_bad) / (len(texts.bad) + 1)
    rows = selection.keep & selection.rule.frame.mask(arrays) & ~unfit
    free = len(np.unique(design.text[rows & np.isnan(arrays.gold)]))
    if texts.unlabelled and len(texts.bad):
        # Rows of a kind that has no labels: how they are is not known, so it takes some of them first.
        rows = rows & _silent(design, selection.keep)
        free = len(np.unique(design.text[rows & np.isnan(arrays.gold)]))
        plan = LabelPlan(len(texts.bad) + FIRST, None, expected, options.max_bad, selection.level, 0.8)
    else:
        effect = design_effect(design, selection.keep, options)
        plan = plan_labels(options.max_bad, min(1.0, expected), level=selection.level, deff=effect)
    return LabelRequest(selection, selection.rule.frame, rows, free, len(texts.bad), plan)


def design_effect(design: LabelDesign, keep: Mask, options: Options) -> Callable[[int], float]:
    """Labels for each independent one, as a function of how many there will be.

    Labels of one prompt repeat each other as far as rows of a prompt are alike: 1 + (b − 1)·ρ with b the labels that a
    label shares its prompt with. ρ is what the labelled rows show, leaning to .2 where few prompts have two labels.
    """
    arrays = design.arrays
    rows = int(keep.sum())
    if options.target == "file":
        return lambda n: max(1e-3, 1 - n / max(rows, n + 1))
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
    return lambda n: 1 + max(0, n - 1) * together * alike


def best_request(requests: Sequence[LabelRequest]) -> LabelRequest | None:
    """The one to follow: the first (the file as it stands) if it may be good enough, else the cheapest that may be.

    Where all seem too bad, the cheapest to rule out. One whose rows all have labels is the last resort.
    """

    def cost(place: int) -> tuple[bool, bool, bool, float]:
        one = requests[place]
        value = one.selection.bad_after.value
        hopeless = not math.isnan(value) and value > one.plan.max_bad
        n = MOST * 2 if one.plan.n is None else one.plan.n - one.have
        return (one.free == 0, hopeless, place > 0, n)

    return requests[min(range(len(requests)), key=cost)] if requests else None


def _silent(design: LabelDesign, keep: Mask) -> Mask:
    """Rows of cells that have next to no labels."""
    known = ~np.isnan(design.arrays.gold)
    texts = np.unique(np.column_stack([design.cells, design.text])[keep & known], axis=0)
    from openloop.auditing.bad_share import FEWEST

    held = np.bincount(texts[:, 0], minlength=int(design.cells.max()) + 1) if len(texts) else np.zeros(1)
    silent = held < FEWEST
    return np.asarray(keep & silent[design.cells])
