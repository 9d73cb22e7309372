"""Coverage: fill the cells of a column, or clusters of similar rows, as evenly as they allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from openloop.arrays import Codes
from openloop.contracts import PoolVerdicts, PoolView
from openloop.data.tables import ROW
from openloop.errors import InputError, nearest
from openloop.measures import clustered
from openloop.measures.blocks import directions
from openloop.measures.even_cells import even_shares
from openloop.measures.surface import skeleton
from openloop.measures.text_clusters import clusters as clusters_of
from openloop.measures.unseen_mass import unseen_by_prompts
from openloop.records import Estimate, Selection
from openloop.seeds import derive
from openloop.selection.base import (
    Unscored,
    chosen,
    from_reasons,
    how_many,
    lots_of,
    places_in_groups,
    require_rate_or_n,
    require_unscored,
)
from openloop.selection.reference import vectors_of


@dataclass(frozen=True)
class Coverage:
    """See :func:`coverage`."""

    column: str | None
    clusters: int | None
    rate: float | None
    n: int | None
    signal: str | None
    unscored: Unscored
    vectors: str
    seed: int
    version: ClassVar[str] = "1"

    def select(self, pool: PoolView, /) -> Selection:
        hears = self.signal is not None or bool(pool.verdicts)
        verdicts = chosen(pool, self.signal, "coverage") if hears else None
        cell = self._cells(pool)
        if not len(pool):
            return from_reasons(pool, [])
        reasons = np.full(len(pool), "", dtype=object)
        reasons[cell < 0] = "no_cell"
        worth = np.zeros(len(pool))
        if verdicts is not None:
            worth = np.where(np.isnan(verdicts.values), -np.inf, verdicts.values)
            if self.unscored == "drop":
                reasons = _unscored(verdicts, reasons)
        open_to = np.flatnonzero(reasons == "")
        held = np.unique(cell[open_to])
        mine = np.searchsorted(held, cell[open_to])
        wanted = how_many(self.rate, self.n, len(open_to), "coverage")
        lots = np.array([float(derive(self.seed, "cell", int(code))) for code in held])
        share = even_shares(np.bincount(mine, minlength=len(held)), wanted, lots)
        # Within a cell the best by verdict, and of equal ones whom the lot picks.
        place = places_in_groups(mine, -worth[open_to], lots_of(pool, self.seed)[open_to]) if len(mine) else mine
        reasons[open_to[place >= share[mine]]] = "cell_full"
        return replace(from_reasons(pool, list(reasons)), measured=self._measured(pool, cell, reasons == ""))

    def _cells(self, pool: PoolView) -> Codes:
        """Codes [N]; −1 for a row that belongs to no cell. They do not depend on the order of the pool."""
        if self.column is not None:
            return _values(pool, self.column)
        every = vectors_of(pool, self.vectors, "coverage")
        if not len(pool):
            return np.zeros(0, dtype=np.int64)
        order = np.argsort(lots_of(pool, self.seed), kind="stable")
        unit, says = directions(every, "coverage")
        order = order[says[order]]
        codes = np.full(len(pool), -1, dtype=np.int64)
        assert self.clusters is not None
        if len(order):
            codes[order] = clusters_of(unit[order], self.clusters, np.random.default_rng(self.seed))
        return codes

    def _measured(self, pool: PoolView, cell: Codes, kept: Any) -> Mapping[str, Estimate]:
        known, prompt = cell >= 0, pool.column("prompt")
        if not known.any():
            return {}
        rows = np.bincount(cell[known])
        cells, filled = int((rows > 0).sum()), len(np.unique(cell[known & kept]))
        what = f"of the {cells:,} cells that the pool has"
        measured = {"cells filled": Estimate(filled / cells, None, None, 0.95, cells, method=what)}
        for when, these in (("before", known), ("after", known & kept)):
            if these.any():
                largest = int(np.bincount(cell[these]).argmax())
                share = clustered.proportion(cell[these] == largest, prompt[these])
                measured[f"rows in the largest cell, {when}"] = share
        if self.column is not None:  # clusters share out whatever there is: none is unseen
            unseen = unseen_by_prompts(cell[known], prompt[known])
            measured["rows of new prompts in cells that the pool lacks"] = unseen
        return measured


def _values(pool: PoolView, column: str) -> Codes:
    """Codes [N] by the values of a column, those that differ in case and blanks alone being one; −1 without a value."""
    rows = {name.removeprefix(ROW): name for name in pool.columns if name.startswith(ROW)}
    if column in rows or not len(pool):
        values = pool.column(ROW + column)
    elif column in pool.columns and pool.column(column).ndim == 1:
        values = pool.column(column)
    else:
        raise InputError(f"coverage: no column {column!r} to make cells of; {nearest(column, rows)}")
    named = ["" if value is None or value != value else skeleton(str(value)) for value in values]
    return np.unique(["", *named], return_inverse=True)[1][1:].astype(np.int64) - 1


def _unscored(verdicts: PoolVerdicts, reasons: Any) -> Any:
    for place in np.flatnonzero(np.isnan(verdicts.values)):
        reasons[place] = reasons[place] or f"unscored:{verdicts.outcomes[int(place)]}"
    return reasons


def coverage(
    *,
    column: str | None = None,
    clusters: int | None = None,
    rate: float | None = None,
    n: int | None = None,
    signal: str | None = None,
    unscored: Unscored = "drop",
    vectors: str = "vector",
    seed: int = 0,
) -> Coverage:
    """Keep a share of the rows, or a number, spread over cells as evenly as these allow.

    A cell holds the rows with one value of ``column`` (of the row, such as ``topic``), or one of so many ``clusters``
    of similar rows by the column ``vectors``. No cell keeps a row more than another that has some left. Within a cell
    the rows that ``signal`` values most are kept, equal ones by lot (``seed``); without signals, all by lot. It does
    not reject: put ``threshold`` before it. The run holds how many cells are filled, how large the largest was and is,
    and how much of what new prompts give would lie in cells that the pool lacks. Dropped: ``cell_full``, ``no_cell``
    (no value, or a text that says nothing), unscored rows unless kept. Raises InputError.
    """
    if (column is None) == (clusters is None):
        raise InputError("coverage: give either column (one cell for each of its values) or clusters (how many).")
    if clusters is not None and (not isinstance(clusters, int) or isinstance(clusters, bool) or clusters < 2):
        raise InputError(f"coverage: clusters must be a whole number, at least 2, got {clusters!r}.")
    require_rate_or_n(rate, n, "coverage")
    require_unscored(unscored, "coverage")
    return Coverage(column, clusters, rate, n, signal, unscored, vectors, seed)
