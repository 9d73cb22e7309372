"""A price on length that comes once answers are right: mastery first, then brevity.

Feedback on length alone, applied only after correctness is stable, shortens answers in every domain
(information-open, §4.4: "mastery-gated CoT compression").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from openloop.errors import InputError


@dataclass(frozen=True)
class LengthPenalty:
    """``most`` is taken off the reward of an accepted answer of the full length, and in proportion off shorter ones.

    Only accepted answers pay, and less than a signal is worth: being short never makes up for being wrong.
    """

    most: float = 0.0
    stable_for: int = 50
    """Steps for which accuracy must have been stable."""
    stable_within: float = 0.05
    """Largest difference between two accuracies of stable steps."""
    stable_above: float = 0.5
    """Smallest mean accuracy of stable steps: what is never right is stable, too."""

    def starts(self, checks: Sequence[tuple[int, float]]) -> int | None:
        """The step whose check is the first after which accuracy was stable; None while it was not.

        ``checks``: (step, accuracy on held-out prompts), in order; NaN where nothing was scored. Those of the last
        ``stable_for`` steps count, and must reach back so far.
        """
        if not self.most:
            return None
        for last, (step, _) in enumerate(checks):
            window = [value for at, value in checks[: last + 1] if at >= step - self.stable_for]
            if checks[0][0] > step - self.stable_for or len(window) < 2 or any(map(math.isnan, window)):
                continue
            if max(window) - min(window) <= self.stable_within and math.fsum(window) / len(window) >= self.stable_above:
                return step
        return None

    def of(self, tokens: int, max_tokens: int) -> float:
        """What an accepted answer pays."""
        return self.most * min(1.0, tokens / max_tokens)

    def check(self, smallest: float | None, held_out: int, check_every: int) -> None:
        """``smallest``: weight of a signal that accepts; None without one. Raises InputError."""
        for name, value in (("length_penalty", self.most), ("stable_within", self.stable_within)):
            if not (math.isfinite(value) and value >= 0):
                raise InputError(f"grpo: {name} must be at least 0, got {value!r}.")
        if not self.most:
            return
        if smallest is None or self.most >= smallest:
            worth = "no signal accepts anything" if smallest is None else f"the least is worth {smallest:g}"
            raise InputError(
                f"grpo: length_penalty={self.most:g} must be below what being accepted is worth ({worth}), or a short "
                "wrong answer could be paid better than a long right one."
            )
        if not held_out:
            raise InputError("grpo: length_penalty waits for stable accuracy on held-out prompts; held_out is 0.")
        if self.stable_for < check_every:
            raise InputError(
                f"grpo: stable_for={self.stable_for} steps must hold two checks or more, and there is one every "
                f"{check_every} steps (check_every)."
            )
