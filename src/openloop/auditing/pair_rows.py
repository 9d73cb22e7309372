"""Pairs as rows of the audit: a row is a pair with a preferred response, bad where that is not the better one.

A pair in which the judge prefers neither gives nothing to train on and is no row; a pair that gold calls a tie is a bad
row, since neither is the better one. ``docs/decisions/0014-pairs.md`` has the reasons.
"""

from __future__ import annotations

import numpy as np

from openloop.auditing.array_builder import ArrayBuilder
from openloop.auditing.inputs import AuditInput
from openloop.auditing.pair_arrays import PairArraysBuilder
from openloop.auditing.pair_input import PEOPLE, PairInput, read_pair, row_of
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.data.column_ref import ColumnRef, look_up
from openloop.data.content import text_of
from openloop.data.pair_description import without_preferred
from openloop.data.recognise import (
    ColumnRoles,
    PairColumns,
    TextColumns,
    pair_sentences,
    pair_uses,
    use_sentences,
)
from openloop.data.recognise.annotators import Annotators
from openloop.data.spread_sample import SpreadSample
from openloop.errors import DataError, InputError


def roles_of(columns: PairColumns, *, margin: bool) -> ColumnRoles:
    """The roles of the columns of :func:`row_of`."""
    return ColumnRoles(
        TextColumns("pairs", prompt=("prompt",), completion="completion"),
        gold=ColumnRef("gold"),
        verdicts=(ColumnRef("margin"),) if margin else (),
        group="group" if columns.group is not None else None,
        annotators=Annotators((ColumnRef(PEOPLE),)) if columns.people is not None else None,
    )


def read_pairs(
    source: AuditInput, columns: PairColumns, accept_at: float | None, path: str = ""
) -> tuple[RowArrays, RowReader]:
    """All pairs as rows and as pairs; ``path`` is the file's, where they come from one.

    Raises DataError for what cannot be read, naming the row.
    """
    rows = PairInput(source, columns)
    pairs = PairArraysBuilder(columns)
    builder = ArrayBuilder(rows, roles_of(columns, margin=True), [*pair_sentences(columns), *source.notes], "pairs")
    sample = SpreadSample()
    place = 0
    for block in source.blocks():
        sample.add(block)
        for row in block:
            pair = read_pair(row, columns, source, place)
            group = text_of(pair.prompt) if columns.group is None else look_up(row, columns.group)
            if pair.win in (0.0, 1.0):
                rows.at.append(place)
                builder.add([row_of(pair, row, columns)])
            pairs.add(pair, group)
            place += 1
    if not place:
        raise DataError(f"{source.name}: zero rows. Allowed: at least one. Check what should have written them.")
    if not rows.at:
        raise DataError(
            f"{source.name}: none of {place:,} pairs has a preferred response: every verdict is a tie or empty."
        )
    found = pairs.arrays()
    margins = np.array(builder.cells[0], dtype=np.float64)
    known = np.unique(margins[~np.isnan(margins)])
    if len(known) < 2:  # a verdict that says which and not how much
        builder.roles = roles_of(columns, margin=False)
        builder.cells = []
    elif columns.by_file and accept_at is None and known[0] <= 0 < known[-1]:
        accept_at = float(known[known > 0][0])
        builder.said = [
            *builder.said,
            "a pair counts as kept where its margin is above 0, which is where the score prefers the chosen response "
            "too; --accept-at MARGIN sets another cut",
        ]
    if accept_at is not None and len(known) < 2:
        raise InputError(f"--accept-at {accept_at:g}: the pairs of {source.name} have no margin that it could cut.")
    without = place - len(rows.at)
    if without:
        builder.said = [*builder.said, without_preferred(without, place)]
    uses = pair_uses(columns, sample.rows, partial=sample.partial)
    builder.said = [*builder.said, *use_sentences(uses, path)]
    return builder.arrays(accept_at), RowReader(rows, builder.roles, uses, found)
