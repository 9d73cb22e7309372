"""Duplicates: keep the first of the rows that say the same, or nearly so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from openloop.contracts import PoolView
from openloop.measures.duplicates import near, repeats, signature
from openloop.records import Selection
from openloop.selection.base import from_reasons, require_of


@dataclass(frozen=True)
class Duplicates:
    """See :func:`duplicates`."""

    near: bool
    of: str
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        if not len(pool):
            return from_reasons(pool, [])
        texts = pool.column("text.completion")
        prompts = [""] * len(pool) if self.of == "completion" else pool.column("text.prompt")
        pairs = [(" ".join(p.split()), " ".join(t.split())) for p, t in zip(prompts, texts, strict=True)]
        names = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
        exact = repeats(np.array([names[pair] for pair in pairs]))
        reasons = np.where(exact, "duplicate", "").astype(object)
        if self.near:
            signatures = np.array([signature(text) for text in texts], dtype=np.uint32)
            close = repeats(near(signatures)) & ~exact
            reasons[close] = "near_duplicate"
        return from_reasons(pool, list(reasons))


def duplicates(*, near: bool = True, of: Literal["row", "completion"] = "row") -> Duplicates:
    """Drop rows whose prompt and completion (or, with ``of``, completion alone) repeat an earlier row, spaces aside.

    With ``near`` also completions close to an earlier one of any prompt: MinHash of three-word runs, similarity .8;
    texts under eight words must be equal.
    """
    require_of(of, "duplicates")
    return Duplicates(near, of)
