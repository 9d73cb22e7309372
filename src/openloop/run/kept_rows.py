"""The kept rows of a selection: the one way from a pool to what may be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from openloop.data.tables import generated
from openloop.errors import InputError
from openloop.run.record import SignalRecord
from openloop.run.store import PartName, Storage, Store

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class KeptParts:
    """Where the rows of a selection are: the parts of its pools, and those that say what was kept."""

    pools: tuple[PartName, ...]
    selection: tuple[PartName, ...]

    def mask(self, storage: Storage) -> pa.BooleanArray:
        """Shape [N]: whether each generated row of the pools was kept."""
        return storage.read_all(self.selection, ["kept"]).column("kept").combine_chunks()

    def table(self, storage: Storage, columns: Sequence[str] | None = None) -> pa.Table:
        """The kept rows, in pool order, with some columns or all."""
        wanted = None if columns is None else [*columns, "finish"]
        return generated(storage.read_all(self.pools, wanted)).filter(self.mask(storage))


@dataclass(frozen=True)
class JudgedParts:
    """Where the rows of a selection are, and the verdicts that tell what it dropped for being bad."""

    kept: KeptParts
    verdicts: tuple[tuple[float, tuple[PartName, ...]], ...]
    """``accept_at`` and the parts of each signal that accepts."""

    def accepted(self, storage: Storage) -> list[bool | None]:
        """Shape [N]: True where kept, False where a signal scored the row and rejects it, None elsewhere."""
        keep = self.kept.mask(storage).to_pylist()
        rejected = np.zeros(len(keep), dtype=np.bool_)
        for accept_at, parts in self.verdicts:
            values = storage.read_all(parts, ["value"]).column("value").to_numpy()
            rejected |= values < accept_at  # NaN, unscored, compares false
        return [True if mine else False if no else None for mine, no in zip(keep, rejected.tolist(), strict=True)]


@dataclass(frozen=True)
class RecordedSelection:
    """A finished selection as it was recorded: what it chose from, and whom it heard."""

    store: Store
    fingerprint: str
    pools: tuple[str, ...]
    """Fingerprints."""
    verdicts: dict[str, tuple[str, ...]]
    """Name that the selection knows a signal by → its score stages, one per pool."""

    @property
    def parts(self) -> KeptParts:
        """Where its rows are."""
        return KeptParts(
            tuple(name for pool in self.pools for name in self.store.part_names(pool)),
            tuple(self.store.part_names(self.fingerprint)),
        )

    @property
    def judged(self) -> JudgedParts:
        """Where its rows are, with the verdicts it heard. Raises InputError where none of them accepts or rejects."""
        cuts = {name: signal.accept_at for name, signal in self.signals().items() if signal.accept_at is not None}
        if not cuts:
            raise InputError("dpo: pairs need the verdicts of a signal with accept_at, and this selection has none.")
        found = [
            (accept_at, tuple(part for stage in self.verdicts[name] for part in self.store.part_names(stage)))
            for name, accept_at in cuts.items()
        ]
        return JudgedParts(self.parts, tuple(found))

    def signals(self) -> dict[str, SignalRecord]:
        """What each signal said of itself, by the name that the selection knows it by."""
        return {name: signal_of(self.store, stages[0]) for name, stages in self.verdicts.items()}


def recorded_selection(store: Store, fingerprint: str) -> RecordedSelection:
    """A finished selection. Raises StoreError where the directory is damaged."""
    record = store.finished_stage(fingerprint).record
    verdicts = {name: tuple(stages) for name, stages in record["verdicts"].items()}
    return RecordedSelection(store, fingerprint, tuple(record["pools"]), verdicts)


def signal_of(store: Store, score_stage: str) -> SignalRecord:
    """The signal of a finished score stage."""
    return SignalRecord.read(store.finished_stage(score_stage).record["signal"])
