"""Numbers in the place of texts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from openloop.arrays import Codes


def text_codes(texts: Iterable[str]) -> Codes:
    """Codes [N] from 0, in the order in which texts first come: equal for equal texts.

    An array of texts, sorted, would give each as much memory as the longest takes.
    """
    known: dict[str, int] = {}
    return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)
