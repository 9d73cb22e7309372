"""Coding: drop rows that hold code, or are about writing it (nomad, §3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.measures.programming import programming
from openloop.records import Selection
from openloop.selection.base import from_reasons, written


@dataclass(frozen=True)
class Coding:
    """See :func:`coding`."""

    keywords: tuple[str, ...]
    version: ClassVar[str] = "2"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        return from_reasons(pool, [self._why("\n".join(texts)) for texts in written(pool)])

    def _why(self, text: str) -> str:
        if not self.keywords:
            found = programming(text)
            return f"coding:{found}" if found else ""
        return next((f"coding:{word.strip()}" for word, way in self._ways if way.search(text)), "")

    @cached_property
    def _ways(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(word, _whole_word(word)) for word in self.keywords]


def coding(*, keywords: Sequence[str] = ()) -> Coding:
    """Drop rows whose text holds code or is about programming.

    Read is what the model wrote: the completion, and the prompt where it wrote that too, but not a prompt that it was
    given. ``keywords`` replace what is looked for (:mod:`openloop.measures.programming`): whole words; one with
    capitals is found in those capitals only.
    """
    if isinstance(keywords, str) or not all(isinstance(word, str) and word.strip() for word in keywords):
        raise InputError(f"coding: keywords must be a list of texts, got {keywords!r}.")
    return Coding(tuple(keywords))


def _whole_word(word: str) -> re.Pattern[str]:
    word = word.strip()
    before = r"(?<!\w)" if word[0].isalnum() else ""
    behind = r"(?!\w)" if word[-1].isalnum() else ""
    return re.compile(f"{before}{re.escape(word)}{behind}", re.IGNORECASE if word == word.lower() else 0)
