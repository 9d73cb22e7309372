"""What several people prefer, in a file of pairs: one column a person, or a list or an object of their labels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.data.gold import NAN, Unreadable
from openloop.data.preference_cells import Names, Scale, read_preference, scale_of
from openloop.data.recognise.annotators import WHO, Annotators, annotators, labelled_together, one_each
from openloop.errors import DataError

Row = Mapping[str, Any]
SAYS = {1.0: "first", 0.0: "second", 0.5: "tie"}
"""A win in a word: which response somebody prefers."""


@dataclass(frozen=True, slots=True)
class PairPeople:
    """Several people's preferences between the two responses of a row."""

    annotators: Annotators
    scale: Scale
    turned: bool = False
    """Whether low numbers speak for the first response."""

    def wins(self, row: Row, names: Names) -> dict[str, float]:
        """Who said what: 1 the first response, 0 the second, .5 a tie. Raises Unreadable."""
        said = {
            who: read_preference(label, self.scale, names, turned=self.turned).win
            for who, label in self.annotators.of(row)
        }
        return {who: win for who, win in said.items() if not math.isnan(win)}


def most_say(wins: Collection[float]) -> float:
    """What most people prefer: 1, 0 or .5; NaN where nobody says, or as many say one thing as another."""
    ranked = Counter(wins).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return NAN
    return ranked[0][0]


def pair_people(
    rows: Sequence[Row], columns: Mapping[str, str], named: Sequence[str], free: Sequence[str], names: Names, name: str
) -> PairPeople | None:
    """The people whose columns are ``named``, or those told by the names of ``free`` columns; None without any.

    Raises DataError for a named column that is not there, or whose labels do not say which response is better.
    """
    if named:
        cells = [row.get(named[0]) for row in rows]
        if len(named) == 1 and named[0] in columns and not any(isinstance(cell, list | Mapping) for cell in cells):
            raise DataError(
                f"{name}: --annotators {named[0]}: holds one value a row. Of pairs, people's labels are read where one "
                "row holds them all: a column each (repeat --annotators), or a list or an object of labels. Put the "
                "rows of one pair together first."
            )
        found = annotators(rows, columns, named, None, set(), name)
        assert found is not None
        scale = _scale(found, rows, names)
        if scale is None:
            raise DataError(
                f"{name}: --annotators {found.spelled}: does not say which of two responses is better in every row. "
                "Allowed: A/B/tie, first/second, the columns' or the models' names, numbers of one scale, or nothing."
            )
        return PairPeople(found, scale)
    candidates = (one_each(free), *(labelled_together(column, rows) for column in free))
    for guess in candidates:
        scale = None if guess is None else _scale(guess, rows, names)
        if guess is not None and scale is not None:
            return PairPeople(guess, scale)
    return None


def who_repeats_pairs(rows: Sequence[Row], free: Sequence[str], sides: tuple[str, str]) -> str:
    """A sentence, where a column says who labelled a row and a pair has rows under several names; else empty."""
    for column in free:
        if not WHO.fullmatch(column.lower()):
            continue
        by_pair: dict[tuple[str, ...], str] = {}
        for row in rows:
            who = row.get(column)
            pair = tuple(str(row.get(side)) for side in sides)
            if who is not None and by_pair.setdefault(pair, str(who)) != str(who):
                return (
                    f"{column} names people, who have a row each for one pair: every row counts as a pair of its own. "
                    "To have gold by most of them, put the rows of one pair together, with a list of labels"
                )
    return ""


def _scale(people: Annotators, rows: Sequence[Row], names: Names) -> Scale | None:
    """How their numbers are to be read; None where a label says nothing of two responses, or nobody says anything."""
    try:
        return scale_of([label for row in rows for _, label in people.of(row)], names)
    except Unreadable:
        return None
