"""Columns in which several people labelled one completion, in the four shapes that such labels come in.

annotator_1: 1, annotator_2: 0        one column a person
labels: [1, 0, 1]                     a list; its places count as persons where no names are given
labels: {ann: 1, bob: 0}              an object of persons; also [{annotator: ann, label: 1}, ...]
worker_id: ann, label: 1              one row a person, the completion repeated
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.data.column_ref import ColumnRef, look_up, parse_column
from openloop.data.gold import Unreadable, number
from openloop.errors import DataError, nearest

Row = Mapping[str, Any]
LOOKED_AT = 2000
MOST = 20
"""A longer list is not taken for the labels of several people."""
PERSON = r"(annotator|annotation|rater|labell?er|coder|worker|crowd_?worker|human|expert|reviewer|person)"
ONE_EACH = re.compile(rf"{PERSON}s?_?(?P<who>\d+|[a-z])(_?(label|score|rating|gold|vote))?|label_(?P<letter>\d+|[a-e])")
"""A column of one person's labels: ``annotator_1``, ``human_a``, ``rater2_score``, ``label_1``."""
TOGETHER = re.compile(rf"{PERSON}_?(labels|scores|ratings|votes|annotations)|annotations|annotators|labels|gold_labels")
"""A column of all labels of a row."""
WHO = re.compile(rf"{PERSON}(_?(id|name|index))?")
"""A column that says who gave the row's label."""
NAMES = ("annotator", "annotator_id", "worker", "worker_id", "rater", "user_id", "name", "id")
LABELS = ("label", "rating", "score", "value", "gold", "vote", "annotation")
"""In a list of objects: who, and what they said."""


@dataclass(frozen=True, slots=True)
class Annotators:
    """Where several people's labels of one completion are."""

    labels: tuple[ColumnRef, ...]
    """One column a person, or the one that holds all labels of a row, or one label of it."""
    who: str | None = None
    """The column that says whose label the row's is; then a completion has one row a person."""
    why: str = ""
    """By what they were told."""

    @property
    def uses(self) -> set[str]:
        """The columns read."""
        return {column.path for column in self.labels} | ({self.who} if self.who else set())

    @property
    def spelled(self) -> str:
        """For people: ``annotator_1, annotator_2``."""
        named = ", ".join(column.spelled for column in self.labels)
        return f"{named} by {self.who}" if self.who else named

    @property
    def compared(self) -> ColumnRef:
        """With what a label is compared to be good, if it is."""
        return self.labels[0]

    def of(self, row: Row) -> Iterator[tuple[str, Any]]:
        """Who said what of the row's completion; labels that say nothing are left out. Raises Unreadable."""
        if self.who is not None:
            name, held = look_up(row, self.who), self.labels[0].look_up(row)
            if name is not None and held is not None:
                yield str(name), held
            return
        if len(self.labels) > 1:
            for column in self.labels:
                held = column.look_up(row)
                if held is not None:
                    yield column.path, held
            return
        yield from _together(self.labels[0].look_up(row))


def annotators(
    rows: Sequence[Row],
    columns: Mapping[str, str],
    named: Sequence[str],
    gold: ColumnRef | None,
    taken: set[str],
    name: str,
) -> Annotators | None:
    """Whose labels the columns hold: those ``named``, a ``gold`` that holds several labels, or those told by name.

    ``columns`` are the kinds of the columns by name, ``taken`` those that are something else. Raises DataError for a
    named column that is not there or holds no labels; ``name`` is how errors call the file. Labels of one row a person
    are for :func:`labelled_by_row`, as it takes gold to find them.
    """
    rows = rows[:LOOKED_AT]
    if named:
        return _named(rows, columns, named, gold, name)
    if gold is not None and _holds_several(gold.path, rows):
        return Annotators((gold,), why="its cells, which hold several labels each")
    free = [column for column in columns if column not in taken and (gold is None or column != gold.path)]
    each = one_each([column for column in free if _readable(column, rows)])
    if each is not None:
        return each
    together = next((found for c in free if (found := labelled_together(c, rows)) is not None), None)
    if together is not None and not _parallel(together.spelled, columns, rows) and _are_grades(together.spelled, rows):
        return together
    return None


def one_each(columns: Sequence[str]) -> Annotators | None:
    """The columns that are named after one person each, where there are two or more."""
    each = [column for column in columns if ONE_EACH.fullmatch(column.lower())]
    return Annotators(tuple(map(ColumnRef, each)), why="their names") if len(each) > 1 else None


