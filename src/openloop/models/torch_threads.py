"""How torch works while a model samples or trains: on so many threads, with or without gradients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def torch_threads(threads: int | None) -> Iterator[None]:
    """So many torch threads inside; None leaves it to torch. One gives equal bits everywhere, and no stalls where
    processes share cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def inference(threads: int | None) -> Iterator[None]:
    """No gradients inside; so many torch threads, or its own choice."""
    with torch_threads(threads), torch.inference_mode():
        yield
