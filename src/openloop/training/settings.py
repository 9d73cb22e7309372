"""What every training through a library can be told: how long, how fast, with which weights, from which checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Literal, TypedDict

from openloop.errors import InputError, nearest


@dataclass(frozen=True)
class Checkpoints:
    """When a training saves itself. It does not change what comes out, so it is no part of a training's name."""

    steps: int | None = None
    minutes: float = 5.0
    fingerprint: ClassVar[str] = "checkpoints"


class Options(TypedDict, total=False):
    """Options that all trainers through TRL take. See :class:`Settings`."""

    epochs: float | None
    steps: int | None
    tokens: int | None
    lr: float | None
    batch: int
    accumulate: int
    warmup: float
    schedule: Literal["linear", "cosine", "constant"]
    weight_decay: float
    clip: float
    lora: int
    lora_alpha: float | None
    lora_targets: str | list[str]
    adapter: Literal["merge", "keep"]
    max_length: int | None
    too_long: Literal["refuse", "truncate", "drop"]
    gradient_checkpointing: bool
    checkpoint_steps: int | None
    checkpoint_minutes: float
    trl: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How long, how fast, with which weights."""

    epochs: float | None = None
    """Passes over the rows. One of epochs, steps and tokens says how long; without any it is one epoch."""
    steps: int | None = None
    """Optimiser steps: equal steps, batch and length are equal compute."""
    tokens: int | None = None
    """Tokens read, prompts included: as many whole steps as that takes with rows of average length."""
    lr: float
    batch: int = 8
    """Rows computed together."""
    accumulate: int = 1
    """Batches whose gradients are added up before a step."""
    warmup: float = 0.03
    """Share of the steps over which the learning rate rises."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    weight_decay: float = 0.0
    clip: float = 1.0
    """Largest norm of a gradient."""
    lora: int = 0
    """Rank of a LoRA adapter; 0 trains all weights."""
    lora_alpha: float | None = None
    """Scale of the adapter; twice its rank where not given."""
    lora_targets: str | list[str] = "all-linear"
    adapter: Literal["merge", "keep"] = "merge"
    """Whether what comes out is a whole model, or the adapter alone over the model's network."""
    max_length: int | None = None
    """Most tokens of a row; the model's context where not given."""
    too_long: Literal["refuse", "truncate", "drop"] = "refuse"
    """What becomes of rows that are longer."""
    gradient_checkpointing: bool = False
    trl: Mapping[str, Any] = field(default_factory=dict)
    """Further options of TRL's own configuration, by its names."""
    checkpoints: Checkpoints = Checkpoints()

    @property
    def rows_a_step(self) -> int:
        """Rows of one optimiser step."""
        return self.batch * self.accumulate

    def longest(self, context: int) -> int:
        """Most tokens of a row of a model with this context."""
        return min(self.max_length or context, context)

    @property
    def alpha(self) -> float:
        """Scale of the adapter."""
        return 2.0 * self.lora if self.lora_alpha is None else self.lora_alpha


OURS = {
    "num_train_epochs": "epochs",
    "max_steps": "steps",
    "learning_rate": "lr",
    "per_device_train_batch_size": "batch",
    "gradient_accumulation_steps": "accumulate",
    "warmup_steps": "warmup",
    "warmup_ratio": "warmup",
    "lr_scheduler_type": "schedule",
    "weight_decay": "weight_decay",
    "max_grad_norm": "clip",
    "gradient_checkpointing": "gradient_checkpointing",
    "save_steps": "checkpoint_steps",
    "save_strategy": "checkpoint_steps or checkpoint_minutes",
    "seed": "seed of the training or of the recipe",
    "data_seed": "seed of the training or of the recipe",
}
"""TRL's options that are said in another way, by TRL's name."""
NOT_TO_BE_SET = (
    *("output_dir", "save_total_limit", "save_only_model", "resume_from_checkpoint", "ignore_data_skip"),
    *("auto_find_batch_size", "use_cpu", "model_init_kwargs", "dataset_kwargs", "dataset_text_field"),
    *("chat_template_path", "eos_token", "truncation_mode", "shuffle_dataset"),
)
"""TRL's options that would break a resumed training, or do nothing to rows that TRL is given in tokens."""


def settings(
    who: str, options: Options, *, lr: float, lr_lora: float, ours: Mapping[str, str] = MappingProxyType({})
) -> Settings:
    """Settings from the options of a trainer, checked. ``lr`` and ``lr_lora`` hold where none is given.

    ``ours``: options of TRL's that this trainer says in another way, beside :data:`OURS`; empty if not at all.
    """
    given: dict[str, Any] = dict(options)
    known = Options.__annotations__
    for name in given:
        if name not in known:
            raise InputError(f"{who}: has no option {name!r}; {nearest(name, known)}")
    steps, minutes = given.pop("checkpoint_steps", None), given.pop("checkpoint_minutes", 5.0)
    if given.get("lr") is None:
        given["lr"] = lr_lora if given.get("lora") else lr
    if given.get("lora_targets") is None:
        given.pop("lora_targets", None)
    made = Settings(**given, checkpoints=Checkpoints(steps, minutes))
    _check(who, made)
    _check_trl(who, made.trl, {**OURS, **dict.fromkeys(NOT_TO_BE_SET, ""), **ours})
    return made


def _check_trl(who: str, given: Mapping[str, Any], ours: Mapping[str, str]) -> None:
    for name in given:
        if name in ours:
            instead = f"say {ours[name]}" if ours[name] else "leave it out"
            raise InputError(
                f"{who}: trl.{name} cannot be set, because openloop sets it or it would do nothing; {instead}."
            )


def _check(who: str, made: Settings) -> None:
    said = [name for name in ("epochs", "steps", "tokens") if getattr(made, name) is not None]
    if len(said) > 1:
        raise InputError(f"{who}: {' and '.join(said)} both say how long to train; give one of epochs, steps, tokens.")
    above = {"epochs": made.epochs, "steps": made.steps, "tokens": made.tokens, "lr": made.lr, "clip": made.clip}
    above |= {"batch": made.batch, "accumulate": made.accumulate, "max_length": made.max_length}
    above |= {"checkpoint_steps": made.checkpoints.steps, "checkpoint_minutes": made.checkpoints.minutes}
    for name, value in above.items():
        if value is not None and not (isinstance(value, int | float) and value > 0):
            raise InputError(f"{who}: {name} must be above 0, got {value!r}.")
    whole = {"steps": made.steps, "batch": made.batch, "accumulate": made.accumulate, "max_length": made.max_length}
    whole |= {"lora": made.lora, "checkpoint_steps": made.checkpoints.steps}
    for name, value in whole.items():
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise InputError(f"{who}: {name} must be a whole number, got {value!r}.")
    if not 0 <= made.warmup < 1 or made.weight_decay < 0 or made.lora < 0:
        raise InputError(
            f"{who}: warmup from 0 to below 1, weight_decay and lora at least 0; got {made.warmup}, "
            f"{made.weight_decay} and {made.lora}."
        )
    if made.adapter == "keep" and not made.lora:
        raise InputError(f"{who}: adapter='keep' needs an adapter; give its rank, such as lora=16.")
    for name, allowed in (
        ("schedule", ("linear", "cosine", "constant")),
        ("adapter", ("merge", "keep")),
        ("too_long", ("refuse", "truncate", "drop")),
    ):
        if getattr(made, name) not in allowed:
            raise InputError(f"{who}: {name} must be one of {', '.join(allowed)}, got {getattr(made, name)!r}.")
