"""Per prompt: keep no more than so many rows of each prompt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import Verdicts
from openloop.errors import InputError
from openloop.records import Candidate, Selection
from openloop.seeds import derive
from openloop.selection.base import from_reasons


@dataclass(frozen=True)
class PerPrompt:
    """See :func:`per_prompt`."""

    n: int
    seed: int
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:  # noqa: ARG002
        order = sorted(range(len(candidates)), key=lambda i: derive(self.seed, candidates[i].id))
        seen: Counter[str] = Counter()
        reasons = [""] * len(candidates)
        for i in order:
            prompt = candidates[i].prompt_id
            reasons[i] = "" if seen[prompt] < self.n else "prompt_is_full"
            seen[prompt] += 1
        return from_reasons(candidates, reasons)


def per_prompt(n: int, *, seed: int = 0) -> PerPrompt:
    """Keep at most ``n`` rows of a prompt, chosen by a hash of their ids. After a selector, in a chain."""
    if n < 1:
        raise InputError(f"per_prompt: n must be at least 1, got {n}.")
    return PerPrompt(n, seed)
