"""Pairs as rows of the audit: a row is a pair with a preferred response, bad where that is not the better one.

A pair in which the judge prefers neither gives nothing to train on and is no row; a pair that gold calls a tie is a bad
row, since neither is the better one. ``docs/decisions/0014-pairs.md`` has the reasons.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from openloop.auditing.array_builder import ArrayBuilder
from openloop.auditing.inputs import AuditInput, Row
from openloop.auditing.pair_arrays import PairArrays, PairArraysBuilder
from openloop.auditing.policy_trainings import PolicyTraining
from openloop.auditing.row_arrays import RowArrays
from openloop.data.column_ref import ColumnRef, look_up
from openloop.data.content import text_of
from openloop.data.recognise import ColumnRoles, PairColumns, PairRow, TextColumns, pair_sentences
from openloop.errors import DataError, InputError
from openloop.records import Content, Pair

PREFERRED, OTHER = "[preferred]", "[other]"
LONGER = "preferred response"
"""Stratum: whether the preferred response is the longer one."""
SHOWN = "preferred response was shown"
"""Stratum: in which position it won."""


@dataclass(frozen=True)
class PairInput:
    """Rows of an input that holds pairs, those without a preferred response left out."""

    source: AuditInput
    columns: PairColumns
    at: array[int] = field(default_factory=lambda: array("q"))
    """Where each row stood in the source; filled as rows are read."""

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def accept_at(self) -> float | None:
        return self.source.accept_at

    @property
    def notes(self) -> Sequence[str]:
        return self.source.notes

    @property
    def trainings(self) -> Sequence[PolicyTraining]:
        return ()

    def where(self, index: int) -> str:
        return self.source.where(self.at[index] if index < len(self.at) else index)

    def reads(self, path: Path) -> bool:
        return self.source.reads(path)

    def blocks(self) -> Iterator[Sequence[Row]]:
        for block in self.pairs():
            yield [row_of(pair, row, self.columns) for pair, row in block]

    def pairs(self) -> Iterator[list[tuple[PairRow, Row]]]:
        """The pairs with a preferred response, beside the rows that hold them."""
        del self.at[:]
        place = 0
        for block in self.source.blocks():
            held = []
            for row in block:
                pair = read_pair(row, self.columns, self.source, place)
                if pair.win in (0.0, 1.0):
                    self.at.append(place)
                    held.append((pair, row))
                place += 1
            yield held

    def to_train_on(self) -> Iterator[dict[str, Any]]:
        """Every pair as preference training takes it: prompt, chosen, rejected."""
        from openloop.export.dpo import preference_line

        for block in self.pairs():
            for pair, _ in block:
                yield preference_line(Pair(pair.prompt, *oriented(pair)))


def read_pair(row: Row, columns: PairColumns, source: AuditInput, place: int) -> PairRow:
    """One row. Raises DataError that names its place."""
    try:
        return columns.read(row)
    except DataError as error:
        raise DataError(f"{source.name}: {source.where(place)}: {error}") from None


def oriented(pair: PairRow) -> tuple[Content, Content]:
    """The preferred response and the other one."""
    return (pair.first, pair.second) if pair.win == 1 else (pair.second, pair.first)


def row_of(pair: PairRow, row: Row, columns: PairColumns) -> dict[str, Any]:
    """A pair with a preferred response as a row: one text of both, gold (is it the better one?), the margin."""
    preferred, other = (text_of(side) for side in oriented(pair))
    sign = 1 if pair.win == 1 else -1
    lengths = len(preferred) - len(other)
    made: dict[str, Any] = {
        "prompt": text_of(pair.prompt),
        "completion": f"{PREFERRED}\n{preferred}\n\n{OTHER}\n{other}",
        "gold": None if math.isnan(pair.gold) else float(pair.gold == pair.win),
        "margin": None if math.isnan(pair.margin) else sign * pair.margin,
        LONGER: "the longer one" if lengths > 0 else "not the longer one",
    }
    if columns.group is not None:
        made["group"] = look_up(row, columns.group)
    if columns.shows_orders:
        made[SHOWN] = "first" if pair.win == 1 else "second"
    if pair.models is not None:
        made["chosen_model"], made["rejected_model"] = pair.models if pair.win == 1 else pair.models[::-1]
    taken = columns.used | made.keys()
    return made | {name: value for name, value in row.items() if name not in taken}


def roles_of(columns: PairColumns, *, margin: bool) -> ColumnRoles:
    """The roles of the columns of :func:`row_of`."""
    return ColumnRoles(
        TextColumns("pairs", prompt=("prompt",), completion="completion"),
        gold=ColumnRef("gold"),
        verdicts=(ColumnRef("margin"),) if margin else (),
        group="group" if columns.group is not None else None,
    )


def read_pairs(
    source: AuditInput, columns: PairColumns, accept_at: float | None
) -> tuple[RowArrays, PairArrays, PairInput, ColumnRoles]:
    """All pairs as rows and as pairs. Raises DataError for what cannot be read, naming the row."""
    rows = PairInput(source, columns)
    pairs = PairArraysBuilder(columns)
    builder = ArrayBuilder(rows, roles_of(columns, margin=True), [*pair_sentences(columns), *source.notes], "pairs")
    place = 0
    for block in source.blocks():
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
        said = f"{without:,} of {place:,} pairs have no preferred response (a tie, no verdict, or no text)"
        builder.said = [*builder.said, f"{said}: they are not trained on"]
    return builder.arrays(accept_at), found, rows, builder.roles
