"""One step of sampling: the next token of each row, from its own luck and nothing else that is random.

Axis letters: B rows, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def draw(logits: Tensor, luck: Tensor, temperature: float, top_p: float) -> tuple[Tensor, Tensor]:
    """Tokens [B] by inversion of the distribution at ``luck`` [B] in [0, 1), and their log-probabilities (nats).

    Those are the sampler's, after temperature and top_p; of greedy answers (temperature 0) the model's at T=1.
    """
    p = next_probabilities(logits, temperature, top_p)
    cdf = p.cumsum(-1)
    token = torch.searchsorted(cdf, luck[:, None] * cdf[:, -1:], right=True).clamp(max=logits.shape[-1] - 1)
    mass = p if temperature else torch.softmax(logits.double(), -1)
    return token.squeeze(-1), mass.gather(-1, token).squeeze(-1).log()


def next_probabilities(logits: Tensor, temperature: float, top_p: float) -> Tensor:
    """What the sampler draws the next token from: [B, V] in double precision; greedy is temperature 0."""
    if temperature == 0:
        return F.one_hot(logits.argmax(-1), logits.shape[-1]).double()
    p = torch.softmax(logits.double() / temperature, -1)
    if top_p < 1:
        ordered, order = p.sort(-1, descending=True)
        beyond = ordered.cumsum(-1) - ordered >= top_p  # the token that crosses top_p stays
        p = p.masked_fill(torch.zeros_like(beyond).scatter(-1, order, beyond), 0.0)
        p = p / p.sum(-1, keepdim=True)
    return p
