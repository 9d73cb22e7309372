"""Decontaminate: drop rows that hold a text of an evaluation set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from openloop.contracts import PoolView
from openloop.data import Source
from openloop.data.content import text_of
from openloop.measures.contamination import Index
from openloop.records import Selection
from openloop.selection.base import from_reasons, require_of


@dataclass(frozen=True)
class Decontaminate:
    """See :func:`decontaminate`."""

    rows: Source
    of: str
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    @cached_property
    def _index(self) -> Index:
        loaded = self.rows.load()
        texts = (text_of(row[name]) for row in loaded.rows for name in ("prompt", "completion") if row.get(name))
        return Index.of(texts)

    def select(self, pool: PoolView, /) -> Selection:
        columns = ["text.completion"] if self.of == "completion" else ["text.prompt", "text.completion"]
        rows = zip(*(pool.column(name) for name in columns), strict=True)
        return from_reasons(pool, [self._why(texts) for texts in rows])

    def _why(self, texts: Sequence[str]) -> str:
        found = next(filter(None, map(self._index.found, texts)), None)
        return f"contaminated:{found}" if found else ""


def decontaminate(
    *,
    path: str,
    prompt: str | None = None,
    completion: str | None = None,
    of: Literal["row", "completion"] = "row",
    base: Path | None = None,
) -> Decontaminate:
    """Drop rows that contain a text of the file at ``path`` (relative to ``base``, in a recipe its folder).

    A prompt or completion is dropped if it equals one of them, is close to one (MinHash similarity .8), or shares 13
    words in a row with one. ``of="completion"`` ignores prompts, which may quote real rows on purpose.
    """
    require_of(of, "decontaminate")
    return Decontaminate(Source((base or Path()) / path, prompt, completion), of)
