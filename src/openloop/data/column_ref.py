"""A column as somebody names it: ``score``, ``preference.gpt4`` (inside an object) or ``factuality>=1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_COMPARISON = re.compile(r"^(?P<column>.+?)\s*(?P<sign>>=|<=|==|!=|>|<)\s*(?P<bound>.+)$")


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """Where a value is held, and what it is compared with."""

    path: str
    sign: str = ""
    """``>=``, ``<=``, ``>``, ``<``, ``==``, ``!=``, or empty where nothing is compared."""
    bound: str = ""

    @property
    def spelled(self) -> str:
        return f"{self.path}{self.sign}{self.bound}"

    def look_up(self, row: Mapping[str, Any]) -> Any:
        """What the row holds there, None where it holds nothing; not compared."""
        return look_up(row, self.path)


def parse_column(text: str, known: Iterable[str]) -> ColumnRef:
    """A column name or a comparison; a name among the ``known`` columns is taken as it stands.

    Raises ValueError where an ordered comparison is not with a number.
    """
    found = None if text in set(known) else _COMPARISON.match(text)
    if found is None:
        return ColumnRef(text)
    sign, bound = found["sign"], found["bound"]
    if sign not in ("==", "!="):
        float(bound)
    return ColumnRef(found["column"], sign, bound)


def look_up(row: Mapping[str, Any], path: str) -> Any:
    """The value at a column, or at a dotted path into objects and, by number, lists; None where there is none."""
    if path in row:
        return row[path]
    head, dot, rest = path.partition(".")
    inside = row.get(head) if dot else None
    if isinstance(inside, list):
        inside = {str(number): one for number, one in enumerate(inside)}
    return look_up(inside, rest) if isinstance(inside, Mapping) else None
