"""Train: a trainer makes a new model of a model and rows: what selections kept, real rows, pairs, or prompts."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NotRequired, TypedDict

import numpy as np

from openloop import filesystem
from openloop.contracts import Learns, Model, Pretrained, Trainer
from openloop.contracts.training import in_own_process, learns_from, writes_adapter
from openloop.data.mixing import real_beside
from openloop.data.prompt_sources import PromptSource, stages_behind
from openloop.data.tables import CandidateRows, examples, generated
from openloop.errors import ContractError, InputError, RowsRefused, TrainingDied
from openloop.export.dpo import pairs_of
from openloop.records import Artifact, Pair
from openloop.run.engine import Died, Executor, Worksite, call
from openloop.run.kept_rows import JudgedParts, KeptParts, recorded_selection
from openloop.run.record import ModelRecord, named_options
from openloop.run.stages.base import ModelSource, ModelStage, Named, Stage, Trained, load_model
from openloop.run.stages.real import RealStage
from openloop.run.stages.select import SelectStage
from openloop.run.store import PartName, StageKind, Storage, Store
from openloop.seeds import even_draws
from openloop.user_code import can_travel

if TYPE_CHECKING:
    import pyarrow as pa


class TrainResult(TypedDict):
    """What a training made."""

    rows: int
    """It was trained on, real ones included."""
    revision: str
    """Of the new weights."""
    real: NotRequired[int]
    """Real rows among them, where a share was asked for."""
    metrics: NotRequired[dict[str, float]]
    facts: NotRequired[dict[str, Any]]
    """What the trainer said of its work: tokens in the loss, rows left out."""


CURVE = StageKind("curve", "curves", TrainResult)
"""Where the measurements of a training's steps lie; they stay when its weights are deleted."""


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
    prompts: PromptSource | None = None
    """What a trainer that samples by itself is given."""
    most_rows: int | None = None
    """Rows drawn of all there are, so that a set that grows is trained on as much as another."""
    kind: ClassVar[StageKind] = StageKind("train", "models", TrainResult, holds="files", weight=30.0)

    def __post_init__(self) -> None:
        """Raises InputError for an adapter over weights that an earlier training of the chain has changed."""
        before = self.model
        while writes_adapter(self.trainer) and isinstance(before, TrainStage):
            if not writes_adapter(before.trainer):
                raise InputError(
                    f"train: {self.trainer.name} would keep an adapter over weights that {before.trainer.name} has "
                    "trained before, and later stages could not find those. Say adapter='merge' here, or "
                    "adapter='keep' from the first training on."
                )
            before = before.model

    def identity(self) -> dict[str, Any]:
        said = {"real_share": self.real_share, "prompts": self.prompts, "most_rows": self.most_rows}
        return {name: value for name, value in said.items() if value is not None} | {
            "model": self.model,
            "kept": self.kept,
            "real": self.real,
            "seed": self.seed,
            "trainer": self.trainer,
        }

    @property
    def inputs(self) -> tuple[Stage, ...]:
        start: tuple[Stage, ...] = () if isinstance(self.model, Model) else (self.model,)
        asked: tuple[Stage, ...] = () if self.prompts is None else stages_behind(self.prompts)
        return (*start, *([] if self.real is None else [self.real]), *self.kept, *asked)

    @property
    def device(self) -> str | None:
        """See :class:`openloop.run.stages.base.OnDevice`. On a CPU trainings have processes of their own."""
        device = self.origin.device if isinstance(self.origin, Pretrained) else None
        return None if device == "cpu" else device

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
        if isinstance(self.origin, Pretrained):
            self.origin.release()  # the training has a copy of its own
        folder, checkpoints = store.unfinished_folder(self.kind, self.fingerprint), store.checkpoints(self.fingerprint)

        def tell(said: Mapping[str, Any]) -> None:
            store.notify("training", stage=self.fingerprint, **said)

        own = {"own_process": True} if in_own_process(self.trainer) else {}
        with filesystem.disk_errors(store.root / folder, denied=False), _removed_if_it_fails(store.root / folder):
            result = call(
                executor,
                train_rows,
                source,
                self.trainer,
                self._given(store),
                self.seed,
                folder,
                checkpoints,
                here=not can_travel((source, self.trainer)),
                training=True,
                tell=tell,
                **own,
            )
            if isinstance(result, Died):
                killed = " The system kills so what uses more memory than there is."
                raise TrainingDied(
                    f"training {self.origin.name!r} with {self.trainer.name} failed twice: {result.reason}."
                    + (killed if "signal 9" in result.reason else "")
                )
        rows, mixed, artifact = result
        found = TrainResult(rows=rows, revision=artifact.revision)
        if self.real_share is not None:
            found["real"] = mixed
        if artifact.metrics:
            found["metrics"] = dict(artifact.metrics)
        if artifact.facts:
            found["facts"] = dict(artifact.facts)
        filesystem.write_text(
            store.root / folder / "openloop.json", json.dumps({**found, "fingerprint": self.fingerprint})
        )
        seconds = time.perf_counter() - began
        if artifact.curve:
            curve = curve_table(artifact.curve)
            store.commit_table(CURVE, self.fingerprint, 1, curve, counts={"rows": curve.num_rows}, seconds=0.0)
        store.commit_folder(self.kind, self.fingerprint, store.root / folder, counts=found, seconds=seconds)
        return found

    def _given(self, store: Store) -> GivenRows:
        kept = [recorded_selection(store, selection.fingerprint) for selection in self.kept]
        learns = learns_from(self.trainer)
        if learns == "prompts":
            if self.prompts is None:
                raise InputError(f"train: {self.trainer.name} answers prompts by itself; give rows with a prompt.")
            return GivenRows(learns, prompts=store.storage.put_input(self.fingerprint, 0, self.prompts.load()))
        if self.prompts is not None:
            raise InputError(f"train: {self.trainer.name} learns from rows that a selection kept, not from prompts.")
        if learns == "pairs":
            return GivenRows(learns, pairs=tuple(selection.judged for selection in kept))
        real = () if self.real is None else tuple(store.part_names(self.real.fingerprint))
        parts = tuple(selection.parts for selection in kept)
        return GivenRows(learns, parts, real, self.real_share, self.most_rows)


