"""Entropies of two values, for tests of measures in bits."""

from __future__ import annotations

import math


def h(p: float) -> float:
    """Of a verdict that is accepted with probability p (bits)."""
    return 0.0 if p in (0, 1) else -p * math.log2(p) - (1 - p) * math.log2(1 - p)
