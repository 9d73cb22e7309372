"""The suite of a trainer passes one that keeps the contract and catches what breaks it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from openloop import models
from openloop.contracts import Model, Trainer
from openloop.contracts.training import Report
from openloop.records import Artifact, Completion, Example, Prompt, Sampling
from openloop.testing import check_trainer

ROWS = [Example(f"{i}+{i}=", str(2 * i), {"answer": str(2 * i)}) for i in range(8)]


@dataclass(frozen=True)
class Device:
    """A model that holds one number as its weights, on a device."""

    weight: float
    device: str
    name: str = "device"
    version: ClassVar[str] = "1"

    @property
    def revision(self) -> str:
        return f"{self.weight:.12f}"

    def sample(self, prompts: Sequence[Prompt], k: int, sampling: Sampling) -> list[list[Completion]]:
        del sampling
        return [[Completion(f"{self.weight}")] * k for _ in prompts]


@dataclass(frozen=True)
class Steps:
    """Adds each row's length to the weight; goes on where its checkpoints end. ``how`` says which rule it breaks."""

    how: str = ""
    name: ClassVar[str] = "steps"
    version: ClassVar[str] = "1"

    def train(
        self, model: Model, rows: Sequence[Example], *, seed: int, folder: Path, checkpoints: Path, report: Report
    ) -> Artifact:
        assert isinstance(model, Device)
        held = checkpoints / "state.json"
        step, weight = json.loads(held.read_text()) if held.exists() else (0, model.weight + seed)
        for row in rows[step:]:
            step, weight = step + 1, weight + len(str(row.completion))
            held.write_text(json.dumps([step, weight + (self.how == "halfway" and step < len(rows))]))
            report({"step": step, "of": len(rows), "loss": 1 / step})
        self.harm(model, rows, checkpoints, report)
        if self.how == "luck":
            weight += sum(map(ord, folder.name))
        if self.how == "resumes":
            held.write_text(json.dumps([step, weight + 1]))
        if self.how != "nothing":
            (folder / "weight").write_text(str(weight if self.how != "path" else folder))
        return Artifact(replace(model, weight=weight).revision, {"loss": float("nan") if self.how == "metric" else 0.5})

    def harm(self, model: Device, rows: Sequence[Example], checkpoints: Path, report: Report) -> None:
        match self.how:
            case "model":
                object.__setattr__(model, "weight", model.weight + 1)
            case "rows":
                rows.append(rows[0])  # type: ignore[attr-defined]
            case "checkpoints":
                for file in checkpoints.iterdir():
                    file.unlink()
                checkpoints.rmdir()
            case "infinite":
                report({"loss": float("inf")})
            case "backwards":
                report({"step": 0})
            case "beyond":
                report({"step": 100, "of": 8})

    def load(self, model: Model, folder: Path) -> Any:
        assert isinstance(model, Device)
        if self.how == "no model":
            return "weights"
        text = (folder / "weight").read_text()
        loaded = replace(model, weight=len(text) if self.how == "path" else float(text))
        changes = {"device": {"device": "cpu"}, "name": {"name": folder.name}, "other": {"weight": 0.0}}
        return replace(loaded, **changes.get(self.how, {}))  # type: ignore[arg-type]


def test_a_trainer_that_resumes_from_its_checkpoints_passes() -> None:
    check_trainer(Steps(), Device(1.0, "cuda:1"), ROWS)


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ("model", "changed the model that it was given"),
        ("rows", "changed what it was given"),
        ("luck", "makes other weights with the same seed"),
        ("resumes", "makes other weights over checkpoints of its own"),
        ("halfway", "makes other weights after it was interrupted"),
        ("checkpoints", "deleted the folder of checkpoints"),
        ("nothing", "wrote nothing"),
        ("infinite", "reports loss=inf"),
        ("metric", "metrics loss=nan"),
        ("backwards", "reports step 0 after step 8"),
        ("beyond", "reports step 100 of 8"),
        ("path", "names revision .* in its artifact, and loads"),
        ("other", "names revision .* in its artifact, and loads 0.0"),
        ("device", "`device` is 'cpu'; the model it trained had 'cuda:1'"),
        ("name", "`name` is 'moved'"),
        ("no model", "loads str, which is not a model"),
    ],
)
def test_a_broken_trainer_is_caught(how: str, rule: str) -> None:
    with pytest.raises(AssertionError, match=rule):
        check_trainer(Steps(how), Device(1.0, "cuda:1"), list(ROWS))


@dataclass(frozen=True)
class OwnFit:
    """A model's own ``fit``."""

    name: ClassVar[str] = "own fit"
    version: ClassVar[str] = "1"

    def train(
        self, model: Model, rows: Sequence[Example], *, seed: int, folder: Path, checkpoints: Path, report: Report
    ) -> Artifact:
        del checkpoints, report
        trained = model.fit(rows, seed=seed)  # type: ignore[attr-defined]
        trained.save(folder)
        return Artifact(trained.revision)

    def load(self, model: Model, folder: Path) -> Model:
        return model.load(folder)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("model", [models.simulated(error=0.4), models.categorical(table={"0": 1.0})])
def test_a_models_own_fit_as_a_trainer_passes(model: Model) -> None:
    trainer: Trainer = OwnFit()
    check_trainer(trainer, model, ROWS)
