"""Vectors of texts that a run has stored: what `Run.embed` returns, and what selectors find as a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import Embedder
from openloop.contracts.models import is_metered
from openloop.data.prompt_sources import as_rows
from openloop.data.vectors import PRECISIONS
from openloop.errors import ArmEnded, InputError
from openloop.run.embedded_texts import SIDES, Of, PlainTexts, PoolTexts, RowTexts, TextsToEmbed
from openloop.run.result_text import html_counts, spoken
from openloop.run.results import Pool
from openloop.run.session import Session
from openloop.run.stages.base import add_up
from openloop.run.stages.embed import EmbedStage, StoredVectors


@dataclass(frozen=True, eq=False)
class Embedded:
    """A vector for each text, in the order of their rows. ``embedded + more`` goes with ``pool + more``."""

    session: Session
    stages: tuple[EmbedStage, ...]

    @property
    def counts(self) -> dict[str, Any]:
        """``texts`` = ``embedded`` + ``empty`` (zeros); ``different``; ``dims``. Empty while it is not computed."""
        results = [dict(self.session.result(stage)) for stage in self.stages]
        if not all(results):
            return {}
        return add_up(dict(enumerate(results))) | {"dims": max(result["dims"] for result in results)}

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Shape [N, D]: of length 1, or zeros for a text that says nothing. Raises InputError while not computed."""
        return self._stored.load(self.session.store.storage)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The same part by part, shape [n, D] each, for more rows than fit in memory."""
        return self._stored.blocks(self.session.store.storage)

    @property
    def _stored(self) -> StoredVectors:
        if not self.counts:
            raise InputError(f"{self!r}: in a plan nothing is computed; run it first.")
        return StoredVectors.of(self.session.store, self.stages)

    def __add__(self, other: Embedded) -> Embedded:
        mine, theirs = self.stages[0], other.stages[0]
        for one, another in (
            (_model(mine), _model(theirs)),
            (f"{mine.texts.of}s", f"{theirs.texts.of}s"),
            (mine.precision, theirs.precision),
        ):
            if one != another:
                raise InputError(
                    f"embed: vectors of {one} and of {another} cannot stand in one column. Embed both pools "
                    "with the same model, of and precision."
                )
        return Embedded(self.session, self.stages + other.stages)

    def __len__(self) -> int:
        return int(self.counts.get("texts", 0))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.vectors, dtype=dtype)

    def __repr__(self) -> str:
        return spoken(self._title, self.counts)

    def _repr_html_(self) -> str:
        return html_counts(self._title, self.counts)

    @property
    def _title(self) -> str:
        stage = self.stages[0]
        side = "text" if isinstance(stage.texts, PlainTexts) else stage.texts.of
        return f"Vectors of the {side}s by {stage.embedder.name!r}"


def _model(stage: EmbedStage) -> str:
    return f"{stage.embedder.name} ({stage.embedder.revision[:12]})"


def embed_stages(session: Session, texts: Any, embedder: Embedder, of: str, precision: str) -> tuple[EmbedStage, ...]:
    """What `Run.embed` is given, as stages. Raises InputError, and ArmEnded where a paid model may not be asked."""
    if of not in SIDES:
        raise InputError(f"embed: of must be 'prompt' or 'completion', got {of!r}.")
    if precision not in PRECISIONS:
        raise InputError(f"embed: precision must be 'float16' or 'float32', got {precision!r}.")
    stages = tuple(EmbedStage(each, embedder, precision) for each in _sources(texts, of))  # type: ignore[arg-type]
    if is_metered(embedder) and not session.asks:
        missing = [stage for stage in stages if not session.store.has(stage.fingerprint)]
        if missing:
            raise ArmEnded(f"embed: the vectors of {embedder.name!r} are not all there, and no more may be asked for.")
    return stages


def _sources(texts: Any, of: Of) -> Sequence[TextsToEmbed]:
    """Of a pool, of rows, or of texts."""
    if isinstance(texts, Pool):
        return [PoolTexts(stage, of) for stage in texts.stages]
    if isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts):
        return [PlainTexts(texts)]
    return [RowTexts(as_rows(texts), of)]


def split_columns(
    pool: Pool, columns: Mapping[str, NDArray[Any] | Embedded] | None
) -> tuple[dict[str, NDArray[Any]], dict[str, tuple[EmbedStage, ...]]]:
    """Arrays of the caller's, and stored vectors of this pool. Raises InputError for those of another one."""
    given = dict(columns or {})
    stored: dict[str, tuple[EmbedStage, ...]] = {}
    for name, column in given.items():
        if isinstance(column, Embedded):
            mine = [stage.texts.pool.fingerprint for stage in column.stages if isinstance(stage.texts, PoolTexts)]
            if mine != [stage.fingerprint for stage in pool.stages]:
                raise InputError(
                    f"select: columns[{name!r}] holds vectors of other rows than this pool's. Embed the pool itself: "
                    "run.embed(pool, ...)."
                )
            stored[name] = column.stages
    return {name: column for name, column in given.items() if not isinstance(column, Embedded)}, stored
