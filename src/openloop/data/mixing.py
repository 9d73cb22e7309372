"""Real rows mixed into synthetic ones, by their share of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openloop.errors import InputError
from openloop.seeds import even_draws

if TYPE_CHECKING:
    import pyarrow as pa


def real_beside(real: pa.Table, synthetic: int, share: float, seed: int) -> pa.Table:
    """So many seeded rows of ``real`` that they are ``share`` of a set with ``synthetic`` others.

    Rows are drawn without repeats, and once all are used from the beginning, each as often as another.
    """
    require_share(share)
    n = round(share / (1 - share) * synthetic)
    return real.take(even_draws(real.num_rows, 1, seed, 0, n)[:, 0])


def require_share(share: float) -> None:
    """Check a share of real rows."""
    if not 0 < share < 1:
        raise InputError(f"mix: the share of real rows must be above 0 and below 1, got {share}.")
