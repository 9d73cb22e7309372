"""Whether two quantities go together beyond chance."""

from __future__ import annotations

import numpy as np

from openloop.measures.association import linked
from tests.support.coverage import require_uniform


def test_association_of_clusters() -> None:
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(1000):
        a, b = np.repeat(rng.random(40) < 0.4, 10), np.repeat(rng.random(40) < 0.4, 10)
        found = linked(a.astype(float), b.astype(float), np.repeat(np.arange(40), 10))
        p_values.append(1.0 if found is None else found.p_value)
    require_uniform(p_values, at=(0.05, 0.25, 0.5, 0.75))
    assert linked(np.ones(5), np.arange(5.0)) is None
