"""Mixtures whose components lie far apart."""

from __future__ import annotations

import numpy as np

from openloop.theory.gmm import Mixtures


def two(shift: float = 0.0, rounds_: int = 1) -> Mixtures:
    """Two round components, far apart."""
    means = np.tile(np.array([[0.0, 0.0], [20.0, 0.0]]) + shift, (rounds_, 1, 1))
    return Mixtures(np.full((rounds_, 2), 0.5), means, np.tile(np.eye(2), (rounds_, 2, 1, 1)))