@contextmanager
def _removed_if_it_fails(folder: Path) -> Iterator[None]:
    """Half of the weights are of no use, and may have filled the disk."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@dataclass(frozen=True)
class GivenRows:
    """Where the rows of a training are, as a worker finds them."""

    learns: Learns
    kept: tuple[KeptParts, ...] = ()
    real: tuple[PartName, ...] = ()
    real_share: float | None = None
    most_rows: int | None = None
    pairs: tuple[JudgedParts, ...] = ()
    prompts: str = ""
    """Name of the input that holds them."""

    def load(self, storage: Storage, seed: int) -> tuple[list[Any], int]:
        """What the trainer is given, and how many of it are real rows."""
        if self.learns == "prompts":
            return list(storage.take_input(self.prompts)), 0
        if self.learns == "pairs":
            return [pair for judged in self.pairs for pair in _pairs(judged, storage)], 0
        return self._examples(storage, seed)

    def _examples(self, storage: Storage, seed: int) -> tuple[list[Any], int]:
        import pyarrow as pa

        chosen = [selection.table(storage) for selection in self.kept]
        mixed = [storage.read_all(self.real)] if self.real else []
        if self.real_share is not None:
            synthetic = sum(table.num_rows for table in chosen)
            mixed = [real_beside(table, synthetic, self.real_share, seed) for table in mixed]
        real = sum(table.num_rows for table in mixed)
        tables = [*mixed, *chosen]
        rows = pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({})
        if rows.num_rows == 0:
            return [], 0
        if self.most_rows is not None and rows.num_rows > self.most_rows:
            drawn = np.sort(even_draws(rows.num_rows, 1, seed, 0, self.most_rows)[:, 0])
            rows, real = rows.take(drawn), int((drawn < real).sum())
        return examples(rows), real


def _pairs(judged: JudgedParts, storage: Storage) -> list[Pair]:
    """Accepted against rejected completions of one prompt, as ``export --to dpo`` pairs them."""
    candidates = list(CandidateRows.of(generated(storage.read_all(judged.kept.pools))))
    return [
        Pair(chosen.prompt, chosen.completion, rejected.completion, chosen.row)
        for chosen, rejected in pairs_of(candidates, judged.accepted(storage))
    ]


def train_rows(
    worksite: Worksite,
    source: ModelSource,
    trainer: Trainer,
    given: GivenRows,
    seed: int,
    folder: str,
    checkpoints: str,
) -> tuple[int, int, Artifact]:
    """Train where the work was sent; the number of rows, of real ones among them, and what was made."""
    storage = worksite.storage
    model = load_model(source, storage)
    rows, real = given.load(storage, seed)
    if not rows:
        raise RowsRefused(f"train: no rows to train {model.name!r} on; nothing was kept.")
    made = storage.path(folder)
    shutil.rmtree(made, ignore_errors=True)  # what a first try that died may have left
    made.mkdir(parents=True)
    artifact = trainer.train(
        model, rows, seed=seed, folder=made, checkpoints=storage.path(checkpoints), report=worksite.tell
    )
    if not isinstance(artifact, Artifact):
        raise ContractError(
            f"trainer {trainer.name!r} must return openloop.records.Artifact(revision) of the model that it wrote into "
            f"`folder`, got {artifact!r:.120}."
        )
    return len(rows), real, artifact


def curve_table(curve: Sequence[Mapping[str, float]]) -> pa.Table:
    """What a training measured, a row for each step and a column for each name."""
    import pyarrow as pa

    names = sorted({name for entry in curve for name in entry}, key=lambda name: (name != "step", name))
    return pa.table({name: pa.array([entry.get(name) for entry in curve], pa.float64()) for name in names})


def recorded_curve(store: Store, training: str) -> pa.Table | None:
    """What a finished training measured step by step; None where it said nothing."""
    part = PartName(CURVE.folder, training, 1)
    return store.storage.read(part) if store.storage.path(part.path).exists() else None
