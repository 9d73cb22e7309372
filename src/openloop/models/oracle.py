"""An oracle: answers with the gold of each row. The arm that shows what true labels would have given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from openloop.errors import InputError
from openloop.records import Completion, Prompt, Sampling


@dataclass(frozen=True)
class Oracle:
    """See :func:`oracle`."""

    column: str
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "oracle"

    @cached_property
    def revision(self) -> str:
        return f"row.{self.column}"

    @cached_property
    def depends_on(self) -> frozenset[str]:
        return frozenset({f"row.{self.column}"})

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:  # noqa: ARG002
        """The gold answer, K times; of a list of accepted answers the first."""
        for prompt in prompts:
            if prompt.row.get(self.column) in (None, [], ()):
                raise InputError(f"oracle: a row has no {self.column!r}; it has: {', '.join(sorted(prompt.row))}.")
        return [[Completion(_first(prompt.row[self.column]))] * k for prompt in prompts]


def _first(gold: Any) -> str:
    return str(gold[0] if isinstance(gold, list | tuple) else gold)


def oracle(column: str = "answer") -> Oracle:
    """A model that answers with ``row[column]``."""
    return Oracle(column)
