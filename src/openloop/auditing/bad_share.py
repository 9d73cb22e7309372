"""The share of bad rows in a selection, with the bounds on which a decision may rest.

Texts are counted and not rows: a text that stands in the file twenty times weighs twenty, and its label is one label.
Where labels are denser in some cells (:mod:`.label_design`) each weighs as many rows as it stands for. Rows of a cell
with next to no labels are counted as good in the lower bound and as bad in the upper one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.auditing.label_design import LabelDesign
from openloop.auditing.options import Options
from openloop.measures.anytime import anytime, exact
from openloop.measures.clustered import Effective, effective
from openloop.measures.design_effect import worth
from openloop.records import Estimate

FEWEST = 5
"""A cell with fewer labelled texts counts as not labelled, where there are several cells."""

Bound = Callable[[Effective, float], Estimate]
"""``exact`` or ``anytime``."""


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """The labelled texts of a selection, U of them."""

    bad: Values
    """Shape [U]: share of the copies that gold calls bad."""
    copies: Values
    """Rows of the selection that are known to be so."""
    weight: Values
    """Rows of the selection that the text stands for, itself included."""
    prompt: Codes
    unlabelled: float
    """Share of the selection's rows that lie in cells without labels."""
    known: float
    """Share of the selection's rows whose gold is known."""
    to_infer: float
    """Texts without gold in the other cells, in texts of equal weight."""


def silent_rows(design: LabelDesign, keep: Mask) -> Mask:
    """Shape [N]: rows of a selection in cells with next to no labels, of which nothing is known."""
    known = ~np.isnan(design.arrays.gold)
    cells = design.cells
    rows = np.bincount(cells[keep], minlength=int(cells.max()) + 1)
    held = np.bincount(cells[keep & known], minlength=len(rows))
    labelled = np.unique(np.column_stack([cells, design.text])[keep & known], axis=0)[:, 0].astype(np.int64)
    texts = np.bincount(labelled, minlength=len(rows))
    several = (rows > 0).sum() > 1
    return np.asarray(keep & ((texts < (FEWEST if several else 1)) & (held < rows))[cells])


def labelled_texts(design: LabelDesign, keep: Mask) -> LabelledTexts:
    """Copies put together, and labels weighted by the rows of their cell."""
    arrays = design.arrays
    silent = silent_rows(design, keep)
    speaks = keep & ~silent
    known = speaks & ~np.isnan(arrays.gold)
    rows, held = (np.bincount(design.cells[mask], minlength=int(design.cells.max()) + 1) for mask in (speaks, known))
    pair, first, unit = np.unique(
        np.column_stack([design.cells, design.text])[known], axis=0, return_index=True, return_inverse=True
    )
    copies = np.bincount(unit.ravel(), minlength=len(pair)).astype(float)
    bad = np.bincount(unit.ravel(), weights=1 - arrays.gold[known], minlength=len(pair)) / np.maximum(copies, 1)
    each = np.divide(rows, held, out=np.zeros(len(rows)), where=held > 0)[pair[:, 0]]
    total = max(1, int(keep.sum()))
    return LabelledTexts(
        bad,
        copies,
        copies * each,
        arrays.prompt[known][first],
        float(silent.sum() / total),
        float((keep & ~np.isnan(arrays.gold)).sum() / total),
        worth(np.unique(design.text[speaks & ~known], return_counts=True)[1].astype(float)),
    )


def bad_share(design: LabelDesign, keep: Mask, options: Options, level: float) -> Estimate:
    """p′ of the rows ``keep`` [N]: exact bounds where gold came whole with the file, else such as hold at every look.

    ``n`` counts the labelled texts. Without any label in the selection the value is NaN and there are no bounds.
    """
    return bad_shares(design, keep, options, [level])[0]


def bad_shares(design: LabelDesign, keep: Mask, options: Options, levels: Sequence[float]) -> list[Estimate]:
    """The same at several levels."""
    texts = labelled_texts(design, keep)
    without = int(np.isnan(design.arrays.gold[keep]).sum())
    bound = exact if design.one_look(keep) else anytime
    return [_bounded(texts, bound, options, level, without) for level in levels]


def _bounded(texts: LabelledTexts, bound: Bound, options: Options, level: float, without: int) -> Estimate:
    if not len(texts.bad):
        return Estimate(math.nan, None, None, level, 0, without, "undefined: no label among these rows")
    found = _of_file(texts, bound, level) if options.target == "file" else bound(size_of(texts, options, level), level)
    found = _with_unlabelled(_without_error(found, options.label_error), texts.unlabelled)
    return replace(found, n_unscored=without)


def size_of(texts: LabelledTexts, options: Options, level: float) -> Effective:
    """How much the labels say about the process behind the rows, or about those of the file that have none."""
    if options.target == "process":
        return effective(texts.bad, texts.prompt, level, texts.weight)
    stands_for = texts.weight - texts.copies
    use = stands_for > 0
    if not use.any():
        return effective(texts.bad, None, level, texts.weight)
    size = effective(texts.bad[use], None, level, stands_for[use])
    return replace(size, rows=1 / (1 / size.rows + 1 / texts.to_infer))  # as a draw, the other rows vary themselves


def _of_file(texts: LabelledTexts, bound: Bound, level: float) -> Estimate:
    """Of this very file: rows with gold are known, and only the share of the others has bounds."""
    n, known = len(texts.bad), float((texts.bad * texts.copies).sum())
    total = float(texts.weight.sum())
    infer = total - float(texts.copies.sum())
    if infer < 0.5:
        share = known / total
        return Estimate(share, share, share, level, n, 0, "counted: every row has gold")
    others = bound(size_of(texts, Options(target="file"), level), level)
    if others.low is None or others.high is None:
        return replace(others, value=(known + infer * others.value) / total, n=n)
    value, low, high = ((known + infer * share) / total for share in (others.value, others.low, others.high))
    return Estimate(value, low, high, level, n, 0, f"{others.method}; of the rows without gold")


def _without_error(found: Estimate, error: tuple[float, float]) -> Estimate:
    """What the share is if gold errs so (Rogan and Gladen 1978): (q − α)/(1 − α − β), which rises with q."""
    alarms, misses = error
    if not (alarms or misses):
        return found

    def true(seen: float) -> float:
        return min(1.0, max(0.0, (seen - alarms) / (1 - alarms - misses)))

    method = f"{found.method}; gold calls {alarms:.1%} of the good rows bad and {misses:.1%} of the bad ones good"
    if (found.high is not None and found.high <= alarms) or (found.low is not None and found.low >= 1 - misses):
        why = f"undefined: gold calls {found.value:.1%} of these rows bad, which contradicts the error that is supposed"
        return replace(found, value=math.nan, low=None, high=None, method=why)
    low, high = (None if bound is None else true(bound) for bound in (found.low, found.high))
    return replace(found, value=true(found.value), low=low, high=high, method=method)


def _with_unlabelled(found: Estimate, share: float) -> Estimate:
    if not share or found.low is None or found.high is None:
        return found
    low, high = (1 - share) * found.low, (1 - share) * found.high + share
    method = f"{found.method}; {share:.0%} of the rows are in groups with fewer than {FEWEST} labels: unknown"
    return replace(found, low=low, high=high, method=method)
