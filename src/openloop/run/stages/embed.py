"""Embed: texts become vectors, part by part, stored beside the rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from openloop.contracts import Embedder, ReadsInPart, StreamsVectors
from openloop.contracts.models import in_one_process, is_metered
from openloop.data.vectors import VECTOR, Precision, column_vectors, vector_column, width
from openloop.embedding.checks import checked, spread
from openloop.errors import ContractError, WorkerError
from openloop.run.embedded_texts import Handle, Of, TextsToEmbed, texts_at
from openloop.run.engine import Died, Executor, Worksite, each
from openloop.run.record import named_options
from openloop.run.stages.base import Ask, Named, OnDevice, Stage, add_up, require_sum
from openloop.run.stages.paid_vectors import PaidVectors
from openloop.run.store import PartName, StageKind, Storage, Store
from openloop.user_code import can_travel

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger("openloop")


class EmbedResult(TypedDict):
    """texts = embedded + empty."""

    texts: int
    embedded: int
    empty: int
    """Texts that say nothing: their vectors are zeros."""
    different: int
    """Texts that differ within their part: so many were embedded."""
    dims: int
    read_in_part: NotRequired[int]
    """Of the different ones those that are longer than what the model reads."""


@dataclass(frozen=True)
class EmbedStage(Named):
    """A vector for each text, in the order and the parts of the rows that they are of."""

    texts: TextsToEmbed
    embedder: Embedder
    precision: Precision = "float16"
    kind: ClassVar[StageKind] = StageKind("embed", "vectors", EmbedResult)

    def identity(self) -> dict[str, Any]:
        return {**self.texts.identity(), "embedder": self.embedder, "precision": self.precision}

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return self.texts.inputs

    @property
    def device(self) -> str | None:
        """See :class:`openloop.run.stages.base.OnDevice`."""
        return self.embedder.device if isinstance(self.embedder, OnDevice) else None

    def record(self) -> dict[str, Any]:
        embedder = {"revision": self.embedder.revision, **named_options(self.embedder)}
        return {"embedder": embedder, "precision": self.precision, **self.texts.record()}

    def asks(self) -> Iterator[Ask]:
        """See :class:`openloop.run.stages.base.AsksModels`."""
        if isinstance(self.embedder, StreamsVectors):
            requests = self.embedder.requests(self.texts.most)
            tokens = self.texts.most * self.texts.tokens_each
            yield Ask(self.embedder, requests, -(-tokens // max(1, requests)))

    def execute(self, store: Store, executor: Executor) -> EmbedResult:
        done = store.parts(self.fingerprint)
        dims = {width(store.storage.read(part, [VECTOR])) for part in store.part_names(self.fingerprint)[:1]}
        parts = [(number, handle) for number, handle in self.texts.parts(store) if number not in done]
        for number, (table, counts, seconds) in self._parts(store, executor, parts):
            dims.add(width(table))
            if len(dims) > 1:
                raise ContractError(
                    f"embedder {self.embedder.name!r} gave vectors of {min(dims):,} and of {max(dims):,} numbers. All "
                    "vectors of one model must have the same width; what changes it must change its `revision`."
                )
            store.commit_table(self.kind, self.fingerprint, number, table, counts=counts, seconds=seconds)
        total = {"texts": 0, "embedded": 0, "empty": 0, "different": 0} | add_up(store.parts(self.fingerprint))
        require_sum(self.kind.name, total, "texts", "embedded", "empty")
        if cut := total.get("read_in_part"):
            log.warning(
                "embed: %s reads only the beginning of %s of %s different texts; their vectors say nothing of the rest",
                self.embedder.name,
                f"{cut:,}",
                f"{total['different']:,}",
            )
        return total | {"dims": max(dims, default=0)}  # type: ignore[return-value]  # the same keys

    def _parts(
        self, store: Store, executor: Executor, parts: Sequence[tuple[int, Handle]]
    ) -> Iterator[tuple[int, EmbeddedPart]]:
        embedder, of = self.embedder, self.texts.of
        if is_metered(embedder) and isinstance(embedder, StreamsVectors):
            paid = PaidVectors(store, executor, embedder, self.fingerprint)
            yield from self._paid(paid, store.storage, dict(parts))
            return
        here = not executor.workers or in_one_process(embedder) or not can_travel(embedder)
        tasks = [
            (handle if here else self._laid_out(store.storage, number, handle), of, embedder, self.precision)
            for number, handle in parts
        ]
        for position, result in each(executor, embed_part, tasks, here=here):
            if isinstance(result, Died):
                raise WorkerError(
                    f"embed: {embedder.name!r} crashed its worker process twice: {result.reason}. The parts that are "
                    "done are kept."
                )
            yield parts[position][0], result

    def _laid_out(self, storage: Storage, number: int, handle: Handle) -> PartName | str:
        """A handle that a worker can follow."""
        if isinstance(handle, PartName | str):
            return handle
        return storage.put_input(self.fingerprint, number, list(handle))

    def _paid(
        self, paid: PaidVectors, storage: Storage, parts: dict[int, Handle]
    ) -> Iterator[tuple[int, EmbeddedPart]]:
        began = time.perf_counter()

        def different() -> Iterator[tuple[int, list[str]]]:
            for number, handle in parts.items():
                yield number, list(dict.fromkeys(texts_at(storage, handle, self.texts.of)[1]))

        total = sum(ask.requests for ask in self.asks())
        for number, vectors in paid.vectors(different(), total):
            ids, texts = texts_at(storage, parts[number], self.texts.of)
            found = checked(self.embedder, list(dict.fromkeys(texts)), vectors)
            yield number, embedded_part(self.embedder, ids, texts, found, self.precision, began)


@dataclass(frozen=True, slots=True)
class StoredVectors:
    """Where the vectors of some stages are: what is handed to a worker in their place."""

    parts: Sequence[PartName]
    texts: int
    dims: int

    @classmethod
    def of(cls, store: Store, stages: Sequence[EmbedStage]) -> StoredVectors:
        """Of finished stages."""
        results = [store.finished_stage(stage.fingerprint).result for stage in stages]
        parts = [part for stage in stages for part in store.part_names(stage.fingerprint)]
        dims = max((result["dims"] for result in results), default=0)
        return cls(parts, sum(result["texts"] for result in results), dims)

    def blocks(self, storage: Storage) -> Iterator[NDArray[np.float32]]:
        """Part by part, shape [n, D] each; memory holds one at a time."""
        return (column_vectors(storage.read(part, [VECTOR])) for part in self.parts)

    def load(self, storage: Storage) -> NDArray[np.float32]:
        """All of them, shape [N, D]."""
        every = np.empty((self.texts, self.dims), dtype=np.float32)
        start = 0
        for block in self.blocks(storage):
            every[start : start + len(block)] = block
            start += len(block)
        return every


EmbeddedPart = tuple["pa.Table", dict[str, int], float]
"""The vectors as rows, counts of the part, seconds."""


def embed_part(worksite: Worksite, handle: Handle, of: Of, embedder: Embedder, precision: Precision) -> EmbeddedPart:
    """Embed the texts of one part."""
    began = time.perf_counter()
    ids, texts = texts_at(worksite.storage, handle, of)
    different = list(dict.fromkeys(texts))
    vectors = checked(embedder, different, embedder.embed(different))
    return embedded_part(embedder, ids, texts, vectors, precision, began)


def embedded_part(
    embedder: Embedder,
    ids: Sequence[str] | None,
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    precision: Precision,
    began: float,
) -> EmbeddedPart:
    """N texts with the vectors of the different ones among them, in the order in which those appear first."""
    import pyarrow as pa

    every = spread(texts, vectors)
    embedded = int(every.any(axis=1).sum())
    counts = {
        "texts": len(texts),
        "embedded": embedded,
        "empty": len(texts) - embedded,
        "different": len(vectors),
    }
    if isinstance(embedder, ReadsInPart) and (cut := embedder.read_in_part(list(dict.fromkeys(texts)))):
        counts["read_in_part"] = cut
    named = {} if ids is None else {"id": pa.array(ids, pa.string())}
    table = pa.table({**named, VECTOR: vector_column(every, precision)})
    return table, counts, time.perf_counter() - began
