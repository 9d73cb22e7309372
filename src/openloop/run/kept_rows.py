"""The kept rows of a selection: the one way from a pool to what may be trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openloop.data.tables import generated
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
