"""A format of one object a candidate, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from openloop.export.base import Rows, Written
from openloop.export.containers import ENDINGS, Line, write_lines


@dataclass(frozen=True)
class LineFormat:
    """One object a candidate."""

    name: str
    holds: str
    lines: Callable[[Rows], Iterator[Line]]
    endings: ClassVar[tuple[str, ...]] = ENDINGS
    pairs: ClassVar[bool] = False
    has_plain: bool = False

    def write(self, rows: Rows, path: Path, ending: str) -> Written:
        """See :class:`openloop.export.base.Format`."""
        write_lines(self.lines(rows), path, ending)
        return Written(len(rows.candidates))
