"""The arithmetic of the tiny transformer, and nothing else: pre-norm decoder blocks with learned positions.

Axis letters: B rows, T tokens, D width, H heads, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Cache = list[tuple[Tensor, Tensor]]
"""Keys and values of the tokens seen so far, per layer: each [B, H, T, D/H]."""


class Block(nn.Module):
    """Attention and a feed-forward layer, each after a norm and beside a residual path."""

    def __init__(self, d: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mlp = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d, bias=False), nn.Linear(d, d, bias=False)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x: Tensor, past: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        b, t, d = x.shape
        qkv = self.qkv(self.norm_attention(x)).view(b, t, 3, self.heads, d // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        # With a past, one new token may look at everything; without, each token at what comes before it.
        y = F.scaled_dot_product_attention(q, k, v, is_causal=past is None and t > 1)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, d))
        x = x + self.down(F.gelu(self.up(self.norm_mlp(x))))
        return x, (k, v)


class Network(nn.Module):
    """Token ids [B, T] to logits [B, T, V]."""

    def __init__(self, vocabulary: int, d: int, layers: int, heads: int, context: int, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):  # the caller's random state is not ours to move
            torch.manual_seed(seed)
            self.token, self.position = nn.Embedding(vocabulary, d), nn.Embedding(context, d)
            self.blocks = nn.ModuleList(Block(d, heads) for _ in range(layers))
            self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary, bias=False)
            for parameter in self.parameters():
                if parameter.dim() == 2:
                    nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens: Tensor, past: Cache | None = None) -> tuple[Tensor, Cache]:
        start = past[0][0].shape[2] if past else 0
        x = self.token(tokens) + self.position.weight[start : start + tokens.shape[1]]
        cache = []
        for layer, block in enumerate(self.blocks):
            x, mine = block(x, past[layer] if past else None)
            cache.append(mine)
        return self.head(self.norm(x)), cache
