"""Compression ratio: how many times smaller completions become (Shaib et al. 2024); repetition of any kind raises it.

zlib looks back 32 KiB, so that the ratio of a whole file depends on its size and on what stands next to what. Here
whole prompts, in random order, fill blocks of 32 KiB: the mean ratio of such blocks does not depend on the size.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np

from openloop.arrays import Codes
from openloop.measures import clustered
from openloop.records import Estimate

BLOCK = 32 * 1024
"""Bytes: what zlib looks back on."""


def compression_ratio(
    completions: Sequence[str], prompt: Codes, rng: np.random.Generator, level: float = 0.95
) -> Estimate:
    """Bytes (UTF-8) over compressed bytes, mean over blocks of whole prompts; completions [N], prompt [N] codes from 0.

    Student's t over blocks, from ten on. A set that fills no block is compressed as it is, which compares with sets of
    as many bytes only; NaN where no completion holds a text.
    """
    prompts = int(prompt.max()) + 1 if len(prompt) else 0
    texts: list[list[bytes]] = [[] for _ in range(prompts)]
    for text, of in zip(completions, prompt, strict=True):
        if text.strip():
            texts[of].append(text.encode("utf-8", "replace"))
    ratios, block, total = [], b"", 0
    for of in rng.permutation(prompts):
        # A prompt with more than fits is cut: no block depends on another one's prompts.
        block += b"".join(part + b"\n" for part in texts[of])
        total += sum(map(len, texts[of]))
        if len(block) >= BLOCK:
            ratios.append(_ratio(block[:BLOCK]))
            block = b""
    if not total:
        return Estimate(math.nan, None, None, level, 0, method="not measured: no completion holds a text")
    if not ratios:
        method = f"zlib, {total:,} bytes in all: compares with sets of as many only; no interval: less than a block"
        return Estimate(_ratio(block), None, None, level, total, method=method)
    found = clustered.mean(np.array(ratios), None, level)
    method = f"zlib, mean over {len(ratios):,} blocks of 32 KiB; compares across sizes"
    method += "; t over blocks" if found.low is not None else f"; {found.method.replace('rows', 'blocks')}"
    return Estimate(found.value, found.low, found.high, level, total, method=method)


def _ratio(block: bytes) -> float:
    return len(block) / len(zlib.compress(block, 9))
