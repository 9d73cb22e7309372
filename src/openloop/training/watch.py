"""What is done at each step of a training: told, stopped where the loss is no number, saved now and then."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from openloop.contracts import Report
from openloop.errors import LossNotFinite
from openloop.training.checkpoint_folder import CheckpointFolder
from openloop.training.settings import Settings

TOLD = ("loss", "reward", "held_out")
"""Of what a library logs, what is told while it works."""


def watch(who: str, settings: Settings, sealed: CheckpointFolder, report: Report) -> Any:
    """A callback for a transformers Trainer. Raises LossNotFinite."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            self.began = self.saved = time.monotonic()
            self.first = self.told = 0

        def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            self.began = self.saved = time.monotonic()
            self.first = self.told = state.global_step

        def on_log(self, _args: Any, state: Any, _control: Any, logs: Mapping[str, Any], **_: Any) -> None:
            require_finite(who, settings, state.global_step, logs)
            if "loss" not in logs or state.global_step <= self.told:
                return
            self.told = state.global_step
            seconds, done = time.monotonic() - self.began, state.global_step - self.first
            said = {"step": float(state.global_step), "of": float(state.max_steps)}
            said |= {name: float(logs[name]) for name in TOLD if name in logs and math.isfinite(logs[name])}
            if "num_tokens" in logs and seconds > 0:
                said["tokens_per_second"] = logs["num_tokens"] / seconds
            report(said | {"seconds_left": seconds / done * (state.max_steps - state.global_step)})

        def on_step_end(self, _args: Any, state: Any, control: Any, **_: Any) -> Any:
            due = time.monotonic() - self.saved > 60 * settings.checkpoints.minutes
            # The last step is followed by the weights; a training resumed from its end would take one step more.
            control.should_save = (control.should_save or due) and state.global_step < state.max_steps
            return control

        def on_save(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
            self.saved = time.monotonic()
            sealed.seal(state.global_step)

    return Watch()


def require_finite(who: str, settings: Settings, step: int, logs: Mapping[str, Any]) -> None:
    """Raise LossNotFinite where the loss or the norm of its gradient is no number."""
    for name, spoken in (("loss", "loss"), ("grad_norm", "norm of the gradient")):
        value = logs.get(name)
        if value is not None and not math.isfinite(value):
            raise LossNotFinite(
                f"{who}: the {spoken} became {value} at step {step:,}. Lower lr ({settings.lr:g}) or clip "
                f"({settings.clip:g}), or look at the rows."
            )
