"""The columns of a file that have no role: strata where they hold few values, and numbers."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np

from openloop.arrays import Codes, Values
from openloop.auditing.inputs import Row
from openloop.data.gold import NAN
from openloop.data.recognise import ColumnRoles
from openloop.data.recognise.column_use import DISTINCT, LONGEST, NUMBERING, STRATA

NUMBERS = 32
"""Columns of numbers that are kept, at eight bytes a row each."""


class OtherColumns:
    """Takes in rows with :meth:`add`; :meth:`strata` and :meth:`numbers` are what their other columns became."""

    def __init__(self, roles: ColumnRoles) -> None:
        self.n = 0
        self._strata: dict[str, tuple[dict[str, int], array[int]]] = {}
        self._numbers: dict[str, array[float]] = {}
        self._few: dict[str, set[float]] = {}
        """Columns of few numbers so far: only those of many take up room."""
        self._many: set[str] = set()
        self._no_strata: set[str] = {*roles.used, *NUMBERING}
        self._no_numbers: set[str] = roles.used - {roles.step}  # whose rows are labelled may go by the step
        self._gold_stem = _stem(roles.gold.path) if roles.gold else None
        """Columns that begin like gold's (``gold_error`` beside ``gold_pass``) say what gold says."""

    def add(self, row: Row) -> None:
        """Take in one row."""
        for column, value in row.items():
            if column not in self._no_strata:
                self._stratify(column, value)
            if column not in self._no_numbers:
                self._number(column, value)
        self.n += 1

    def strata(self) -> dict[str, tuple[Codes, tuple[str, ...]]]:
        """Codes [N] in the order of the names, −1 where the column held nothing, and the names."""
        found = {name: coded(*held, self.n) for name, held in self._strata.items()}
        return {name: (codes, names) for name, (codes, names) in found.items() if len(np.unique(codes)) > 1}

    def numbers(self) -> dict[str, Values]:
        """Shape [N] each, NaN where the column held nothing."""
        found = {}
        for column, held in sorted(self._numbers.items()):
            values = np.concatenate([np.array(held), np.full(self.n - len(held), NAN)])
            if len(np.unique(values[~np.isnan(values)])) > DISTINCT:
                found[column] = values
        return found

    def _stratify(self, column: str, value: Any) -> None:
        names_one = (
            value is None or isinstance(value, int | float) or (isinstance(value, str) and len(value) <= LONGEST)
        )
        if not names_one or _stem(column) == self._gold_stem:
            self._no_strata.add(column)
            self._strata.pop(column, None)
            return
        # A column may begin late: the rows before it hold nothing there.
        names, codes = self._strata.setdefault(column, ({}, array("q")))
        codes.extend([-1] * (self.n - len(codes)))
        codes.append(-1 if value is None else names.setdefault(str(value), len(names)))
        if len(names) > STRATA:
            self._no_strata.add(column)
            del self._strata[column]

    def _number(self, column: str, value: Any) -> None:
        if value is None and column not in self._numbers:
            return  # a place is for a column that holds a number
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (is_number or value is None) or _stem(column) == self._gold_stem:
            self._drop_numbers(column)
            return
        held = self._numbers.setdefault(column, array("d"))
        held.extend([NAN] * (self.n - len(held)))
        held.append(NAN if value is None else float(value))
        if column not in self._many:
            few = self._few.setdefault(column, set())
            few.add(held[-1])
            if len(few) > DISTINCT + 1:  # NaN may be one of them
                del self._few[column]
                self._many.add(column)
                if len(self._many) > NUMBERS:
                    self._drop_numbers(column)

    def _drop_numbers(self, column: str) -> None:
        self._no_numbers.add(column)
        self._numbers.pop(column, None)
        self._few.pop(column, None)
        self._many.discard(column)


def coded(names: Mapping[str, int], codes: array[int], n: int) -> tuple[Codes, tuple[str, ...]]:
    """Codes in the order of the names, −1 where the column held nothing, and the names."""
    ordered = sorted(names)
    place = np.empty(len(ordered) + 1, dtype=np.int64)
    place[[names[name] for name in ordered]] = np.arange(len(ordered))
    place[-1] = -1
    full = np.concatenate([np.array(codes), np.full(n - len(codes), -1)])
    return place[full], tuple(ordered)


def _stem(column: str) -> str:
    return re.split(r"[_.]", column)[0]
