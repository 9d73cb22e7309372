"""A part that killed its worker twice: it is halved until only the rows that kill are left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from openloop.run.engine import Died, Executor, call
from openloop.run.engine.base import Work

R = TypeVar("R")


def rescued(
    executor: Executor,
    work: Work[list[R]],
    task: tuple[Any, ...],
    groups: Sequence[Sequence[int]],
    lost: Callable[[str], R],
    reason: str,
) -> dict[int, R]:
    """Row number → what ``work(worksite, *task, rows)`` returns for it, or ``lost(reason)`` for those that kill.

    ``groups`` are rows that stay together.
    """
    if len(groups) == 1:
        return dict.fromkeys(groups[0], lost(reason))
    found: dict[int, R] = {}
    middle = len(groups) // 2
    for half in (groups[:middle], groups[middle:]):
        rows = [row for group in half for row in group]
        result = call(executor, work, *task, rows)
        if isinstance(result, Died):
            found |= rescued(executor, work, task, half, lost, result.reason)
        else:
            found |= dict(zip(rows, result, strict=True))
    return found
