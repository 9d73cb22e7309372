"""Which rows have labels, and what those labels are a fair draw of.

A bought label belongs to a *text* (one prompt with one completion) and counts once, whatever the number of its copies.
Labels say something of the rows they were drawn from: where accepted rows are labelled and rejected ones are not, where
one source has more labels than another, or only the top scores have any, the rows fall into *cells*. Inside a cell the
labels are taken as a uniform draw; over cells the share of bad rows is weighted by the rows that each cell has, and
rows of a cell without labels may be good or bad.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.strata import Split, selecting_splits
from openloop.measures.uneven_labels import Unevenness, uneven

SCORE_BINS = 8
DEPTH = 3
"""Columns by which labels may be uneven at once."""
ENOUGH = 10
"""With fewer labelled texts nothing is said of how they were drawn."""


@dataclass(frozen=True, slots=True)
class UnevenLabels:
    """A column by which some rows have far more labels than others."""

    split: Split
    found: Unevenness


@dataclass(frozen=True)
class LabelDesign:
    """The labels of a file as a draw from its rows."""

    arrays: RowArrays
    cells: Codes
    """Shape [N], codes from 0: inside a cell, labels are a uniform draw of the texts."""
    uneven: tuple[UnevenLabels, ...]
    """Where the file shows that labels were not drawn uniformly (the audit's own draws left out)."""
    splits: tuple[Split, ...]
    """The ways in which rows can be selected by what is known before gold."""

    @cached_property
    def text(self) -> Codes:
        """Shape [N]: equal codes are the same prompt and completion."""
        return np.unique(self.arrays.key, return_inverse=True)[1].astype(np.int64)

    def one_look(self, keep: Mask) -> bool:
        """Whether gold came with the file for every one of these rows, so that nobody can label on and look again."""
        return not self.arrays.labels_read and not bool(np.isnan(self.arrays.gold[keep]).any())


def label_design(arrays: RowArrays) -> LabelDesign:
    """Compare the rows that have labels with those that have none."""
    known = ~np.isnan(arrays.gold)
    nothing = np.zeros(len(arrays), dtype=np.int64)
    selecting = tuple(selecting_splits(arrays))
    if not known.any() or known.all():
        return LabelDesign(arrays, nothing, (), selecting)
    splits = [*_compared(arrays), *selecting]
    first = np.unique(arrays.key, return_index=True)[1]
    cells = _verdict_cells(arrays)
    for frame in arrays.asked_from:
        cells = _crossed(cells, frame.mask(arrays, selecting).astype(np.int64))
    mine = np.ones(len(arrays), dtype=bool) if arrays.asked is None else ~arrays.asked
    found: list[UnevenLabels] = []
    for depth in range(DEPTH):
        told = _most_uneven(arrays, first, cells, splits)
        if told is None:
            break
        if depth == 0 or found:
            foreign = _most_uneven(arrays, first[mine[first]], cells, [told.split])
            if foreign is not None:
                found.append(foreign)
        cells = _crossed(cells, told.split.codes + 1)
        splits = [split for split in splits if split is not told.split]
    return LabelDesign(arrays, cells, tuple(found), selecting)


def _most_uneven(arrays: RowArrays, rows: Codes, cells: Codes, splits: Sequence[Split]) -> UnevenLabels | None:
    labelled = ~np.isnan(arrays.gold[rows])
    if min(labelled.sum(), (~labelled).sum()) < ENOUGH:
        return None
    looks = sum(len(split.names) for split in splits)
    tested = [
        UnevenLabels(split, found)
        for split in splits
        for found in [uneven(labelled, split.codes[rows], cells[rows], arrays.prompt[rows], looks)]
        if found is not None
    ]
    return min(tested, key=lambda one: (one.found.p_value, one.split.column)) if tested else None


def _verdict_cells(arrays: RowArrays) -> Codes:
    """0 kept, 1 dropped, 2 unscored."""
    return np.where(arrays.kept, 0, np.where(np.isnan(arrays.accept), 2, 1)).astype(np.int64)


def _crossed(cells: Codes, codes: Codes) -> Codes:
    return np.unique(cells * (codes.max() + 1) + codes, return_inverse=True)[1].astype(np.int64)


def _compared(arrays: RowArrays) -> Iterator[Split]:
    """What labelled rows are compared with the others on, beside strata: the score, and the number of copies."""
    scored = ~np.isnan(arrays.score)
    if scored.any() and not arrays.two_class:
        edges = np.unique(np.quantile(arrays.score[scored], np.arange(1, SCORE_BINS) / SCORE_BINS))
        codes = np.where(scored, np.searchsorted(edges, arrays.score, side="right"), -1)
        bounds = [f"{arrays.as_given(edge):.4g}" for edge in edges]
        names = (f"below {bounds[0]}", *(f"{a} to {b}" for a, b in pairwise(bounds)))
        yield Split("score", codes.astype(np.int64), (*names, f"from {bounds[-1]}"))
    copies = np.unique(arrays.key, return_inverse=True, return_counts=True)
    times = copies[2][copies[1].ravel()]
    if times.max() > 1:
        yield Split("copies", np.searchsorted([2, 5], times, side="right").astype(np.int64), ("one", "2 to 4", "5 on"))
