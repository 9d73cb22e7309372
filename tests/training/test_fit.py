"""A model's own `fit` as a trainer, and trainers of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

import openloop
from openloop import models, selection, signals, training
from openloop.errors import InputError
from openloop.records import Artifact, Example

ROWS = [{"prompt": f"{a}+{a}=", "answer": str(2 * a)} for a in range(40)]


@dataclass(frozen=True)
class Halving:
    """Each training halves the error; it needs two tries, and leaves a mark in its checkpoints at the first."""

    fails_first: bool = False
    version: ClassVar[str] = "1"
    name: ClassVar[str] = "halving"

    def train(
        self, model: Any, rows: Sequence[Example], *, seed: int, folder: Path, checkpoints: Path, report: Any
    ) -> Artifact:
        if self.fails_first and not (checkpoints / "half").exists():
            (checkpoints / "half").write_text("way")
            raise InputError("interrupted")
        report({"step": 1, "of": 1, "loss": 0.5})
        made = replace(model, error=model.error / 2)
        made.save(folder)
        return Artifact(made.revision, {"loss": 0.5, "rows": len(rows)})

    def load(self, model: Any, folder: Path) -> Any:
        return model.load(folder)


def kept_of(run: openloop.Run) -> Any:
    pool = run.sample(models.simulated(error=0.4), ROWS)
    return run.select(pool, run.score(pool, signals.exact()), selection.threshold(accept=True))


def test_a_trainer_of_ones_own_makes_the_student(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    heard: list[Any] = []
    run.store.observers.append(lambda kind, detail: heard.append(detail) if kind == "training" else None)
    kept = kept_of(run)
    student = run.train(models.simulated(error=0.4), kept, using=Halving())
    again = run.train(student, kept, using=Halving(), seed=1)
    loaded: Any = again.load()
    assert loaded.error == 0.1 and loaded.revision == again.counts["revision"]
    assert student.counts["metrics"] == {"loss": 0.5, "rows": len(kept)}
    assert heard[0]["loss"] == 0.5 and heard[0]["stage"] == student.stage.fingerprint
    assert run.sample(again, ROWS).counts["generated"] == len(ROWS)
    run.close()


def test_checkpoints_survive_an_interruption_and_go_when_it_is_done(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    kept = kept_of(run)
    with pytest.raises(InputError, match="interrupted"):
        run.train(models.simulated(error=0.4), kept, using=Halving(fails_first=True))
    assert list((tmp_path / "run" / "checkpoints").glob("*/half"))
    student = run.train(models.simulated(error=0.4), kept, using=Halving(fails_first=True))
    assert student.counts["revision"] and not list((tmp_path / "run" / "checkpoints").glob("*/*"))
    run.close()


def test_a_different_trainer_is_a_different_stage(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    kept = kept_of(run)
    by_fit = run.train(models.simulated(error=0.4), kept)
    assert by_fit.stage.fingerprint != run.train(models.simulated(error=0.4), kept, using=Halving()).stage.fingerprint
    assert (
        by_fit.stage.fingerprint == run.train(models.simulated(error=0.4), kept, using=training.fit()).stage.fingerprint
    )
    run.close()


def test_wrong_use_says_what_to_do(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    kept = kept_of(run)
    with pytest.raises(InputError, match="steps would be ignored"):
        run.train(models.simulated(), kept, using=Halving(), steps=3)
    with pytest.raises(InputError, match="not a trainer"):
        run.train(models.simulated(), kept, using="sft")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cannot be trained"):
        run.train(models.oracle(), kept)
    run.close()


def test_options_are_checked_against_the_models_own_fit() -> None:
    with pytest.raises(InputError, match=r"fit.stepz: not an option of this model's fit; did you mean 'steps'"):
        training.fit(stepz=3, lr=0.1).check_options(models.tiny())
    with pytest.raises(InputError, match="'lr' is missing"):
        training.fit(steps=3).check_options(models.tiny())
    training.fit(steps=3, lr=0.1).check_options(models.tiny())
