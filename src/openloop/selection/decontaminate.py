"""Decontaminate: drop rows that hold a text of an evaluation set."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from openloop.contracts import PoolView
from openloop.data import Source
from openloop.data.content import text_of
from openloop.measures.contamination import search
from openloop.measures.known_texts import KnownTexts
from openloop.records import Selection
from openloop.selection.base import from_reasons, require_of


@dataclass(frozen=True)
class Decontaminate:
    """See :func:`decontaminate`."""

    rows: Source
    of: str
    version: ClassVar[str] = "2"
    uses_verdicts: ClassVar[bool] = False

    @cached_property
    def _known(self) -> KnownTexts:
        loaded = self.rows.load()
        return KnownTexts.of((text_of(row.get("prompt")), text_of(row.get("completion"))) for row in loaded.rows)

    def select(self, pool: PoolView, /) -> Selection:
        completions = pool.column("text.completion")
        # A completion that is looked at alone may be a prompt itself, as where prompts are generated.
        rows = (
            ((text, "") for text in completions)
            if self.of == "completion"
            else zip(pool.column("text.prompt"), completions, strict=True)
        )
        return from_reasons(pool, [f"contaminated:{leak.how}" if leak else "" for leak in search(self._known, rows)])


def decontaminate(
    *,
    path: str,
    prompt: str | None = None,
    completion: str | None = None,
    of: Literal["row", "completion"] = "row",
    base: Path | None = None,
) -> Decontaminate:
    """Drop rows that hold a text of the file at ``path`` (relative to ``base``, in a recipe its folder).

    A row is dropped if its prompt equals one there, or if its prompt or completion holds a prompt or a completion of 13
    words or more from there: whole, nearly (80 % of its runs of three words), or 13 words in a row. Short answers are
    never compared, and what many texts share is a template. ``of="completion"`` ignores prompts, which may quote real
    rows on purpose. The reasons are those of :mod:`openloop.measures.contamination`.
    """
    require_of(of, "decontaminate")
    return Decontaminate(Source((base or Path()) / path, prompt, completion), of)
