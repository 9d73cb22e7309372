"""What every stage has: a kind, an identity, and a way to be carried out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from openloop.errors import ContractError
from openloop.run.engine import Engine
from openloop.run.store import Store

PART = 1024
"""Candidates per part. It is identity: the shape of a batch is part of a model's arithmetic."""


class Stage(Protocol):
    """One durable step: a pure function of what its fingerprint names."""

    @property
    def kind(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def upstream(self) -> tuple[str, ...]:
        """Fingerprints of the stages it reads."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """The literal configuration that the fingerprint is made of."""
        ...

    def execute(self, store: Store, engine: Engine) -> dict[str, Any]:
        """Do the work, commit its parts, and return the counts of the whole stage."""
        ...


def add_up(parts: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of a stage from the counts of its parts, those by reason included."""
    total: dict[str, Any] = {}
    for counts in parts.values():
        for key, count in counts.items():
            if isinstance(count, Mapping):
                total[key] = add_up({0: total.get(key, {}), 1: count})
            else:
                total[key] = total.get(key, 0) + count
    return total


def require_sum(stage: str, counts: Mapping[str, Any], whole: str, *parts: str) -> None:
    """Check the accounting: nothing may leave silently. A count by reason counts as their sum."""
    held = [counts[part] for part in parts]
    if counts[whole] != sum(sum(count.values()) if isinstance(count, Mapping) else count for count in held):
        raise ContractError(f"{stage}: {whole} is not {' + '.join(parts)} in {dict(counts)}. Please report this.")
