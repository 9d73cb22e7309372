"""Texts of the kept rows and of real ones, side by side, with which of them are not independent of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Mask
from openloop.auditing.text_sample import TextSample
from openloop.measures.duplicates import SHORTEST, key, words_of
from openloop.measures.linked_rows import linked

HABIT = 5
"""A text that answers so many different prompts is a habit, not a copy."""


@dataclass(frozen=True, eq=False)
class ComparedTexts:
    """N texts."""

    texts: Sequence[str]
    """The kept ones first."""
    kept: Mask
    """Shape [N]."""
    group: Codes
    """Shape [N]: texts of one prompt, and copies, are one group."""
    vectors: NDArray[np.float32]
    """Shape [N, D]."""


def completions_of(kept: TextSample, real: TextSample) -> ComparedTexts:
    """The completions of both samples.

    One group are rows of one prompt, whichever sample they are in, and copies: completions of eight words or more that
    are equal, unless they answer five different prompts. Shorter ones are equal by chance.
    """
    texts = [*kept.completions, *real.completions]
    own = np.r_[kept.prompt, real.prompt + kept.prompt.max(initial=-1) + 1]
    prompt = _codes([*kept.prompts, *real.prompts])
    text = _codes(texts)
    asked = np.unique(np.stack([text, prompt])[:, (text >= 0) & (prompt >= 0)], axis=1)[0]
    prompts = np.bincount(asked, minlength=int(text.max(initial=-1)) + 1)
    short = np.array([len(words_of(t[:1000])) < SHORTEST for t in texts], dtype=bool)
    copies = np.where((text < 0) | short | (prompts[text] >= HABIT), -1, text)
    return ComparedTexts(
        texts,
        np.arange(len(texts)) < len(kept),
        linked(own, prompt, copies),
        np.concatenate([kept.completion_vectors, real.completion_vectors]),
    )


def prompts_of(kept: TextSample, real: TextSample) -> ComparedTexts:
    """The prompts of both samples, in each every prompt once; equal ones are one group."""
    rows = [np.array(sorted(_first(sample.prompts).values()), dtype=np.int64) for sample in (kept, real)]
    texts = [sample.prompts[row] for sample, some in zip((kept, real), rows, strict=True) for row in some.tolist()]
    return ComparedTexts(
        texts,
        np.arange(len(texts)) < len(rows[0]),
        linked(_codes(texts)),
        np.concatenate([s.prompt_vectors[some] for s, some in zip((kept, real), rows, strict=True)]),
    )


def _first(prompts: Sequence[str]) -> dict[int, int]:
    """The first row of each prompt that says something."""
    found: dict[int, int] = {}
    for row, prompt in enumerate(prompts):
        if name := key(prompt):
            found.setdefault(name, row)
    return found


def _codes(texts: Sequence[str]) -> Codes:
    """Equal for texts that are equal but for case and blanks; −1 for those that say nothing."""
    keys = np.array([key(text) for text in texts], dtype=np.uint64)
    codes = np.unique(keys, return_inverse=True)[1].ravel().astype(np.int64)
    codes[keys == 0] = -1
    return codes
