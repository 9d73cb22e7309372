"""What a training through TRL takes: parameters and bytes, from the shape of the network, before anything is loaded.

Bytes of mixed-precision training with Adam (Rajbhandari et al. 2020, ZeRO, §3.1: weights, gradients and two moments),
and what the forward pass leaves for the backward pass: the inputs and outputs of every linear layer, for each token
of a batch (after Korthikanti et al. 2022, §4.1, without the attention matrix, which fused attention never writes).
TRL makes logits a tile at a time, so they do not count. Measured peaks are 1.1 times the estimate; what an allocator
holds beside that, in fragments, is not known beforehand: a training that fits by estimate may still not fit.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openloop.contracts import Pretrained
from openloop.contracts.training import TrainingEstimate
from openloop.errors import InputError
from openloop.training.pretrained import adapter_config
from openloop.training.settings import Settings

FLOAT = 4
"""Bytes of what is trained, of its gradient, and of each of Adam's moments."""
GIB = 2**30


@dataclass(frozen=True)
class Shape:
    """Of a network, and of what of it is trained."""

    parameters: int
    trained: int
    linear: int
    """Inputs and outputs of all linear layers, for one token."""
    hidden: int
    layers: int


def shape_of(model: Pretrained, settings: Settings) -> Shape:
    """From a network without weights."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.from_pretrained(model.folder)
    with torch.device("meta"):
        network: Any = AutoModelForCausalLM.from_config(config)
        linear = sum(m.in_features + m.out_features for m in network.modules() if isinstance(m, torch.nn.Linear))
        head = network.get_output_embeddings()
        parameters = trained = sum(p.numel() for p in network.parameters())
        if settings.lora:
            from peft import PeftConfig, get_peft_model

            said = adapter_config(model, settings) or PeftConfig.from_pretrained(str(model.adapter))
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    adapted = get_peft_model(network, said)
            except ValueError as error:
                raise InputError(f"lora_targets={settings.lora_targets!r}: {error}") from error
            trained = sum(p.numel() for name, p in adapted.named_parameters() if "lora_" in name)
    text = config.get_text_config()
    linear -= head.in_features + head.out_features if isinstance(head, torch.nn.Linear) else 0
    return Shape(parameters, trained, linear, text.hidden_size, text.num_hidden_layers)


def memory_bytes(shape: Shape, model: Pretrained, settings: Settings, longest: int, reference: bool) -> int:
    """Bytes at the peak of a training whose longest row has so many tokens; ``reference``: with a second copy."""
    cuda = model.device != "cpu"
    each = (4 if model.dtype == "float32" else 2) if settings.lora else FLOAT
    held = (shape.parameters * each) * (2 if reference else 1) + (shape.trained * FLOAT if settings.lora else 0)
    held += shape.trained * 3 * FLOAT
    if cuda:
        held += shape.parameters * 2 if each == FLOAT else 0  # autocast keeps a copy in 16 bits
    tokens, value = settings.batch * longest, 2 if cuda else 4
    if settings.gradient_checkpointing:
        left = shape.layers * shape.hidden + shape.linear // max(1, shape.layers)
    else:
        left = shape.linear
    return held + tokens * left * value


def estimate_of(
    model: Pretrained, settings: Settings, tokens: float, steps: int, longest: int, *, reference: bool = False
) -> TrainingEstimate:
    """What a training takes. ``longest``: tokens of the longest row, 0 where the rows are not known."""
    shape = shape_of(model, settings)
    needed = memory_bytes(shape, model, settings, longest, reference)
    return TrainingEstimate(shape.parameters, shape.trained, int(tokens), steps, needed)


def require_memory(who: str, model: Pretrained, estimate: TrainingEstimate) -> None:
    """Raise InputError where a training cannot fit by its estimate."""
    free = free_bytes(model.device)
    if free is not None and estimate.memory_bytes > free:
        raise InputError(
            f"{who}: training {estimate.trained_parameters:,} of {estimate.parameters:,} parameters needs about "
            f"{estimate.memory_bytes / GIB:.1f} GiB, and {free / GIB:.1f} GiB are free on {model.device}. Lower batch "
            "and raise accumulate, set gradient_checkpointing=true or max_length, or train an adapter (lora=16)."
        )


def free_bytes(device: str, meminfo: Path = Path("/proc/meminfo"), group: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Memory that a new process could use, on the machine and in its container; None where neither says."""
    if device != "cpu":
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    found = []
    with suppress(OSError, KeyError, ValueError):
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        found.append(int(lines["MemAvailable"].split()[0]) * 1024)
    with suppress(OSError, ValueError):  # a container without a limit says "max"
        found.append(int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    return min(found, default=None)
