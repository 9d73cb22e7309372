"""Texts that the measures of the rows themselves look at, as many as fit in memory, and their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.row_reader import RowReader
from openloop.contracts import Embedder

MOST = 10_000
"""Rows of each side that are looked at."""
LOTS = 0x5A3D1E
"""Purpose of the numbers by which rows are drawn."""


@dataclass(frozen=True, eq=False)
class TextSample:
    """n rows with their texts, whole prompts together, in an order that depends on what they hold."""

    name: str
    """What findings call the rows."""
    prompts: Sequence[str]
    """Shape [n]; empty texts where the rows have no prompt."""
    completions: Sequence[str]
    """Shape [n]; of rows that are one text each, that text."""
    prompt: Codes
    """Shape [n]: codes from 0; rows of one prompt are one cluster."""
    of: int
    """Rows that they were drawn from."""
    embedder: Embedder
    rows: Codes | None = None
    """Shape [n]: which rows of the audited arrays they are; None for rows of another file."""

    def __len__(self) -> int:
        return len(self.completions)

    @property
    def has_prompts(self) -> bool:
        """Whether any row has a prompt."""
        return any(self.prompts)

    @property
    def has_completions(self) -> bool:
        """Whether any completion says something."""
        return any(text.strip() for text in self.completions)

    @property
    def partial(self) -> str:
        """What to add to a method where not all rows were looked at."""
        return f"; {len(self):,} of {self.of:,} rows, whole prompts, drawn by content" if len(self) < self.of else ""

    @cached_property
    def prompt_vectors(self) -> NDArray[np.float32]:
        """Shape [n, D]; of equal prompts one is embedded."""
        different = {text: number for number, text in enumerate(dict.fromkeys(self.prompts))}
        vectors = self.embedder.embed(list(different))
        return vectors[[different[text] for text in self.prompts]]

    @cached_property
    def completion_vectors(self) -> NDArray[np.float32]:
        """Shape [n, D]."""
        return self.embedder.embed(self.completions)


def sample_of_kept(arrays: RowArrays, reader: RowReader, embedder: Embedder) -> TextSample:
    """Of the rows that are kept."""
    kept = np.flatnonzero(arrays.kept)
    rows = kept[_drawn(arrays.prompt[kept], arrays.lots(LOTS)[kept])]
    texts = reader.texts_at(arrays.place[rows])
    pairs = [texts[int(place)] for place in arrays.place[rows]]
    return TextSample(
        "the kept rows",
        *_sides(pairs),
        np.unique(arrays.prompt[rows], return_inverse=True)[1],
        len(kept),
        embedder,
        rows,
    )


def sample_of_texts(name: str, texts: Sequence[tuple[str, str]], embedder: Embedder) -> TextSample:
    """Of another file: prompts and completions."""
    named = [(_number(prompt), _number(f"{prompt}\0{completion}")) for prompt, completion in texts]
    order = np.argsort([row for _, row in named], kind="stable")
    pairs = [texts[place] for place in order]
    alone = not any(prompt for prompt, _ in texts)
    codes = np.arange(len(texts)) if alone else np.unique([named[place][0] for place in order], return_inverse=True)[1]
    lots = np.array([named[place][1] for place in order], dtype=np.float64)
    rows = _drawn(codes, lots)
    chosen = [pairs[row] for row in rows]
    return TextSample(name, *_sides(chosen), np.unique(codes[rows], return_inverse=True)[1], len(texts), embedder)


def _drawn(prompt: Codes, lots: Values) -> Codes:
    """Places, in order, of at most ``MOST`` rows: whole prompts as their lots fall, unless one alone is too large."""
    if len(prompt) <= MOST:
        return np.arange(len(prompt))
    _, code, size = np.unique(prompt, return_inverse=True, return_counts=True)
    lot = np.full(len(size), np.inf)
    np.minimum.at(lot, code, lots)
    order = np.argsort(lot, kind="stable")
    taken = np.zeros(len(size), dtype=bool)
    taken[order] = np.cumsum(size[order]) <= MOST
    if not taken.any():
        taken[order[0]] = True
    chosen: Mask = taken[code]
    rows = np.flatnonzero(chosen)
    return np.sort(rows[np.argsort(lots[rows], kind="stable")[:MOST]])


def _sides(pairs: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Prompts and completions; rows that are one text each are all completions."""
    if not any(completion for _, completion in pairs):
        return [""] * len(pairs), [prompt for prompt, _ in pairs]
    return [prompt for prompt, _ in pairs], [completion for _, completion in pairs]


def _number(text: str) -> int:
    """53 bits of a text, so that a float holds them."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 11
