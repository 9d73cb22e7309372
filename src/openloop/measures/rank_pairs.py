"""How each row is ordered against all others by two scores at once, without looking at every pair."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes, Values


def concordance(x: Values, y: Values) -> Values:
    """Shape [N]: of the N − 1 other rows, those that x and y order alike less those that they order oppositely.

    A pair that either score ties counts on neither side. N log² N steps.
    """
    a, b = _dense(x), _dense(y)
    top_a, top_b = a.max(initial=0) - a, b.max(initial=0) - b
    alike = _below(a, b) + _below(top_a, top_b)
    opposite = _below(a, top_b) + _below(top_a, b)
    return (alike - opposite).astype(np.float64)


def untied(x: Values) -> Values:
    """Shape [N]: of the N − 1 other rows, those with another score."""
    codes = _dense(x)
    return (len(x) - np.bincount(codes)[codes]).astype(np.float64)


def _dense(values: Values) -> Codes:
    return np.unique(values, return_inverse=True)[1].ravel().astype(np.int64)


def _below(a: Codes, b: Codes) -> Codes:
    """For each row, how many rows are lower on both codes [N].

    Rows are ordered by a (in ties by falling b, so that ties never count). Then b is looked at bit by bit from the top:
    among rows that share the higher bits, a row with the bit set is above the rows before it that lack it.
    """
    order = np.lexsort((-b, a))
    held = b[order]
    counts = np.zeros(len(held), dtype=np.int64)
    places = np.arange(len(held))  # rows grouped by the higher bits, in their order within a group
    for bit in reversed(range(int(held.max(initial=0)).bit_length())):
        group, low = held[places] >> (bit + 1), (held[places] >> bit) & 1 == 0
        lows = np.cumsum(low)
        first = np.searchsorted(group, group)
        before = lows - np.where(first > 0, lows[first - 1], 0)
        counts[places[~low]] += before[~low]
        places = places[np.lexsort((~low, group))]  # stable: keeps the order within each half
    found = np.empty_like(counts)
    found[order] = counts
    return found
