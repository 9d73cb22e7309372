"""What the calls of a run are given, checked before any stage is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openloop.contracts import Checks, Model, Signal, Trainer
from openloop.contracts.models import require_model
from openloop.contracts.training import learns_from
from openloop.data.prompt_sources import PromptSource, as_prompts
from openloop.errors import InputError
from openloop.evaluation.answers import main_measure
from openloop.run.results import Kept, Student
from openloop.run.stages.base import ModelStage
from openloop.run.stages.select import SelectStage

OF_ROWS = {"signal": None, "k": 1, "temperature": 0.0, "top_p": 1.0}
"""Defaults of what says how rows are answered; the tasks of a benchmark say that themselves."""


def require(value: object, contract: type, what: str, where: str) -> None:
    """Raise InputError for a part of the user's that lacks what its contract asks for."""
    if not isinstance(value, contract):
        raise InputError(
            f"{what}: {value!r:.120} is not a {what}; see {where} and openloop.contracts.{contract.__name__}."
        )


def require_result(value: object, result: type, call: str, made_by: str) -> None:
    """Raise InputError for what no earlier call returned."""
    if not isinstance(value, result):
        raise InputError(f"{call}: needs what {made_by} returns, got {value!r:.120}.")


def require_of_rows_unset(**given: Any) -> None:
    """Raise InputError where it was said how rows are answered, and a benchmark would ignore it."""
    for what, value in given.items():
        if value != OF_ROWS[what]:
            raise InputError(f"evaluate: {what} would be ignored; the tasks of a harness say how they are asked.")


def as_model(model: Model | Student) -> Model | ModelStage:
    """A model of the user's, or the stage that made one."""
    return model.stage if isinstance(model, Student) else require_model(model)


def as_signals(signal: Signal | Mapping[str, Signal]) -> Mapping[str, Signal]:
    """By the names of their estimates; one signal is named after what it measures. Raises InputError for none."""
    named = {main_measure(signal.accept_at): signal} if isinstance(signal, Signal) else signal
    if not named:
        raise InputError("evaluate: needs at least one signal, got none.")
    return named


def as_training_input(
    trainer: Trainer, kept: Any, real: Any, most_rows: int | None
) -> tuple[PromptSource | None, tuple[SelectStage, ...]]:
    """The prompts of a trainer that answers them by itself, or the selections that another one learns from."""
    learns = learns_from(trainer)
    if learns == "prompts":
        return _training_prompts(trainer, kept, real), ()
    selections = kept if isinstance(kept, list) else [] if kept is None else [kept]
    for selection in selections:
        require_result(selection, Kept, "train", "Run.select")
    stages = tuple(selection.stage for selection in selections)
    if learns == "pairs":
        _require_pairs_only(trainer, stages, real, most_rows)
    return None, stages


def _training_prompts(trainer: Trainer, prompts: Any, real: Any) -> PromptSource:
    """What a trainer that answers prompts by itself is given. Raises InputError for rows to imitate."""
    given = prompts if isinstance(prompts, list) else [prompts]
    if real is not None or any(rows is None or isinstance(rows, Kept) for rows in given):
        raise InputError(
            f"train: {trainer.name} answers prompts by itself; give it the prompts (texts, rows with a `prompt`, "
            "openloop.read(file)) as the second argument, and no real rows."
        )
    return as_prompts(prompts)


def _require_pairs_only(trainer: Trainer, selections: Sequence[Any], real: Any, most_rows: int | None) -> None:
    """Raise InputError for a trainer of pairs that has no pool, or is given what it would ignore."""
    if not selections:
        raise InputError(f"train: {trainer.name} learns from pairs of a pool; give what Run.select returns.")
    if real is not None or most_rows is not None:
        raise InputError(f"train: {trainer.name} learns from pairs of a pool; real and most_rows would be ignored.")


def check_trainer(trainer: Trainer, model: Model | Student) -> None:
    """What the trainer itself says beforehand of the model that the chain of trainings began with."""
    if isinstance(trainer, Checks):
        trainer.check(model.stage.origin if isinstance(model, Student) else model)
