"""A network of the Hugging Face kind, its tokenizer, and what names them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Literal

from openloop.errors import InputError, require_installed

if TYPE_CHECKING:
    import torch

Dtype = Literal["float32", "bfloat16", "float16"]
_loading = threading.Lock()
"""Held while a network is read: the library swaps torch's default device meanwhile, under all threads at once."""


@dataclass(frozen=True)
class Loaded:
    """A network and its tokenizer, in memory once per process."""

    model: Any
    tokenizer: Any
    device: Any
    end_tokens: tuple[int, ...]

    @property
    def ends(self) -> dict[str, Any]:
        return {"eos_token_id": list(self.end_tokens), "pad_token_id": self.end_tokens[0]}

    def padded(self, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        """Token ids and mask, [B, T], padded on the left."""
        import torch

        longest = max(map(len, rows))
        ids = [[self.end_tokens[0]] * (longest - len(row)) + list(row) for row in rows]
        mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
        return {
            "input_ids": torch.tensor(ids, device=self.device),
            "attention_mask": torch.tensor(mask, device=self.device),
        }

    def until_end(self, row: list[int]) -> list[int]:
        """The tokens of an answer, its end token included."""
        for place, token in enumerate(row):
            if token in self.end_tokens:
                return row[: place + 1]
        return row

    def answers(self, tokens: torch.Tensor, nats: torch.Tensor) -> list[tuple[list[int], float]]:
        """Rows [B, T] of drawn tokens up to their ends, with the sum of their log-probabilities [B, T]."""
        found = []
        for row, mine in zip(tokens.tolist(), nats.tolist(), strict=True):
            answer = self.until_end(row)
            found.append((answer, sum(mine[: len(answer)])))
        return found


@dataclass(frozen=True)
class Written:
    """What a folder says of how text is read and written, without its network."""

    tokenizer: Any
    end_tokens: tuple[int, ...]
    context: int
    """Most tokens of a prompt and its completion."""


@lru_cache(maxsize=8)
def written(folder: Path, content: str) -> Written:
    """The tokenizer of a folder and its end tokens. ``content`` names its files, so that changed ones are read anew."""
    from transformers import AutoConfig, AutoTokenizer, GenerationConfig

    del content
    with _readable(folder):
        tokenizer, config = AutoTokenizer.from_pretrained(folder), AutoConfig.from_pretrained(folder)
        said = folder / "generation_config.json"
        generation = GenerationConfig.from_pretrained(folder) if said.exists() else config.get_text_config()
    ends = getattr(generation, "eos_token_id", None)
    ends = ends if ends is not None else tokenizer.eos_token_id
    if ends is None:
        raise InputError(
            f"transformers: {folder} has no end-of-sequence token, so nothing would ever end. Set `eos_token_id` in "
            "its generation_config.json, or `eos_token` of its tokenizer."
        )
    limit: Any = getattr(config.get_text_config(), "max_position_embeddings", None)
    return Written(tokenizer, (ends,) if isinstance(ends, int) else tuple(ends), int(limit or 1 << 30))


class Held:
    """The one network that this process holds: it lets go of it before it reads another one."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._loaded: Loaded | None = None
        self._mutex = threading.Lock()

    def get(self, *key: Any) -> Loaded:
        """The network that :func:`load` makes of the key. Threads that need one at once read it once."""
        with self._mutex:
            if self._loaded is None or self._key != key:
                self._loaded = None
                self._loaded, self._key = load(*key), key
            return self._loaded

    def release(self) -> None:
        """Let go of it."""
        with self._mutex:
            self._loaded = None

    @property
    def count(self) -> int:
        """1 or 0."""
        return int(self._loaded is not None)


HELD = Held()


def load(folder: Path, adapter: Path | None, init: int, content: str, device: str, dtype: Dtype) -> Loaded:
    """The network of a folder, an adapter merged into it. ``content`` names the files of both."""
    import torch
    from transformers import GenerationConfig

    model = fresh_network(folder, init, dtype)
    if adapter is not None:
        model = _adapted(model, adapter)
    model = model.to(device).eval()
    # What a folder recommends (top_k, penalties, ...) would change what a recipe's sampling says.
    model.generation_config = GenerationConfig()
    here = written(folder, content)
    return Loaded(model, here.tokenizer, torch.device(device), here.end_tokens)


def fresh_network(folder: Path, init: int, dtype: Dtype) -> Any:
    """The network of a folder, read anew; where the folder has no weights, random ones from the seed ``init``."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()  # a run has one of its own
    with _loading, _readable(folder):
        if has_weights(folder):
            network, found = AutoModelForCausalLM.from_pretrained(
                folder, dtype=getattr(torch, dtype), output_loading_info=True
            )
            _require_all(folder, found["missing_keys"])
            return network
        with torch.random.fork_rng(devices=[]):  # the caller's random state is not ours to move
            torch.manual_seed(init)
            return AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder), dtype=getattr(torch, dtype))


def _require_all(folder: Path, missing: Collection[str]) -> None:
    """Raise InputError where weights are missing: the library draws random ones, others each time, and goes on."""
    if missing:
        raise InputError(
            f"transformers: {folder} lacks {len(missing):,} of the weights that its config.json names, such as "
            f"{min(missing)}. Write the whole model there again."
        )


def has_weights(folder: Path) -> bool:
    """Whether a folder holds more than a configuration."""
    return any(path.suffix in (".safetensors", ".bin") for path in folder.iterdir())


def _adapted(model: Any, adapter: Path) -> Any:
    require_installed("transformers: an adapter", "peft", "train")
    from peft import PeftModel

    with _readable(adapter):
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, UnpicklingError, SafetensorError) as error:
        said = " ".join(str(error).split())
        raise InputError(f"transformers: {folder} cannot be loaded: {said}") from error
