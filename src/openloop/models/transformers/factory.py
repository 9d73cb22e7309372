"""A model from a folder or a hub, its options checked."""

from __future__ import annotations

from pathlib import Path

from openloop.errors import InputError, require_installed
from openloop.model_folder import content_hash, from_hub
from openloop.models.transformers.conversation import Chat
from openloop.models.transformers.model import TransformersModel
from openloop.models.transformers.network import Dtype


def transformers(
    path: str,
    *,
    batch: int = 32,
    device: str = "auto",
    dtype: Dtype = "float32",
    beams: int = 0,
    system: str = "",
    chat: Chat = False,
    threads: int | None = None,
    at: str | None = None,
    init: int = 0,
    base: Path | None = None,
) -> TransformersModel:
    """A causal language model from a folder (relative to ``base``, in a recipe its folder) or the Hugging Face hub.

    ``at``: revision on the hub. ``batch`` rows are computed together; the batch size is part of the result, because
    sums over other shapes round differently. ``beams``: beam search at temperature 0, returning the k best. ``chat``:
    plain text becomes a user turn, after a ``system`` turn if given; chat messages always go through the template.
    ``chat="plain"`` writes turns as ``User: … Assistant: …``, for a model without a template.
    A folder with a configuration and a tokenizer but no weights is a model to be trained from scratch, with random
    weights from the seed ``init``. ``threads``: of torch on a CPU (its own choice unless given). The network is loaded
    once, in the main process. Raises InputError.
    """
    for needed in ("torch", "transformers"):
        require_installed("transformers:", needed, "train")
    if not isinstance(path, str) or not path:
        raise InputError(f"transformers: path must name a folder or a model of the hub, got {path!r}.")
    if batch < 1 or beams < 0 or beams == 1 or (threads is not None and threads < 1):
        raise InputError(
            "transformers: batch and threads at least 1, beams 0 or at least 2; got "
            f"batch={batch}, threads={threads}, beams={beams}."
        )
    if chat not in (True, False, "plain"):
        raise InputError(f"transformers: chat must be true, false or 'plain', got {chat!r}.")
    if dtype not in ("float32", "bfloat16", "float16"):
        raise InputError(f"transformers: dtype must be float32, bfloat16 or float16, got {dtype!r}.")
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device.partition(":")[0] not in ("cpu", "cuda"):
        raise InputError(f"transformers: device must be auto, cpu, cuda or cuda:N, got {device!r}.")
    if device != "cpu" and not torch.cuda.is_available():
        raise InputError(f"transformers: device {device!r} was asked for, but torch finds no GPU here.")
    folder = ((base or Path()) / path).resolve()
    if not folder.is_dir():
        folder = from_hub(path, at)
    content_hash(folder)
    return TransformersModel(folder, folder.name, batch, device, dtype, beams, system, chat, threads, None, init)
