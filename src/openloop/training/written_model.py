"""What a trainer of somebody else's left in a folder, checked: a whole model whose text is read as before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from openloop.contracts import Pretrained
from openloop.errors import InputError, LossNotFinite, TrainingEnded
from openloop.training.pretrained import ADAPTER, CONFIG, keep_reading

TOKENIZER = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")
"""Files of which a folder with a tokenizer holds one."""


def require_model(who: str, model: Pretrained, folder: Path) -> str:
    """Revision of the model in a folder, with a tokenizer where it had none. Raises TrainingEnded for what is none."""
    _require_own_files(who, folder)
    adapter = (folder / ADAPTER).exists() and not (folder / CONFIG).exists()
    if not adapter and not (folder / CONFIG).exists():
        raise TrainingEnded(f"{who}: ended well, but left no {CONFIG} in {{out}}: {_listed(folder)}.")
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    if not files:
        raise TrainingEnded(f"{who}: ended well, but left no weights (*.safetensors) in {{out}}: {_listed(folder)}.")
    for index in folder.glob("*.index.json"):
        try:
            named = set(json.loads(index.read_text())["weight_map"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrainingEnded(f"{who}: {index.name} in {{out}} is no index of weights: {error}.") from error
        lacking = sorted(named - {file.name for file in folder.iterdir()})
        if lacking:
            raise TrainingEnded(f"{who}: {index.name} names {lacking[0]}, which is not in {{out}}: {_listed(folder)}.")
    for file in files:
        _require_whole(who, file)
    try:
        if not adapter:
            if any((folder / name).exists() for name in TOKENIZER):
                _require_same_tokens(who, model, folder)
            else:
                keep_reading(model.folder, folder)
            _require_numbers(who, model.load(folder).network())
        return model.load(folder).revision
    except (InputError, ValueError, TypeError) as error:
        raise TrainingEnded(f"{who}: what it left in {{out}} is no whole model: {error}") from error


def _require_own_files(who: str, folder: Path) -> None:
    """Copies in the place of links: what they point to may be changed or deleted, and the weights would go with it."""
    for path in [path for path in folder.rglob("*") if path.is_symlink()]:
        target = path.resolve()
        if not target.exists():
            raise TrainingEnded(f"{who}: {path.name} in {{out}} is a link to {target}, which is not there.")
        path.unlink()
        shutil.copytree(target, path) if target.is_dir() else shutil.copyfile(target, path)


def _require_numbers(who: str, network: Any) -> None:
    for name, weights in network.named_parameters():
        if not weights.isfinite().all():
            raise LossNotFinite(f"{who}: the weights {name} that it left in {{out}} hold NaN or infinity.")


def _require_whole(who: str, file: Path) -> None:
    if file.suffix != ".safetensors":
        return
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as held:
            empty = not list(held.keys())
    except SafetensorError as error:
        raise TrainingEnded(f"{who}: {file.name} is not whole: {error}.") from error
    if empty:
        raise TrainingEnded(f"{who}: {file.name} holds no weights.")


def _require_same_tokens(who: str, model: Pretrained, folder: Path) -> None:
    """A tokenizer may have grown; what it had must keep its numbers."""
    before, now = model.tokenizer().get_vocab(), model.load(folder).tokenizer().get_vocab()
    moved = [token for token, number in before.items() if now.get(token) != number]
    if moved:
        raise TrainingEnded(
            f"{who}: the tokenizer in {{out}} gives other numbers to {len(moved):,} of {len(before):,} tokens, such as "
            f"{moved[0]!r}. Write the tokenizer that {{model}} has, or none."
        )


def _listed(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())
    return "it holds " + ", ".join(names[:8]) if names else "it is empty"
