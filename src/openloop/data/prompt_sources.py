"""Where prompts come from: rows in memory, a file, or a function that draws fresh problems.

Each source has a fingerprint before any row is read, so that planning costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from openloop.data import examples, from_rows, prompts
from openloop.data.tables import example_table
from openloop.errors import DataError
from openloop.identity import fingerprint
from openloop.records import Prompt
from openloop.seeds import derive, even_draws, uniforms

if TYPE_CHECKING:
    import pyarrow as pa

    from openloop.data import Rows

Draw = Callable[[int, int, int], Sequence[Mapping[str, Any]]]
"""``draw(seed, start, n)``: rows ``start`` to ``start + n`` of an endless sequence that ``seed`` names."""


class RowSource(Protocol):
    """Rows that can be named before they are read. ``openloop.data.Rows``, which are in memory, are one too."""

    @property
    def fingerprint(self) -> str: ...

    def load(self) -> Rows: ...


class PromptSource(Protocol):
    """Prompts that can be named and counted before they are read."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def count(self) -> int: ...

    def load(self) -> list[Prompt]: ...


@runtime_checkable
class FromStages(Protocol):
    """Prompts that stages of a run made."""

    @property
    def stages(self) -> tuple[Any, ...]: ...


@runtime_checkable
class SeveralItems(Protocol):
    """Prompts whose replies are to hold several items each."""

    @property
    def items_each(self) -> int: ...


def stages_behind(source: PromptSource) -> tuple[Any, ...]:
    """The stages that made some prompts; none where they come from rows or a function."""
    return source.stages if isinstance(source, FromStages) else ()


def items_each(source: PromptSource) -> int:
    """How many items a reply to one of the prompts is to hold."""
    return source.items_each if isinstance(source, SeveralItems) else 1


@dataclass(frozen=True)
class All:
    """Every row of a source, in order."""

    source: RowSource

    @property
    def fingerprint(self) -> str:
        return self.source.fingerprint

    @cached_property
    def count(self) -> int:
        return len(self.source.load().rows)

    def load(self) -> list[Prompt]:
        return prompts(self.source.load())


@dataclass(frozen=True)
class Shuffled:
    """Rows ``start`` to ``start + count`` of a source shuffled by a seed, and shuffled anew when it runs out."""

    source: RowSource
    seed: int
    start: int
    count: int

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(["shuffled", self.source.fingerprint, self.seed, self.start, self.count])

    def load(self) -> list[Prompt]:
        rows = self.source.load().rows
        drawn = even_draws(len(rows), 1, self.seed, self.start, self.count)[:, 0]
        return prompts(from_rows([rows[i] for i in drawn.tolist()]))


@dataclass(frozen=True)
class Drawn:
    """Fresh rows from a function; see :data:`Draw`."""

    draw: Draw
    seed: int
    start: int
    count: int

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(["drawn", self.draw, self.seed, self.start, self.count])

    def load(self) -> list[Prompt]:
        name = getattr(self.draw, "__qualname__", str(self.draw))
        rows = rows_from(self.draw, name, self.seed, self.start, self.count)
        if len(rows) != self.count:
            raise DataError(f"{name}(seed, start, n) was asked for {self.count} rows and returned {len(rows)}.")
        return prompts(from_rows(rows))


def rows_from(function: Callable[..., Any], name: str, *arguments: int) -> list[Mapping[str, Any]]:
    """Call a user's function that makes rows; what goes wrong in it is a DataError that names it."""
    try:
        rows = function(*arguments)
    except Exception as error:
        called = f"{name}({', '.join(map(str, arguments))})"
        raise DataError(f"{called} raised {type(error).__name__}: {error}") from error
    if not isinstance(rows, Iterable) or isinstance(rows, str | bytes | Mapping):
        raise DataError(f"{name} must return a list of rows, got {rows!r:.80}.")
    return list(rows)


@dataclass(frozen=True)
class Share:
    """A seeded part of the prompts of a source, in their order: shares that adjoin make up the whole."""

    source: PromptSource
    low: float
    high: float

    @property
    def fingerprint(self) -> str:
        return fingerprint(["share", self.source.fingerprint, self.low, self.high])

    @property
    def stages(self) -> tuple[Any, ...]:
        return stages_behind(self.source)

    @property
    def count(self) -> int:
        return round(self.high * self.source.count) - round(self.low * self.source.count)

    def load(self) -> list[Prompt]:
        every = self.source.load()
        luck = uniforms([derive("share", prompt.id) for prompt in every], 1)[:, 0]
        rank = np.argsort(np.argsort(luck, kind="stable"), kind="stable")
        low, high = round(self.low * len(every)), round(self.high * len(every))
        return [prompt for prompt, place in zip(every, rank.tolist(), strict=True) if low <= place < high]


@dataclass(frozen=True)
class First:
    """The first prompts of a source, named and seeded as they are there."""

    source: PromptSource
    most: int

    @property
    def fingerprint(self) -> str:
        return fingerprint(["first", self.source.fingerprint, self.most])

    @property
    def stages(self) -> tuple[Any, ...]:
        return stages_behind(self.source)

    @property
    def items_each(self) -> int:
        return items_each(self.source)

    @property
    def count(self) -> int:
        return min(self.most, self.source.count)

    def load(self) -> list[Prompt]:
        return self.source.load()[: self.most]


@dataclass(frozen=True)
class ExampleSource:
    """Real rows to train on."""

    source: RowSource

    @property
    def fingerprint(self) -> str:
        return self.source.fingerprint

    def table(self) -> pa.Table:
        return example_table(examples(self.source.load()))


def as_prompts(value: Any) -> PromptSource:
    """Prompts from what a user has at hand: texts, rows with a ``prompt``, rows read from a file, a source."""
    if hasattr(value, "load") and hasattr(value, "count"):
        return value  # type: ignore[no-any-return]
    return All(as_rows(value))


def as_rows(value: Any) -> RowSource:
    """Rows from what a user has at hand: texts, rows with a ``prompt``, rows read from a file, a source of rows."""
    if hasattr(value, "load") and hasattr(value, "fingerprint"):
        return value  # type: ignore[no-any-return]
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise DataError(
            f"prompts: expected a list of texts, rows with a `prompt`, or openloop.read(file); got {value!r:.80}."
        )
    return from_rows([{"prompt": row} if isinstance(row, str) else row for row in value])


@dataclass(frozen=True)
class Once:
    """A source that is read at most once."""

    source: RowSource

    @property
    def fingerprint(self) -> str:
        return self.source.fingerprint

    def load(self) -> Rows:
        return self._rows

    @cached_property
    def _rows(self) -> Rows:
        return self.source.load()
