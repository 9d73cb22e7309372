"""What the theory's arguments must be: one message for each kind."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Values
from openloop.errors import InputError


def probability(name: str, value: ArrayLike, *, open_ends: bool = False) -> Values:
    """Numbers in [0, 1], or in (0, 1). Raises InputError that names them."""
    found = np.asarray(value, dtype=np.float64)
    inside = (found > 0) & (found < 1) if open_ends else (found >= 0) & (found <= 1)
    if not np.all(inside):
        raise InputError(f"{name}: must lie in {'(0, 1)' if open_ends else '[0, 1]'}, got {value!r}.")
    return found


def at_least(name: str, value: float, least: float) -> None:
    """A number that is finite and no smaller. Raises InputError that names it."""
    if not math.isfinite(value) or value < least:
        raise InputError(f"{name}: must be at least {least:g}, got {value}.")


def fits(name: str, bytes_needed: float, most: float = 2 * 2**30) -> None:
    """A simulation that memory can hold. Raises InputError with what it would take."""
    if bytes_needed > most:
        raise InputError(
            f"{name}: would need {bytes_needed / 2**30:,.1f} GiB, and {most / 2**30:g} GiB are allowed; take fewer."
        )
