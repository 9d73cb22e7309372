"""The kept rows of a selection: the one way from a pool to what may be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openloop.data.tables import generated
from openloop.run.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


def kept_table(store: Store, pools: Sequence[str], selection: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Rows that ``selection`` kept of ``pools`` (fingerprints), in pool order, with some columns or all."""
    wanted = None if columns is None else [*columns, "finish"]
    return generated(store.table(pools, wanted)).filter(kept_mask(store, selection))


def kept_mask(store: Store, selection: str) -> pa.BooleanArray:
    """Shape [N]: whether each generated row of the pools was kept."""
    return store.table([selection], ["kept"]).column("kept").combine_chunks()


def sources_of(store: Store, selection: str) -> tuple[list[str], list[str]]:
    """Fingerprints of the pools that a selection chose from, and of the score stages it heard (signal by signal)."""
    row = store.stage(selection)
    assert row is not None, "asked only of selections that have finished"
    pools: list[str] = []
    scores: list[str] = []
    for fingerprint in row.upstream:
        stage = store.stage(fingerprint)
        (scores if stage is not None and stage.kind == "score" else pools).append(fingerprint)
    return pools, scores
