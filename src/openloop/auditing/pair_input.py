"""An input that holds pairs, read as rows: a pair with a preferred response is one, the others are none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.auditing.inputs import AuditInput, Row
from openloop.auditing.made_rows import RowsMadeOfRows
from openloop.data.column_ref import look_up
from openloop.data.content import text_of
from openloop.data.recognise import PairColumns, PairRow
from openloop.data.recognise.pair_people import SAYS
from openloop.errors import DataError
from openloop.records import Content, Pair

PREFERRED, OTHER = "[preferred]", "[other]"
LONGER = "preferred response"
"""Stratum: whether the preferred response is the longer one."""
SHOWN = "preferred response was shown"
"""Stratum: in which position it won."""
PEOPLE = "people"
"""Which response each person prefers, in a word."""


@dataclass(frozen=True)
class PairInput(RowsMadeOfRows):
    """Rows of an input that holds pairs, those without a preferred response left out."""

    columns: PairColumns

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
                chosen, rejected = oriented(pair)
                chat = not all(isinstance(content, str) for content in (pair.prompt, chosen, rejected))
                yield preference_line(Pair(pair.prompt, chosen, rejected), chat)


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
    if columns.people is not None:
        made[PEOPLE] = {who: SAYS[win] for who, win in pair.people.items()}
    if columns.group is not None:
        made["group"] = look_up(row, columns.group)
    if columns.shows_orders:
        made[SHOWN] = "first" if pair.win == 1 else "second"
    if pair.models is not None:
        made["chosen_model"], made["rejected_model"] = pair.models if pair.win == 1 else pair.models[::-1]
    taken = columns.used | made.keys()
    return made | {name: value for name, value in row.items() if name not in taken}
