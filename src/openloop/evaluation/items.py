"""Per-item results of an evaluation, and how two models are compared on the items of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from openloop.errors import InputError, nearest
from openloop.measures.intervals import paired
from openloop.records import Estimate


@dataclass(frozen=True)
class ItemResults:
    """What each of N answers gave. Answers to one prompt are one item."""

    prompts: Sequence[str]
    """Shape [N]: the ids of the prompts."""
    values: Mapping[str, NDArray[np.float64]]
    """By the estimate's name, shape [N]: 1 and 0 where a signal accepts, else its value; NaN where unscored."""

    def by_prompt(self, name: str) -> dict[str, float]:
        """Mean value of each prompt that has a scored answer. Raises InputError for an unknown name."""
        if name not in self.values:
            raise InputError(f"evaluation: no estimate {name!r}; {nearest(name, self.values)}")
        held: dict[str, list[float]] = {}
        for prompt, value in zip(self.prompts, self.values[name].tolist(), strict=True):
            if value == value:
                held.setdefault(prompt, []).append(value)
        return {prompt: sum(mine) / len(mine) for prompt, mine in held.items()}


def paired_difference(one: ItemResults, other: ItemResults, name: str) -> Estimate:
    """``one`` less ``other`` in the estimate ``name``, over the prompts that both scored, paired by prompt.

    Far narrower than the difference of two intervals where the models err on the same prompts. ``n_unscored`` counts
    prompts that only one of them scored. Raises InputError when they share no prompt.
    """
    mine, theirs = one.by_prompt(name), other.by_prompt(name)
    both = [prompt for prompt in mine if prompt in theirs]
    if not both:
        raise InputError(f"evaluation: the two share no scored prompt for {name!r}; evaluate both on one test.")
    found = paired([mine[prompt] for prompt in both], [theirs[prompt] for prompt in both])
    return replace(found, n_unscored=len(mine.keys() | theirs.keys()) - len(both))
