"""Train: a model learns from what was kept."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from openloop import filesystem
from openloop.contracts import Model, Trains
from openloop.data.mixing import real_beside
from openloop.data.prompt_sources import ExampleSource
from openloop.data.tables import examples
from openloop.errors import ContractError, InputError, WorkerError
from openloop.identity import fingerprint
from openloop.run.engine import Died, Engine, can_travel
from openloop.run.stages.select import SelectStage
from openloop.run.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class TrainStage:
    """A new model from an old one, the rows that selections kept, and real data (which comes first)."""

    model: Model | TrainStage
    kept: tuple[SelectStage, ...]
    real: ExampleSource | None
    seed: int
    options: Mapping[str, Any]
    real_share: float | None = None
    """Share of the rows that are real, drawn anew for each training; None takes all real rows there are."""
    kind: ClassVar[str] = "train"

    def identity(self) -> dict[str, Any]:
        mixed = {} if self.real_share is None else {"real_share": self.real_share}
        return mixed | {
            "model": self.model,
            "kept": self.kept,
            "real": self.real,
            "seed": self.seed,
            "options": dict(self.options),
        }

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, self.identity()])

    @property
    def upstream(self) -> tuple[str, ...]:
        start = () if isinstance(self.model, Model) else (self.model.fingerprint,)
        return (*start, *(selection.fingerprint for selection in self.kept))

    @property
    def origin(self) -> Trains:
        """The model that the chain of trainings began with."""
        model = self.model if isinstance(self.model, Model) else self.model.origin
        if not isinstance(model, Trains):
            raise InputError(
                f"model {model.name!r} cannot be trained: it has no fit, save and load. Train one that can, or "
                "export the rows and train elsewhere."
            )
        return model

    def execute(self, store: Store, engine: Engine) -> dict[str, Any]:
        import pyarrow as pa

        began = time.perf_counter()
        model = self.model if isinstance(self.model, Model) else self.model.load(store)
        kept = [selection.rows(store) for selection in self.kept]
        real = [] if self.real is None else [self.real.table()]
        if self.real_share is not None:
            synthetic = sum(table.num_rows for table in kept)
            real = [real_beside(table, synthetic, self.real_share, self.seed) for table in real]
        tables = [*real, *kept]
        rows = pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})
        if rows.num_rows == 0:
            raise InputError(f"train: no rows to train {self.origin.name!r} on; nothing was kept.")
        folder = store.scratch(self.fingerprint)
        with filesystem.disk_errors(folder, denied=False):
            result = engine.call(
                train_part, model, rows, self.seed, dict(self.options), folder, here=not can_travel(model)
            )
        if isinstance(result, Died):
            raise WorkerError(f"training {self.origin.name!r} failed twice: {result.reason}.")
        counts = {"rows": rows.num_rows, "revision": result}
        if self.real_share is not None:
            counts["real"] = sum(table.num_rows for table in real)
        filesystem.write_text(folder / "openloop.json", json.dumps(counts | {"fingerprint": self.fingerprint}))
        seconds = time.perf_counter() - began
        store.commit_folder(self.fingerprint, self.kind, folder, counts=counts, seconds=seconds)
        return counts

    def load(self, store: Store) -> Trains:
        """The trained model; the retention rule may have deleted its weights, then ``Run`` trains it again."""
        return self.origin.load(store.folder(self.kind, self.fingerprint))


def train_part(model: Trains, rows: pa.Table, seed: int, options: Mapping[str, Any], folder: Path) -> str:
    """Train, write the weights into ``folder``, and return their revision."""
    trained = model.fit(examples(rows), seed=seed, **options)
    trained.save(folder)
    if (saved := trained.load(folder).revision) != trained.revision:
        raise ContractError(
            f"model {model.name!r}: what it loads ({saved}) is not what it saved ({trained.revision}); `save` and "
            "`load` must keep the revision."
        )
    return trained.revision
