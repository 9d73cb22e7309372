"""Vectors of texts by a model of the sentence-transformers library: what they mean, not only which words they use."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from openloop.data.vectors import unit
from openloop.errors import InputError, require_installed
from openloop.identity import fingerprint
from openloop.model_folder import content_hash, from_hub

Dtype = Literal["float32", "bfloat16", "float16"]
DTYPES = ("float32", "bfloat16", "float16")
WHO = "sentence_transformer"


@dataclass(frozen=True)
class SentenceTransformerEmbedder:
    """See :func:`sentence_transformer`."""

    folder: Path
    name: str
    device: str
    """``cpu``, ``cuda`` or ``cuda:N``."""
    dtype: Dtype
    batch: int
    prefix: str
    one_process: ClassVar[bool] = True
    version: ClassVar[str] = "1"

    @property
    def revision(self) -> str:
        """Of the folder's content, and of what else decides the vectors."""
        return fingerprint([content_hash(self.folder, "modules.json", WHO), self.dtype, self.prefix])

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """See :class:`openloop.contracts.Embedder`. Long texts are read together, and the order is kept.

        Padding changes the order of sums: beside other texts a number of a vector may differ by 1e-6 in float32, by
        about 1e-2 in bfloat16.
        """
        network = self._network()
        if not len(texts):
            return np.zeros((0, network.get_embedding_dimension()), dtype=np.float32)
        found = network.encode(
            [self._read(text) for text in texts],
            batch_size=self.batch,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
        vectors = np.array(found, dtype=np.float32)
        vectors[[not text.strip() for text in texts]] = 0.0
        return unit(vectors)

    def read_in_part(self, texts: Sequence[str]) -> int:
        """See :class:`openloop.contracts.ReadsInPart`: those of more tokens than the model reads."""
        network = self._network()
        most = network.get_max_seq_length()
        # A token is at least a byte, so that shorter texts need not be counted.
        long = [text for one in texts if most and len((text := self._read(one)).encode()) > most]
        if not long:
            return 0
        tokens = network.tokenizer(long, truncation=False, padding=False, verbose=False)["input_ids"]
        return sum(len(mine) > most for mine in tokens)

    def _read(self, text: str) -> str:
        """Halves of a surrogate pair, which no tokenizer takes, become question marks."""
        return self.prefix + text.encode("utf-8", "replace").decode("utf-8")

    def _network(self) -> Any:
        return _HELD.network(self.folder, self.revision, self.device, self.dtype)


class _Held:
    """The network that was last used: in memory once per process."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._held: tuple[tuple[str, ...], Any] | None = None

    def network(self, folder: Path, revision: str, device: str, dtype: Dtype) -> Any:
        with self._mutex:
            key = (str(folder), revision, device, dtype)
            if self._held is None or self._held[0] != key:
                self._held = None  # one is let go before the next is read
                self._held = key, _loaded(folder, device, dtype)
            return self._held[1]


_HELD = _Held()


def _loaded(folder: Path, device: str, dtype: Dtype) -> Any:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # a run has one of its own
    try:
        network = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"dtype": getattr(torch, dtype)}
        )
    except Exception as error:  # each format of weights has errors of its own
        said = " ".join(str(error).split())
        raise InputError(f"{WHO}: {folder} cannot be loaded: {said:.300}") from error
    return network.eval()


def sentence_transformer(
    path: str,
    *,
    device: str = "auto",
    dtype: Dtype = "float32",
    batch: int = 32,
    prefix: str = "",
    at: str | None = None,
    base: Path | None = None,
) -> SentenceTransformerEmbedder:
    """A sentence-transformers model from a folder (relative to ``base``, in a recipe its folder) or the hub.

    ``at``: revision on the hub. ``device``: auto takes a GPU where there is one. ``batch`` texts are computed together.
    ``prefix`` stands before every text: some models ask for one, such as ``query: `` (see the model's card). The
    network is loaded once, in the main process. Raises InputError.
    """
    require_installed(f"{WHO}:", "sentence-transformers", "embed")
    if not isinstance(path, str | Path) or not str(path):
        raise InputError(f"{WHO}: path must name a folder or a model of the hub, got {path!r}.")
    if not isinstance(batch, int) or isinstance(batch, bool) or batch < 1:
        raise InputError(f"{WHO}: batch must be a whole number, at least 1, got {batch!r}.")
    if dtype not in DTYPES:
        raise InputError(f"{WHO}: dtype must be float32, bfloat16 or float16, got {dtype!r}.")
    folder = ((base or Path()) / path).expanduser().resolve()
    if folder.is_file():
        raise InputError(f"{WHO}: {path} is a file; give the folder that holds the model (its modules.json).")
    if not folder.is_dir():
        folder = from_hub(str(path), at, WHO)
    content_hash(folder, "modules.json", WHO)
    return SentenceTransformerEmbedder(folder, Path(path).name, _device(device), dtype, batch, prefix)


def _device(asked: str) -> str:
    import torch

    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if not isinstance(asked, str) or asked.partition(":")[0] not in ("cpu", "cuda"):
        raise InputError(f"{WHO}: device must be auto, cpu, cuda or cuda:N, got {asked!r}.")
    if asked != "cpu" and not torch.cuda.is_available():
        raise InputError(f"{WHO}: device {asked!r} was asked for, but torch finds no GPU here.")
    return asked
