"""Weights of several parts of one value."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.errors import InputError


def normalised(weights: Sequence[float], names: Sequence[str], who: str, what: str) -> tuple[float, ...]:
    """Weights scaled to add up to 1, equal where none are given. Raises InputError: one is needed for each ``what``."""
    given = [float(w) for w in weights] or [1.0] * len(names)
    if len(given) != len(names) or min(given) < 0 or sum(given) <= 0:
        raise InputError(
            f"{who}: one weight {what}, none below 0, not all 0; got {given!r:.80} for {list(names)!r:.80}."
        )
    whole = sum(given)
    return tuple(w / whole for w in given)