def labelled_together(column: str, rows: Sequence[Row]) -> Annotators | None:
    """A column that by its name and its cells holds all people's labels of a row."""
    if not TOGETHER.fullmatch(column.lower()) or not _holds_several(column, rows):
        return None
    return Annotators((ColumnRef(column),), why="its name and its cells, which hold several labels each")


def labelled_by_row(
    rows: Sequence[Row], columns: Mapping[str, str], gold: ColumnRef, taken: set[str], texts: Callable[[Row], Hashable]
) -> Annotators | None:
    """A column that says whose label ``gold`` is, where completions are repeated under several names."""
    for column in columns:
        if column in taken or column == gold.path or not WHO.fullmatch(column.lower()):
            continue
        by_text: dict[Hashable, str] = {}
        for row in rows[:LOOKED_AT]:
            who = look_up(row, column)
            if who is not None and by_text.setdefault(texts(row), str(who)) != str(who):
                return Annotators((gold,), column, why=f"the name of {column}, and completions under several of them")
    return None


def _named(
    rows: Sequence[Row], columns: Mapping[str, str], named: Sequence[str], gold: ColumnRef | None, name: str
) -> Annotators:
    refs = []
    for text in named:
        try:
            ref = parse_column(text, columns)
        except ValueError:
            raise DataError(f"{name}: --annotators {text!r}: compare with a number, as in 'labels>=4'.") from None
        if all(ref.look_up(row) is None for row in rows):
            raise DataError(f"{name}: no column {ref.path!r} (--annotators); {nearest(ref.path, columns)}")
        refs.append(ref)
    why = "--annotators"
    if len(refs) > 1:
        if len({(ref.sign, ref.bound) for ref in refs}) > 1:
            raise DataError(f"{name}: --annotators {' '.join(named)}: give every column the same comparison, or none.")
        return Annotators(tuple(refs), why=why)
    if _holds_several(refs[0].path, rows):
        return Annotators((refs[0],), why=why)
    if gold is None:
        raise DataError(
            f"{name}: --annotators {refs[0].path}: holds one value a row. If it names who gave the row's label, say "
            f"where the label is: --gold COLUMN. If it is one person's labels, name the others too: --annotators "
            f"{refs[0].path} --annotators COLUMN."
        )
    return Annotators((gold,), refs[0].path, why=why)


def _together(held: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(held, Mapping):
        yield from ((str(who), label) for who, label in held.items() if label is not None)
    elif isinstance(held, list | tuple):
        for place, label in enumerate(held, 1):
            if isinstance(label, Mapping):
                who = next((str(label[key]) for key in NAMES if label.get(key) is not None), None)
                if who is None:
                    raise Unreadable(label)  # an annotated span, say
                said = next((label[key] for key in LABELS if label.get(key) is not None), None)
                if said is not None:
                    yield who, said
            elif label is not None:
                yield f"label {place}", label
    elif held is not None:
        raise Unreadable(held)


def _holds_several(path: str, rows: Sequence[Row]) -> bool:
    """Whether the cells are lists or objects of labels, more than one somewhere."""
    held = [cell for row in rows if (cell := look_up(row, path)) is not None]
    if not held or not all(isinstance(cell, list | Mapping) and len(cell) <= MOST for cell in held):
        return False
    try:
        labels = [list(_together(cell)) for cell in held]
    except Unreadable:
        return False
    return max(map(len, labels)) > 1 and all(_is_label(label) for row in labels for _, label in row)


def _are_grades(path: str, rows: Sequence[Row]) -> bool:
    """Whether lists hold classes or whole numbers: other lists (tags, probabilities) are seldom people's labels."""
    held = [cell for row in rows if isinstance(cell := look_up(row, path), list)]
    try:
        grades = [number(label) for cell in held for _, label in _together(cell)]
    except Unreadable:
        return False
    return all(grade != grade or grade == round(grade) for grade in grades)


def _is_label(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 30)


def _readable(path: str, rows: Sequence[Row]) -> bool:
    try:
        return any(number(cell) == number(cell) for row in rows if (cell := look_up(row, path)) is not None)
    except Unreadable:
        return False


def _parallel(path: str, columns: Mapping[str, str], rows: Sequence[Row]) -> bool:
    """Whether another column holds a list of texts as long in every row: then these are labels of its parts."""
    lists = [row for row in rows if isinstance(look_up(row, path), list)]
    for other in columns:
        texts = [row.get(other) for row in lists]
        if (
            other != path
            and lists
            and all(
                isinstance(text, list) and len(text) == len(row[path]) and all(isinstance(part, str) for part in text)
                for text, row in zip(texts, lists, strict=True)
                if path in row
            )
        ):
            return True
    return False
