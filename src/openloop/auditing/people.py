"""What several people said of each row: one number a person, and gold as what most of them say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.auditing.inputs import Row
from openloop.data.gold import NAN, Unreadable, compared, number, two_class
from openloop.data.recognise.annotators import Annotators
from openloop.measures.annotators import majority


@dataclass(frozen=True, slots=True)
class PeopleSaid:
    """The labels of N rows by R people."""

    names: tuple[str, ...]
    labels: Values
    """Shape [N, R]: as numbers, NaN nothing; codes of the names of labels where they are no numbers."""
    gold: Values
    """Shape [N]: 1 good, 0 bad, NaN where nobody says, or as many say the one as the other."""
    gold_score: Values | None
    """Shape [N]: their mean, where labels are numbers other than 0 and 1."""
    label_names: tuple[str, ...]
    """Where labels are codes of names: the names."""
    said: tuple[str, ...]


@dataclass
class PeopleBuilder:
    """Takes in rows with :meth:`add`; :meth:`people` is what they became."""

    annotators: Annotators
    cells: list[tuple[tuple[str, Any], ...]] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Take in one row. Raises Unreadable for a cell that is no label."""
        self.cells.append(tuple(self.annotators.of(row)))

    def merged(self, first: Sequence[int]) -> Iterator[tuple[tuple[str, Any], ...]]:
        """The labels of one row of each completion: all that its rows say. ``first`` [N]: the first row of each."""
        together: dict[int, dict[str, Any]] = {}
        for row, cell in zip(first, self.cells, strict=True):
            held = together.setdefault(row, {})
            for who, label in cell:
                held.setdefault(who, label)
        yield from (tuple(together.get(row, {}).items()) for row in range(len(self.cells)))

    def people(self, first: Sequence[int] | None = None) -> PeopleSaid:
        """``first`` as for :meth:`merged`, where a completion has one row a person. Raises Unreadable."""
        cells = self.cells if first is None else list(self.merged(first))
        names = tuple(dict.fromkeys(who for cell in cells for who, _ in cell))
        place = {name: i for i, name in enumerate(sorted(names))}
        code = _coding([label for cell in cells for _, label in cell])
        labels, sides = (np.full((len(cells), len(names)), NAN) for _ in range(2))
        column = self.annotators.compared
        for row, cell in enumerate(cells):
            for who, label in cell:
                labels[row, place[who]] = code[str(label)] if code else number(label)
                if column.sign:
                    sides[row, place[who]] = two_class(compared(column, label))
        two = not code and set(np.unique(labels[~np.isnan(labels)])) <= {0.0, 1.0}
        if not column.sign and two:
            sides = labels
        gold = majority(sides)
        score = None
        if not (code or two):
            known = ~np.isnan(labels)
            turn = -1.0 if column.sign.startswith("<") else 1.0
            score = turn * np.where(known, labels, 0).sum(1) / np.where(known.any(1), known.sum(1), NAN)
        return PeopleSaid(tuple(sorted(names)), labels, gold, score, tuple(code), tuple(_said(sides, gold)))


def _coding(labels: Sequence[Any]) -> Mapping[str, float]:
    """Codes of labels that are names; none where all are numbers or classes."""
    try:
        for label in labels:
            number(label)
    except Unreadable:
        return {name: float(i) for i, name in enumerate(sorted({str(label) for label in labels}))}
    return {}


def _said(sides: Values, gold: Values) -> Iterator[str]:
    several = (~np.isnan(sides)).sum(1) > 1
    tied = several & np.isnan(gold)
    if several.any():
        yield f"{int(several.sum()):,} rows have labels of two people or more; gold is what most of them say"
    if tied.any():
        yield f"{int(tied.sum()):,} rows have as many labels good as bad: their gold is unknown"
