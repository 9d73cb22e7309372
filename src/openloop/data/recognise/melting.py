"""Rows that hold several completions: read as one row a completion.

two object columns or more with the same keys    {"gpt4": {"response": ...}, "llama": {"response": ...}}
a list of completions, and lists beside it       {"generations": ["4", "5"], "scores": [0.9, 0.1]}
a list of objects                                {"completions": [{"model": ..., "response": ...}, ...]}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from openloop.data.recognise.names import (
    ANSWERS,
    COMPLETIONS,
    CONFIDENCES,
    GOLD,
    LISTS,
    MODELS,
    VERDICTS,
    is_named,
    plain_name,
)
from openloop.errors import DataError

Row = Mapping[str, Any]
SAME_ROW = "same_row"
"""The column that says which completions stood in one row, where they have no prompt to say so."""
_PER_ELEMENT = (*(f"({name})s?" for name in (*GOLD, *VERDICTS, *MODELS, *CONFIDENCES)), r"finish_reasons?", r"n_tokens")
"""Names of lists that say something of each completion."""


@dataclass(frozen=True, slots=True)
class Melting:
    """How one row of the file becomes several."""

    columns: tuple[str, ...]
    """The object columns; or the list of completions, and the lists that go with it, one value a completion."""
    listed: bool = False
    """Whether the completions are in a list."""
    element: str = ""
    """Where a list holds objects: the key of the completion; empty where it holds the completions themselves."""
    marked: bool = False
    """Whether :data:`SAME_ROW` is added."""

    @property
    def gone(self) -> tuple[str, ...]:
        """The columns that the rows made of it no longer have; what stands beside a list becomes a column of them."""
        return self.columns[:1] if self.listed else self.columns

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """One row for each completion, in order. Raises DataError, without a place, where lists differ in length."""
        for row in rows:
            yield from self._listed(row) if self.listed else self._objects(row)

    def placed(self, rows: Iterable[Row], name: str) -> Iterator[Row]:
        """The same for the first rows of what errors call ``name``, which name the row."""
        for number, row in enumerate(rows, 1):
            try:
                yield from self.rows([row])
            except DataError as error:
                raise DataError(f"{name}: row {number}: {error}") from None

    def said(self) -> str:
        """One sentence for people."""
        if not self.listed:
            return f"{len(self.columns)} completions a row: {', '.join(self.columns)} (named in `model`)"
        with_it = f", with one value of {', '.join(self.columns[1:])} each" if len(self.columns) > 1 else ""
        held = f" (its key {self.element})" if self.element else ""
        return f"one row for each completion in the list {self.columns[0]}{held}{with_it}"

    def _objects(self, row: Row) -> Iterator[Row]:
        rest = {key: value for key, value in row.items() if key not in self.columns}
        for column in self.columns:
            held = row.get(column)
            if isinstance(held, Mapping):
                yield {**rest, **held, "model": column}

    def _listed(self, row: Row) -> Iterator[Row]:
        texts, *others = self.columns
        held = row.get(texts)
        held = held if isinstance(held, list) else []
        rest = {_free(key, "completion"): value for key, value in row.items() if key not in self.columns}
        if self.marked:
            rest[SAME_ROW] = blake2b(json.dumps(row, default=str).encode("utf-8", "replace"), digest_size=8).hexdigest()
        beside = {}
        for column in others:
            values = row.get(column)
            if values is not None and (not isinstance(values, list) or len(values) != len(held)):
                what = f"{len(values):,} values" if isinstance(values, list) else "no list"
                raise DataError(
                    f"{texts} holds {len(held):,} completions, but {column} holds {what}. Allowed: one value for each "
                    "completion, in the same order. Repair the row, or rename the column that does not belong to them."
                )
            beside[column] = values
        for place, one in enumerate(held):
            own = {column: None if values is None else values[place] for column, values in beside.items()}
            if not self.element:
                yield {"completion": one, **own, **rest}
            elif isinstance(one, Mapping):
                kept = {f"row.{key}" if key in one else key: value for key, value in rest.items()}
                yield {**one, **own, **kept}
            else:
                yield {self.element: None, **own, **rest}


def melting_of(sample: Sequence[Row], completion: str | None = None, *, only_named: bool = False) -> Melting | None:
    """How the rows at the start of a file are melted; None where each holds one completion.

    ``completion`` is the column that somebody named. ``only_named``: only a list that is named so is melted.
    """
    objects = () if only_named else _object_columns(sample, completion)
    if objects:
        return Melting(objects)
    texts, _, inner = (completion or "").partition(".")
    pairs = any({"chosen", "rejected"} <= row.keys() for row in sample[:1])
    if completion is None and not only_named and not pairs:
        texts = _list_column(sample)
    lists = [row[texts] for row in sample if isinstance(row.get(texts), list)] if texts else []
    if not any(lists) or _are_turns(lists):
        return None
    elements = [one for held in lists for one in held if one is not None]
    element = ""
    if elements and all(isinstance(one, Mapping) for one in elements):
        element = inner or _completion_key(elements)
        if not element:
            return None
    elif not _are_completions(elements):
        return None
    return Melting((texts, *_beside(texts, sample)), listed=True, element=element)


def _object_columns(sample: Sequence[Row], completion: str | None) -> tuple[str, ...]:
    """Two object columns or more that hold the same keys, a completion among them; else none."""
    if not sample or (completion and completion in sample[0]):
        return ()
    by_keys: dict[frozenset[str], list[str]] = {}
    for column, value in sample[0].items():
        if isinstance(value, Mapping):
            by_keys.setdefault(frozenset(map(str, value)), []).append(column)
    for keys, columns in by_keys.items():
        if len(columns) > 1 and any(is_named(key, *COMPLETIONS, *ANSWERS) for key in keys):
            return tuple(columns)
    return ()


def _list_column(sample: Sequence[Row]) -> str:
    """The column that is called like a list of completions and holds some; empty where a column holds single ones."""
    columns = list({str(column): None for row in sample for column in row})
    if any(is_named(column, *COMPLETIONS) and _holds_single(column, sample) for column in columns):
        return ""
    for name in LISTS:
        for column in columns:
            if re.fullmatch(name, plain_name(column)):
                lists = [row[column] for row in sample if row.get(column) is not None]
                if any(lists) and all(isinstance(held, list) for held in lists) and not _are_turns(lists):
                    elements = [one for held in lists for one in held if one is not None]
                    if _are_completions(elements) or _completion_key(elements):
                        return column
    return ""


def _holds_single(column: str, sample: Sequence[Row]) -> bool:
    """Whether a column holds one completion a row: a text, or the turns of one chat."""
    held = [row[column] for row in sample if row.get(column) is not None]
    return any(isinstance(one, str) for one in held) or _are_turns([one for one in held if isinstance(one, list)])


def _are_turns(lists: Sequence[Any]) -> bool:
    """Whether the lists are conversations: their elements are messages."""
    elements = [one for held in lists for one in held]
    return bool(elements) and all(
        isinstance(one, Mapping) and ({"role", "content"} <= one.keys() or {"from", "value"} <= one.keys())
        for one in elements
    )


def _are_completions(elements: Sequence[Any]) -> bool:
    """Texts, or conversations."""
    return bool(elements) and (all(isinstance(one, str) for one in elements) or _all_turns(elements))


def _all_turns(elements: Sequence[Any]) -> bool:
    return all(isinstance(one, list) for one in elements) and _are_turns(elements)


def _completion_key(elements: Sequence[Any]) -> str:
    """The key of objects under which the completion stands."""
    if not elements or not all(isinstance(one, Mapping) for one in elements):
        return ""
    keys = {str(key): None for one in elements for key in one}
    return next((key for name in (*COMPLETIONS, *ANSWERS) for key in keys if is_named(key, name)), "")


def _beside(texts: str, sample: Sequence[Row]) -> Iterator[str]:
    """Columns of lists that hold one value for each completion."""
    for column in {str(column): None for row in sample for column in row}:
        pairs = [
            (len(row[column]), len(row[texts]))
            for row in sample
            if column != texts and isinstance(row.get(column), list) and isinstance(row.get(texts), list)
        ]
        alike = sum(one == other for one, other in pairs)
        if not pairs or 2 * alike < len(pairs):
            continue  # a list of something else, which all completions of the row share
        if is_named(column, *_PER_ELEMENT) or (alike == len(pairs) and len({other for _, other in pairs}) > 1):
            yield column


def _free(key: str, name: str) -> str:
    return f"file.{key}" if key == name else key
