"""What the answers to a test estimate: accuracy or a mean value, and pass@k where prompts have several answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Values
from openloop.measures import clustered
from openloop.measures.pass_at import pass_at, sizes, solved
from openloop.records import Estimate

ACCURACY, MEAN = "accuracy", "mean value"
PROVEN = (0.0, 1.0)
"""Range of a signal that says right or wrong; the mean value of any other says more than the share it accepts."""


@dataclass(frozen=True)
class Measured:
    """One estimate, and what each answer gives for it."""

    estimate: Estimate
    values: Values
    """Shape [N], NaN where unscored. Of pass@k the same for all answers to a prompt."""


def main_measure(accept_at: float | None) -> str:
    """What an evaluation by one signal estimates first."""
    return MEAN if accept_at is None else ACCURACY


def measured(
    values: Values, prompt: Codes, *, accept_at: float | None, span: tuple[float, float] = PROVEN
) -> dict[str, Measured]:
    """The estimates of N answers to P prompts by one signal, by name, the main one first.

    ``values`` [N] are the signal's (NaN unscored), ``prompt`` [N] codes. With ``accept_at``: ``accuracy``, the share of
    answers accepted; ``pass@1``, ``pass@10``, ... as far as the answers to a prompt support them, where there are
    several; and ``mean value`` too where ``span`` (the signal's range) is not [0, 1]. Else ``mean value`` alone.
    All intervals are over prompts: answers to one prompt are one cluster.
    """
    mean = Measured(clustered.mean(values, prompt), values)
    if accept_at is None:
        return {MEAN: mean}
    right = np.where(np.isnan(values), np.nan, (values >= accept_at).astype(np.float64))
    found = {ACCURACY: Measured(clustered.proportion(right, prompt), right)}
    codes = np.unique(prompt, return_inverse=True)[1]
    if len(codes) and np.bincount(codes).max() > 1:
        for k in sizes(prompt, right):
            found[f"pass@{k}"] = Measured(pass_at(right, prompt, k), solved(right, prompt, k)[codes])
    return found if span == PROVEN else found | {MEAN: mean}
