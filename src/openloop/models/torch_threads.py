"""How torch works while a model samples or trains: on so many threads, with or without gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def torch_threads(threads: int | None) -> Iterator[None]:
    """Use this many torch threads inside the block; None leaves it to torch. One thread gives the same bits everywhere,
    and does not stall where processes share cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def inference(threads: int | None) -> Iterator[None]:
    """No gradients inside the block, and this many torch threads (None leaves it to torch)."""
    with torch_threads(threads), torch.inference_mode():
        yield
