"""Several p-values judged together (Holm 1979): the chance of any false alarm stays at the level of one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def holm(p_values: Mapping[Name, float]) -> dict[Name, float]:
    """Each p-value adjusted for the whole family, to be compared with the level for one."""
    ordered = sorted(p_values, key=lambda name: p_values[name])
    adjusted: dict[Name, float] = {}
    largest = 0.0
    for i, name in enumerate(ordered):
        largest = max(largest, min(1.0, (len(ordered) - i) * p_values[name]))
        adjusted[name] = largest
    return {name: adjusted[name] for name in p_values}
