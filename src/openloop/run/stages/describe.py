"""Describe: what the rows that a selection kept are like, measured once and stored; it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypedDict

import numpy as np

from openloop.data.content import text_of
from openloop.data.prompt_sources import RowSource
from openloop.data.tables import generated
from openloop.measures.vendi import vendi2
from openloop.records import Estimate
from openloop.run.described_rows import Drawn, EmbeddedTexts, described
from openloop.run.engine import Executor
from openloop.run.kept_rows import recorded_selection
from openloop.run.record import named_options
from openloop.run.recorded_sampling import samplings_of
from openloop.run.stages.base import Named, Stage
from openloop.run.stages.embed import EmbedStage, StoredVectors
from openloop.run.stages.select import SelectStage
from openloop.run.store import StageKind, Store

SURER = (0.99, 0.999, 0.9999, 0.99999)
"""Levels at which the diversity of rounds is compared as well, for runs in which many are looked at."""


class DescribeResult(TypedDict):
    """What the kept rows of a round are like."""

    rows: int
    """Kept rows."""
    estimates: dict[str, dict[str, Any]]
    """By the names of the audit: ``diversity.vendi2``, ``similarity.responses``, ..."""
    unmeasured: dict[str, str]
    """Why others could not be measured, by their names."""
    surer: list[dict[str, Any]]
    """``diversity.vendi2`` at higher levels than 95 %."""


@dataclass(frozen=True)
class DescribeStage(Named):
    """The estimates of :func:`openloop.run.described_rows.described`, of one selection."""

    selection: SelectStage
    kept: EmbedStage
    """Vectors of the kept completions."""
    kept_prompts: EmbedStage
    real: RowSource | None = None
    real_vectors: EmbedStage | None = None
    """Of completions."""
    real_prompts: EmbedStage | None = None
    """None where the real rows have no prompts."""
    kind: ClassVar[StageKind] = StageKind("describe", "descriptions", DescribeResult, weight=0.3)
    version: ClassVar[str] = "1"

    def identity(self) -> dict[str, Any]:
        vectors = [stage for stage in self._vectors if stage is not None]
        real = None if self.real is None else self.real.fingerprint
        return {"selection": self.selection, "vectors": vectors, "real": real, "version": self.version}

    @property
    def _vectors(self) -> tuple[EmbedStage | None, ...]:
        return (self.kept, self.kept_prompts, self.real_vectors, self.real_prompts)

    @property
    def inputs(self) -> tuple[Stage, ...]:
        return (self.selection, *(stage for stage in self._vectors if stage is not None))

    def record(self) -> dict[str, Any]:
        embedder = {"revision": self.kept.embedder.revision, **named_options(self.kept.embedder)}
        real = None if self.real is None else self.real.fingerprint
        return {"selection": self.selection.fingerprint, "embedder": embedder, "real": real}

    def execute(self, store: Store, executor: Executor) -> DescribeResult:  # noqa: ARG002  # needs no worker
        import pyarrow as pa

        kept = self._kept(store)
        found = described(kept, self._drawn(store), self._real(store))
        table = pa.table({"name": list(found.estimates), **_columns(list(found.estimates.values()))})
        store.commit_table(self.kind, self.fingerprint, 0, table, counts={"rows": table.num_rows}, seconds=0.0)
        surer = [vendi2(kept.vectors, kept.prompt, level) for level in SURER] if len(kept) else []
        return DescribeResult(
            rows=len(kept),
            estimates={name: asdict(estimate) for name, estimate in found.estimates.items()},
            unmeasured=found.unmeasured,
            surer=[asdict(estimate) for estimate in surer if not np.isnan(estimate.value)],
        )

    def _kept(self, store: Store) -> EmbeddedTexts:
        parts = recorded_selection(store, self.selection.fingerprint).parts
        table = parts.table(store.storage, ["prompt", "completion", "prompt_id"])
        prompts, completions = (_texts(table, side) for side in ("prompt", "completion"))
        prompt = _codes(table)
        return EmbeddedTexts(prompts, completions, prompt, _load(store, self.kept_prompts), _load(store, self.kept))

    def _real(self, store: Store) -> EmbeddedTexts | None:
        if self.real is None or self.real_vectors is None:
            return None
        rows = self.real.load().rows
        prompts, completions = ([text_of(row.get(side)) for row in rows] for side in ("prompt", "completion"))
        named = [prompt or completion for prompt, completion in zip(prompts, completions, strict=True)]
        prompt = np.unique(np.array(named, dtype=str), return_inverse=True)[1].ravel().astype(np.int64)
        vectors = None if self.real_prompts is None else _load(store, self.real_prompts)
        return EmbeddedTexts(prompts, completions, prompt, vectors, _load(store, self.real_vectors))

    def _drawn(self, store: Store) -> Drawn:
        pools = recorded_selection(store, self.selection.fingerprint).pools
        table = generated(store.table(pools, ["completion", "prompt_id", "logprob", "n_tokens", "finish"]))
        logprob, n_tokens = (
            np.array([np.nan if value is None else value for value in table.column(name).to_pylist()], dtype=np.float64)
            for name in ("logprob", "n_tokens")
        )
        cut_off = np.array([value == "length" for value in table.column("finish").to_pylist()], dtype=np.bool_)
        return Drawn(_texts(table, "completion"), _codes(table), logprob, n_tokens, cut_off, samplings_of(store, pools))


def _columns(estimates: Sequence[Estimate]) -> dict[str, list[float | None]]:
    return {part: [getattr(estimate, part) for estimate in estimates] for part in ("value", "low", "high")}


def _texts(table: Any, side: str) -> list[str]:
    return [text_of(value) for value in table.column(side).to_pylist()]


def _codes(table: Any) -> Any:
    ids = np.array(table.column("prompt_id").to_pylist(), dtype=str)
    return np.unique(ids, return_inverse=True)[1].ravel().astype(np.int64)


def _load(store: Store, stage: EmbedStage) -> Any:
    return StoredVectors.of(store, [stage]).load(store.storage)
