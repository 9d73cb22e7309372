"""The canonical content of a run: everything but times and costs. Equal runs are equal here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from openloop.run.store import Store

_VARYING = {"seconds", "cost", "detail"}
"""Columns that may differ between two runs of the same work."""


def canonical(directory: str | Path) -> dict[str, str]:
    """Fingerprint of each finished stage → a digest of its rows and counts."""
    store = Store.read(directory)
    return {fingerprint: _digest(store, fingerprint) for fingerprint in store.finished()}


def _digest(store: Store, fingerprint: str) -> str:
    stage = store.stage(fingerprint)
    assert stage is not None, "listed as finished"
    digest = hashlib.sha256(repr((stage.kind, sorted(stage.counts.items()))).encode())
    if stage.kind in ("sample", "score", "select"):
        for table in store.tables(fingerprint):
            kept = [name for name in table.column_names if name not in _VARYING]
            digest.update(repr(table.select(kept).to_pydict()).encode())
    return digest.hexdigest()
