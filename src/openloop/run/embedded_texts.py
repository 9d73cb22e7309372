"""Which texts are embedded: the prompts or completions of a pool, or of rows that no model made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

from openloop.data.content import text_of
from openloop.data.prompt_sources import RowSource
from openloop.data.tables import generated
from openloop.errors import InputError
from openloop.remote.money import most_tokens
from openloop.run.stages.base import PART, PoolStage, Stage
from openloop.run.stages.parse import ParseStage
from openloop.run.stages.sample import SampleStage
from openloop.run.store import PartName, Storage, Store

TEXT_TOKENS = 500
"""Of a text that cannot be looked at before a run."""
Of = Literal["prompt", "completion"]
SIDES = ("prompt", "completion")
Handle = PartName | str | Sequence[str]
"""By which whoever embeds a part finds its texts: a part of a pool, a name for :meth:`Storage.take_input`, or they."""


@dataclass(frozen=True)
class PoolTexts:
    """One side of every candidate that was generated."""

    pool: PoolStage
    of: Of

    def identity(self) -> Mapping[str, Any]:
        return {"pool": self.pool, "of": self.of}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return (self.pool,)

    def record(self) -> dict[str, Any]:
        return {"pool": self.pool.fingerprint, "of": self.of}

    @property
    def most(self) -> int:
        """Texts at most, as far as can be known before a run."""
        return self.pool.most

    @property
    def tokens_each(self) -> int:
        """Of one text: of a completion at most, of a prompt that cannot be looked at roughly."""
        source = self.pool.pool if isinstance(self.pool, ParseStage) else self.pool
        if self.of == "completion" and isinstance(source, SampleStage):
            return source.sampling.max_tokens
        return TEXT_TOKENS

    def parts(self, store: Store) -> list[tuple[int, Handle]]:
        """Number and handle of each part."""
        return [(part.number, part) for part in store.part_names(self.pool.fingerprint)]


@dataclass(frozen=True)
class RowTexts:
    """One side of rows from a file or from memory. Raises InputError where rows have no such side."""

    rows: RowSource
    of: Of

    def identity(self) -> Mapping[str, Any]:
        return {"rows": self.rows.fingerprint, "of": self.of, "part": PART}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return ()

    def record(self) -> dict[str, Any]:
        return {"rows": self.rows.fingerprint, "of": self.of}

    @property
    def most(self) -> int:
        """Texts at most."""
        return len(self.rows.load().rows)

    @property
    def tokens_each(self) -> int:
        """Of one text, on average."""
        return _tokens_each([text_of(row.get(self.of)) for row in self.rows.load().rows])

    def parts(self, store: Store) -> list[tuple[int, Handle]]:  # noqa: ARG002  # rows lie in no store
        """Number and texts of each part."""
        rows = self.rows.load().rows
        if not any(row.get(self.of) is not None for row in rows):
            other = "prompt" if self.of == "completion" else "completion"
            raise InputError(f"embed: the rows have no {self.of}. Give of={other!r} for the other side.")
        return _cut([text_of(row.get(self.of)) for row in rows])


@dataclass(frozen=True)
class PlainTexts:
    """Texts as they are."""

    texts: Sequence[str]
    of: ClassVar[Of] = "completion"

    @cached_property
    def fingerprint(self) -> str:
        """Of what they say."""
        digest = hashlib.sha256()
        for text in self.texts:
            raw = text.encode("utf-8", "surrogatepass")
            digest.update(b"%d " % len(raw) + raw)
        return digest.hexdigest()[:32]

    def identity(self) -> Mapping[str, Any]:
        return {"texts": self.fingerprint, "part": PART}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return ()

    def record(self) -> dict[str, Any]:
        return {"texts": self.fingerprint}

    @property
    def most(self) -> int:
        """How many there are."""
        return len(self.texts)

    @property
    def tokens_each(self) -> int:
        """Of one text, on average."""
        return _tokens_each(self.texts)

    def parts(self, store: Store) -> list[tuple[int, Handle]]:  # noqa: ARG002  # they lie in no store
        """Number and texts of each part."""
        return _cut(self.texts)


TextsToEmbed = PoolTexts | RowTexts | PlainTexts


def _tokens_each(texts: Sequence[str]) -> int:
    return -(-sum(map(most_tokens, texts)) // max(1, len(texts)))


def _cut(texts: Sequence[str]) -> list[tuple[int, Handle]]:
    return [(n, texts[start : start + PART]) for n, start in enumerate(range(0, len(texts), PART))]


def texts_at(storage: Storage, handle: Handle, of: Of) -> tuple[list[str] | None, list[str]]:
    """Ids of candidates (None for rows, which have none), and the texts of a part."""
    if isinstance(handle, PartName):
        table = generated(storage.read(handle, ["id", of, "finish"]))
        return table.column("id").to_pylist(), [text_of(value) for value in table.column(of).to_pylist()]
    return None, list(storage.take_input(handle) if isinstance(handle, str) else handle)
