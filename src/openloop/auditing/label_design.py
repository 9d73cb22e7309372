"""Which rows have labels, and what those labels are a fair draw of.

A bought label belongs to a *text* (one prompt with one completion) and counts once, whatever the number of its copies.
Labels say something of the rows they were drawn from: where accepted rows are labelled and rejected ones are not, where
one source has more labels than another, or only the top scores have any, the rows fall into *cells*. Inside a cell the
labels are taken as a uniform draw; over cells the share of bad rows is weighted by the rows that each cell has, and
rows of a cell without labels may be good or bad.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.strata import Split, selecting_splits
from openloop.measures.uneven_labels import ALPHA, Unevenness, uneven

BINS = 8
DEPTH = 3
"""Columns by which labels may be uneven at once."""
IN_ORDER = 0.001
"""Chance that labels drawn uniformly are called labels of one place in the file."""
ENOUGH = 10
"""With fewer labelled texts nothing is said of how they were drawn."""


@dataclass(frozen=True, slots=True)
class UnevenLabels:
    """A column by which some rows have far more labels than others."""

    split: Split
    found: Unevenness
    weighted: bool = True
    """Whether cells make up for it; the place in the file makes none, as a shuffled file says nothing by it."""


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
    compared: tuple[Split, ...] = ()
    """Those, and what else labelled rows were compared with the others on."""

    @cached_property
    def text(self) -> Codes:
        """Shape [N]: equal codes are the same prompt and completion."""
        return np.unique(self.arrays.key, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def to_label(self) -> Mask:
        """Shape [N]: rows whose text has no label, on none of its copies."""
        known = np.zeros(int(self.text.max()) + 1, dtype=bool)
        known[self.text[~np.isnan(self.arrays.gold)]] = True
        return ~known[self.text]

    def one_look(self, keep: Mask) -> bool:
        """Whether gold came with the file for every one of these rows, so that nobody can label on and look again."""
        return not self.arrays.labels_read and not bool(np.isnan(self.arrays.gold[keep]).any())


def label_design(arrays: RowArrays) -> LabelDesign:
    """Compare the rows that have labels with those that have none."""
    known = ~np.isnan(arrays.gold)
    selecting = tuple(selecting_splits(arrays))
    if not known.any() or known.all():
        return LabelDesign(arrays, np.zeros(len(arrays), dtype=np.int64), (), selecting)
    compared = (*_beside_strata(arrays), *selecting)
    first = np.unique(arrays.key, return_index=True)[1]
    cells = _verdict_cells(arrays)
    for frame in arrays.asked_from:
        cells = _crossed(cells, frame.mask(arrays, compared).astype(np.int64))
    unasked = first if arrays.asked is None else first[~arrays.asked[first]]
    left, uneven_by = list(compared), list[UnevenLabels]()
    for _ in range(DEPTH):
        most = _most_uneven(arrays, first, cells, left)
        if most is None:
            break
        users_own = _most_uneven(arrays, unasked, cells, [most.split])
        if users_own is not None and users_own.found.matters:
            uneven_by.append(users_own)
        cells = _crossed(cells, most.split.codes + 1)
        left = [split for split in left if split is not most.split]
    if not uneven_by:
        in_order = _most_uneven(arrays, unasked, cells, [_places(arrays)], alpha=IN_ORDER)
        if in_order is not None and in_order.found.matters:
            uneven_by.append(replace(in_order, weighted=False))
    return LabelDesign(arrays, cells, tuple(uneven_by), selecting, compared)


def _most_uneven(
    arrays: RowArrays, rows: Codes, cells: Codes, splits: Sequence[Split], alpha: float = ALPHA
) -> UnevenLabels | None:
    labelled = ~np.isnan(arrays.gold[rows])
    if min(labelled.sum(), (~labelled).sum()) < ENOUGH:
        return None
    looks = sum(len(split.names) for split in splits)
    tested = [
        UnevenLabels(split, found)
        for split in splits
        for found in [uneven(labelled, split.codes[rows], cells[rows], arrays.prompt[rows], looks, alpha)]
        if found is not None
    ]
    return min(tested, key=lambda one: (one.found.p_value, one.split.column)) if tested else None


def _verdict_cells(arrays: RowArrays) -> Codes:
    """0 kept, 1 dropped, 2 unscored."""
    return np.where(arrays.kept, 0, np.where(np.isnan(arrays.accept), 2, 1)).astype(np.int64)


def _crossed(cells: Codes, codes: Codes) -> Codes:
    return np.unique(cells * (codes.max() + 1) + codes, return_inverse=True)[1].astype(np.int64)


def _binned(column: str, values: Values) -> Split:
    """A column of numbers in eight bins of equal size, −1 where it holds none."""
    held = ~np.isnan(values)
    edges = np.unique(np.quantile(values[held], np.arange(1, BINS) / BINS))
    codes = np.where(held, np.searchsorted(edges, values, side="right"), -1)
    bounds = [f"{edge:.4g}" for edge in edges]
    names = (f"below {bounds[0]}", *(f"{a} to {b}" for a, b in pairwise(bounds)), f"from {bounds[-1]}")
    return Split(column, codes.astype(np.int64), names)


def _places(arrays: RowArrays) -> Split:
    """Where rows stand in the file, in eighths."""
    codes = arrays.place * BINS // max(1, int(arrays.place.max()) + 1)
    return Split("place in the file", codes, tuple(f"eighth {i + 1}" for i in range(BINS)))


def _beside_strata(arrays: RowArrays) -> Iterator[Split]:
    """What labelled rows are compared with the others on, beside strata: score, numbers, and how many copies."""
    scored = ~np.isnan(arrays.score)
    if scored.any() and not arrays.two_class:
        yield _binned("score", arrays.as_given(arrays.score))
    for column, values in arrays.numbers.items():
        yield _binned(column, values)
    copies = np.unique(arrays.key, return_inverse=True, return_counts=True)
    times = copies[2][copies[1].ravel()]
    if times.max() > 1:
        yield Split("copies", np.searchsorted([2, 5], times, side="right").astype(np.int64), ("one", "2 to 4", "5 on"))
