"""The network that a training changes, and what becomes of it: whole, or with a LoRA adapter."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from openloop.contracts import Model, Pretrained
from openloop.errors import InputError, require_installed
from openloop.training.settings import Settings

ADAPTER, CONFIG, GENERATION = "adapter_config.json", "config.json", "generation_config.json"
READABLE = 0o644


def require_pretrained(who: str, model: Model) -> Pretrained:
    """A model whose network this trainer can change, with what that needs installed. Raises InputError."""
    if not isinstance(model, Pretrained):
        raise InputError(
            f"{who}: cannot train {model.name!r}, which has no network in a folder of this machine (an endpoint never "
            "has). Train a models.transformers(...), or export the rows and train elsewhere."
        )
    for package in ("torch", "transformers", "trl", "peft", "datasets"):
        require_installed(f"{who}:", package, "train")
    return model


def check_adapter(who: str, model: Pretrained, settings: Settings) -> None:
    """An adapter that is trained further keeps its rank. Raises InputError."""
    if model.adapter is None or not settings.lora:
        return
    said = json.loads((model.adapter / ADAPTER).read_text())
    rank, alpha = said.get("r"), said.get("lora_alpha")
    if rank != settings.lora or settings.lora_alpha not in (None, alpha):
        raise InputError(
            f"{who}: lora={settings.lora}, lora_alpha={settings.alpha:g}, but {model.name!r} has an adapter of rank "
            f"{rank} and alpha {alpha:g}, which would be trained further. Say lora={rank} and no lora_alpha, or merge "
            "the adapter first (adapter='merge' when it is made)."
        )


def require_trainable(who: str, model: Model, settings: Settings) -> Pretrained:
    """A model that this trainer can change with these settings. Raises InputError."""
    mine = require_pretrained(who, model)
    check_adapter(who, mine, settings)
    return mine


def network_of(model: Pretrained, settings: Settings) -> Any:
    """A fresh copy of the network to train, with the adapter that it has where that is trained further.

    Weights that are trained are float32, whatever the model is sampled in: steps of a small learning rate are lost in
    the rounding of 16 bits. What lies under an adapter stays in the model's own precision.
    """
    network = model.network(model.dtype if settings.lora else "float32")
    if model.adapter is None:
        return network
    from peft import PeftModel

    adapted = PeftModel.from_pretrained(network, str(model.adapter), is_trainable=bool(settings.lora))
    return adapted if settings.lora else adapted.merge_and_unload().requires_grad_(True)  # which PEFT froze


def adapter_config(model: Pretrained, settings: Settings) -> Any:
    """PEFT's configuration of a new adapter; None where none is made."""
    if not settings.lora or model.adapter is not None:
        return None
    from peft import LoraConfig

    targets = settings.lora_targets
    return LoraConfig(
        r=settings.lora,
        lora_alpha=settings.alpha,
        lora_dropout=0.0,
        target_modules=targets if isinstance(targets, str) else list(targets),
        task_type="CAUSAL_LM",
    )


def save_network(network: Any, model: Pretrained, settings: Settings, folder: Path) -> None:
    """Write what was trained: a whole model with its tokenizer, or the adapter alone."""
    if settings.lora and settings.adapter == "keep":
        network.save_pretrained(folder, selected_adapters=["default"])  # not DPO's copy for reference
        said = json.loads((folder / ADAPTER).read_text())
        # Neither a path of this machine nor the order of a set may be part of the weights' name.
        named = said | {"base_model_name_or_path": model.name}
        named = {name: sorted(value) if isinstance(value, list) else value for name, value in named.items()}
        (folder / ADAPTER).write_text(json.dumps(named, indent=1, sort_keys=True))
        (folder / "README.md").unlink(missing_ok=True)
    else:
        whole = network.merge_and_unload() if hasattr(network, "merge_and_unload") else network
        whole.save_pretrained(folder)
        keep_reading(model.folder, folder)
    for file in folder.iterdir():
        if file.is_file():
            file.chmod(READABLE)


def keep_reading(source: Path, folder: Path) -> None:
    """Tokenizer, templates and special tokens as they were: training must not change how text is read and ended."""
    (folder / GENERATION).unlink(missing_ok=True)
    for file in source.iterdir():
        if file.is_file() and file.suffix in (".json", ".jinja", ".model", ".txt") and not _of_weights(file):
            shutil.copyfile(file, folder / file.name)
    before, now = (json.loads((place / CONFIG).read_text()) for place in (source, folder))
    for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
        now.pop(name, None)
        now |= {name: before[name]} if name in before else {}
    (folder / CONFIG).write_text(json.dumps(now, indent=2, sort_keys=True))


def _of_weights(file: Path) -> bool:
    return file.name in (CONFIG, "openloop.json") or file.name.endswith(".index.json")
