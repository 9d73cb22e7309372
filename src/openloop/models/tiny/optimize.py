"""The training of the tiny transformer: AdamW on batches drawn without replacement, epoch after epoch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from openloop.errors import ContractError
from openloop.models.tiny.characters import IGNORED

if TYPE_CHECKING:
    from torch import Tensor

    from openloop.models.tiny.network import Network

WARM_UP = 20
"""Steps over which the learning rate rises to its value."""
COOL_DOWN = 0.2
"""Share of the steps, the last ones, over which it falls to zero."""


def optimize(
    network: Network,
    inputs: Tensor,
    targets: Tensor,
    *,
    seed: int,
    steps: int,
    lr: float,
    batch: int,
    weight_decay: float,
) -> None:
    """Train ``network`` in place on token ids and targets [N, T]. Raises ContractError when the loss explodes."""
    import torch
    from torch.nn import functional as F

    n = len(inputs)
    generator = torch.Generator().manual_seed(seed)
    epochs = math.ceil(steps * batch / n)
    order = torch.cat([torch.randperm(n, generator=generator) for _ in range(epochs)])
    optimizer = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=weight_decay, fused=True)
    loss = torch.zeros(())
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = lr * min(1.0, (step + 1) / WARM_UP, (steps - step) / (COOL_DOWN * steps))
        rows = order[step * batch : (step + 1) * batch]
        logits, _ = network(inputs[rows])
        loss = F.cross_entropy(logits.flatten(0, 1), targets[rows].flatten(), ignore_index=IGNORED)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    if not torch.isfinite(loss):
        raise ContractError(f"fit: the loss became {float(loss.detach())} within {steps} steps; lower lr ({lr}).")
