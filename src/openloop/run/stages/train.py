"""Train: a trainer makes a new model of a model, what selections kept, and real rows."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, NotRequired, TypedDict

from openloop import filesystem
from openloop.contracts import Model, Trainer
from openloop.data.mixing import real_beside
from openloop.data.tables import examples
from openloop.errors import ContractError, InputError, WorkerError
from openloop.records import Artifact
from openloop.run.engine import Died, Executor, Worksite, call
from openloop.run.kept_rows import KeptParts, recorded_selection
from openloop.run.record import ModelRecord, named_options
from openloop.run.stages.base import ModelSource, ModelStage, Named, Stage, Trained, load_model
from openloop.run.stages.real import RealStage
from openloop.run.stages.select import SelectStage
from openloop.run.store import PartName, StageKind, Store
from openloop.user_code import can_travel


class TrainResult(TypedDict):
    """What a training made."""

    rows: int
    """It was trained on, real ones included."""
    revision: str
    """Of the new weights."""
    real: NotRequired[int]
    """Real rows among them, where a share was asked for."""
    metrics: NotRequired[dict[str, float]]


@dataclass(frozen=True)
class TrainStage(Named):
    """A new model from an old one, real rows (which come first), and the rows that selections kept."""

    model: Model | ModelStage
    kept: tuple[SelectStage, ...]
    real: RealStage | None
    seed: int
    trainer: Trainer
    real_share: float | None = None
    """Share of the rows that are real, drawn anew for each training; None takes all real rows there are."""
    kind: ClassVar[StageKind] = StageKind("train", "models", TrainResult, holds="files", weight=30.0)

    def identity(self) -> dict[str, Any]:
        mixed = {} if self.real_share is None else {"real_share": self.real_share}
        return mixed | {
            "model": self.model,
            "kept": self.kept,
            "real": self.real,
            "seed": self.seed,
            "trainer": self.trainer,
        }

    @property
    def inputs(self) -> tuple[Stage, ...]:
        start: tuple[Stage, ...] = () if isinstance(self.model, Model) else (self.model,)
        return (*start, *([] if self.real is None else [self.real]), *self.kept)

    def record(self) -> dict[str, Any]:
        return {
            "model": asdict(ModelRecord.of(self.origin)),
            "trainer": named_options(self.trainer),
            "seed": self.seed,
            "kept": [selection.fingerprint for selection in self.kept],
            "real": None if self.real is None else self.real.fingerprint,
            "real_share": self.real_share,
        }

    @property
    def origin(self) -> Model:
        """The model that the chain of trainings began with."""
        return self.model if isinstance(self.model, Model) else self.model.origin

    @property
    def source(self) -> Trained:
        """Where the trained model is. The retention rule may have deleted it; then ``Run`` trains it again."""
        return Trained(self.origin, self.trainer, f"{self.kind.folder}/{self.fingerprint}")

    def execute(self, store: Store, executor: Executor) -> TrainResult:
        began = time.perf_counter()
        source: ModelSource = self.model if isinstance(self.model, Model) else self.model.source
        kept = [recorded_selection(store, selection.fingerprint).parts for selection in self.kept]
        real = [] if self.real is None else store.part_names(self.real.fingerprint)
        folder, checkpoints = store.unfinished_folder(self.kind, self.fingerprint), store.checkpoints(self.fingerprint)

        def tell(said: Mapping[str, Any]) -> None:
            store.notify("training", stage=self.fingerprint, **said)

        with filesystem.disk_errors(store.root / folder, denied=False):
            result = call(
                executor,
                train_rows,
                source,
                self.trainer,
                kept,
                real,
                self.real_share,
                self.seed,
                folder,
                checkpoints,
                here=not can_travel((source, self.trainer)),
                training=True,
                tell=tell,
            )
        if isinstance(result, Died):
            raise WorkerError(f"training {self.origin.name!r} failed twice: {result.reason}.")
        rows, mixed, artifact = result
        found = TrainResult(rows=rows, revision=artifact.revision)
        if self.real_share is not None:
            found["real"] = mixed
        if artifact.metrics:
            found["metrics"] = dict(artifact.metrics)
        filesystem.write_text(
            store.root / folder / "openloop.json", json.dumps({**found, "fingerprint": self.fingerprint})
        )
        seconds = time.perf_counter() - began
        store.commit_folder(self.kind, self.fingerprint, store.root / folder, counts=found, seconds=seconds)
        return found


def train_rows(
    worksite: Worksite,
    source: ModelSource,
    trainer: Trainer,
    kept: Sequence[KeptParts],
    real: Sequence[PartName],
    real_share: float | None,
    seed: int,
    folder: str,
    checkpoints: str,
) -> tuple[int, int, Artifact]:
    """Train where the work was sent; the number of rows, of real ones among them, and what was made."""
    import pyarrow as pa

    storage = worksite.storage
    chosen = [selection.table(storage) for selection in kept]
    mixed = [storage.read_all(real)] if real else []
    if real_share is not None:
        synthetic = sum(table.num_rows for table in chosen)
        mixed = [real_beside(table, synthetic, real_share, seed) for table in mixed]
    model = load_model(source, storage)
    tables = [*mixed, *chosen]
    rows = pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})
    if rows.num_rows == 0:
        raise InputError(f"train: no rows to train {model.name!r} on; nothing was kept.")
    artifact = trainer.train(
        model,
        examples(rows),
        seed=seed,
        folder=storage.path(folder),
        checkpoints=storage.path(checkpoints),
        report=worksite.tell,
    )
    if not isinstance(artifact, Artifact):
        raise ContractError(
            f"trainer {trainer.name!r} must return openloop.records.Artifact(revision) of the model that it wrote into "
            f"`folder`, got {artifact!r:.120}."
        )
    return rows.num_rows, sum(table.num_rows for table in mixed), artifact
