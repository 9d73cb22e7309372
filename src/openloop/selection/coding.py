"""Coding: drop rows that are about programming, by keywords (nomad, §3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.records import Selection
from openloop.selection.base import from_reasons

KEYWORDS = (
    "```",
    "def ",
    "import ",
    "#include",
    "public static",
    "console.log",
    "System.out",
    "SELECT ",
    "</",
    "lambda ",
    "python",
    "javascript",
    "java ",
    "c++",
    "sql",
    "html",
    "css",
    "function(",
    "regex",
)


@dataclass(frozen=True)
class Coding:
    """See :func:`coding`."""

    keywords: tuple[str, ...]
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        rows = zip(pool.column("text.prompt"), pool.column("text.completion"), strict=True)
        return from_reasons(pool, [self._why(f"{prompt}\n{completion}") for prompt, completion in rows])

    def _why(self, text: str) -> str:
        folded = text.casefold()
        return next((f"coding:{word.strip()}" for word in self.keywords if word.casefold() in folded), "")


def coding(*, keywords: Sequence[str] = KEYWORDS) -> Coding:
    """Drop rows whose prompt or completion holds one of the keywords; case does not matter."""
    if isinstance(keywords, str) or not keywords or not all(keywords):
        raise InputError(f"coding: keywords must be a list of texts, got {keywords!r}.")
    return Coding(tuple(keywords))
