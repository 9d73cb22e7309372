"""What the trainers that use TRL share: arguments, checkpoints and how they are resumed, what comes out."""

from __future__ import annotations

import copy
import gc
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openloop.contracts import Pretrained, Report
from openloop.errors import InputError, nearest
from openloop.records import Artifact
from openloop.training.checkpoint_folder import CheckpointFolder
from openloop.training.failures import failures
from openloop.training.pretrained import adapter_config, network_of, save_network
from openloop.training.settings import Settings
from openloop.training.watch import watch

NOT_IN_THE_CURVE = ("epoch", "total_flos", "num_tokens", "num_input_tokens_seen", "step_time")
"""What a library logs that is no measurement of a step, or begins anew when a training is resumed."""


@dataclass
class Training:
    """One training of one model through TRL, from its last whole checkpoint on."""

    who: str
    model: Pretrained
    settings: Settings
    seed: int
    folder: Path
    checkpoints: Path
    report: Report
    facts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Quiet, on the model's threads, with names for what goes wrong. Raises OutOfMemory, DiskFullError."""
        with quiet(self.model.threads), failures(self.who, self.checkpoints, self.settings):
            yield

    def arguments(self, rows: int, tokens: float) -> dict[str, Any]:
        """Of TRL's configurations, from settings. ``rows``: how many there are; ``tokens``: of all of them."""
        s, cuda = self.settings, self.model.device != "cpu"
        steps = total_steps(s, rows, tokens)
        self.facts.update(rows=rows, tokens=int(tokens), rows_seen=rows_seen(s, rows, steps))
        every = s.checkpoints.steps
        return {
            "output_dir": str(self.checkpoints),
            "max_steps": steps,
            "per_device_train_batch_size": s.batch,
            "gradient_accumulation_steps": s.accumulate,
            "learning_rate": s.lr,
            "warmup_steps": math.floor(s.warmup * steps),
            "lr_scheduler_type": s.schedule,
            "weight_decay": s.weight_decay,
            "max_grad_norm": s.clip,
            "gradient_checkpointing": s.gradient_checkpointing,
            "seed": self.seed % 2**32,
            "data_seed": self.seed % 2**32,
            "use_cpu": not cuda,
            "bf16": cuda and _has_bf16(),
            "logging_steps": 10 if cuda and steps > 100 else 1,
            "logging_nan_inf_filter": False,
            "save_strategy": "steps",
            "save_steps": every if every is not None else steps + 1,
            "save_total_limit": 2,
            "report_to": "none",
            "disable_tqdm": True,
            "dataloader_pin_memory": cuda,
        }

    def configured(self, config: type, arguments: Mapping[str, Any]) -> Any:
        """TRL's configuration, with the user's own options of it laid over ours. Raises InputError."""
        require_options(self.who, self.settings, config.__name__)
        try:
            made = config(**{**arguments, **self.settings.trl})
        except (TypeError, ValueError) as error:
            raise InputError(f"{self.who}: TRL refuses these options: {error}") from error
        made._n_gpu = min(1, made.n_gpu)  # one process has one device
        number = self.model.device.partition(":")[2]
        if number and made.device.index != int(number):
            raise InputError(
                f"{self.who}: the model is on {self.model.device}, and TRL would train on {made.device}. Set "
                f"CUDA_VISIBLE_DEVICES={number} and device='cuda'."
            )
        return made

    def network(self) -> Any:
        """The network to train."""
        return network_of(self.model, self.settings)

    @property
    def peft_config(self) -> Any:
        """Of the adapter to make, if one is."""
        return adapter_config(self.model, self.settings)

    def tokenizer(self) -> Any:
        """A copy of the model's own, since TRL changes it, that can pad: what pads is masked, so any token will do."""
        mine = copy.deepcopy(self.model.tokenizer())
        mine.pad_token = mine.pad_token or mine.eos_token or mine.convert_ids_to_tokens(0)
        return mine

    def carry_out(self, trainer: Any) -> Artifact:
        """Train from the last checkpoint on, write the weights, and say what was made."""
        sealed = CheckpointFolder(self.checkpoints)
        newest = sealed.newest()
        trainer.add_callback(watch(self.who, self.settings, sealed, self.report))
        for callback in list(trainer.callback_handler.callbacks):
            if type(callback).__name__ in ("PrinterCallback", "ProgressCallback"):
                trainer.remove_callback(callback)
        trainer.train(resume_from_checkpoint=None if newest is None else str(newest))
        save_network(trainer.accelerator.unwrap_model(trainer.model), self.model, self.settings, self.folder)
        curve = curve_of(trainer.state.log_history)
        last = curve[-1] if curve else {}
        metrics = {name: value for name, value in last.items() if name != "step"}
        metrics["steps"] = float(trainer.state.global_step)
        return Artifact(self.model.load(self.folder).revision, metrics, self.facts, curve)


def require_options(who: str, settings: Settings, config: str) -> None:
    """Raise InputError for a further option that TRL's configuration of this name does not have."""
    if not settings.trl:
        return  # reading the library takes seconds
    import trl

    known = {name for name, f in getattr(trl, config).__dataclass_fields__.items() if f.init}
    for name in settings.trl:
        if name not in known:
            raise InputError(f"{who}: trl.{name} is not an option of TRL's {config}; {nearest(name, known)}")


def total_steps(settings: Settings, rows: int, tokens: float) -> int:
    """Optimiser steps of a training on ``rows`` rows of ``tokens`` tokens in all; 0 where that hangs on no rows."""
    if settings.steps is not None:
        return settings.steps
    if not rows:
        return 0
    each = steps_an_epoch(settings, rows)
    epochs = settings.tokens / tokens if settings.tokens is not None else settings.epochs or 1.0
    return max(1, math.ceil(round(epochs * each, 6)))


def steps_an_epoch(settings: Settings, rows: int) -> int:
    """Optimiser steps of one pass; the last may have fewer rows."""
    return math.ceil(math.ceil(rows / settings.batch) / settings.accumulate)


def rows_seen(settings: Settings, rows: int, steps: int) -> int:
    """Rows that a training computes in all, each counted as often as it is seen."""
    whole, more = divmod(steps, steps_an_epoch(settings, rows))
    return whole * rows + min(more * settings.rows_a_step, rows)


def curve_of(history: Sequence[Mapping[str, Any]]) -> list[dict[str, float]]:
    """What was measured at each step: finite numbers by name, the summary at the end left out."""
    found = []
    for entry in history:
        if "train_runtime" in entry:
            continue
        kept = {
            name: float(value)
            for name, value in entry.items()
            if isinstance(value, int | float) and math.isfinite(value) and name not in NOT_IN_THE_CURVE
        }
        if len(kept) > 1:
            found.append(kept)
    return found


@contextmanager
def quiet(threads: int | None) -> Iterator[None]:
    """A training library without its own talk, on so many torch threads, that leaves no memory behind."""
    import logging
    import os
    import warnings

    import torch
    from datasets.utils import disable_progress_bars
    from transformers.utils import logging as spoken

    before, switch = torch.get_num_threads(), os.environ.get("TOKENIZERS_PARALLELISM")
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    disable_progress_bars()
    spoken.set_verbosity_error()
    for name in ("trl", "accelerate", "peft"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(threads or before)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_num_threads(before)
        if switch is None:
            os.environ.pop("TOKENIZERS_PARALLELISM", None)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _has_bf16() -> bool:
    import torch

    return bool(torch.cuda.is_bf16_supported())
