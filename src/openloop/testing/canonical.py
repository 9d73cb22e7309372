"""The canonical content of a run: everything but times and costs. Equal runs are equal here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openloop.run.stages import KINDS
from openloop.run.store import StageRow, Store


def canonical(directory: str | Path) -> dict[str, str]:
    """``kind fingerprint`` of each finished stage → a digest of its rows, its result and what was recorded of it.

    The kind of a stage says what is compared of it: all rows but its ``varying`` columns; of weights the revision,
    which is part of the result.
    """
    store = Store.read(directory)
    stages = [store.finished_stage(fingerprint) for fingerprint in store.finished()]
    return {f"{stage.kind} {stage.fingerprint}": _digest(store, stage) for stage in stages}


def _digest(store: Store, stage: StageRow) -> str:
    kind = KINDS[stage.kind]
    digest = hashlib.sha256(repr((stage.kind, _named(stage.record), sorted(stage.result.items()))).encode())
    if kind.holds == "rows":
        for table in store.tables(stage.fingerprint):
            kept = [name for name in table.column_names if name not in kind.varying]
            digest.update(repr(table.select(kept).to_pydict()).encode())
    return digest.hexdigest()


def _named(record: Any) -> Any:
    """A record without the options of models: what of them decides a row is in the revision; host and port are not."""
    if isinstance(record, Mapping):
        known = {key: value for key, value in record.items() if key != "options" or "revision" not in record}
        return {key: _named(value) for key, value in known.items()}
    if isinstance(record, list):
        return [_named(value) for value in record]
    return record
