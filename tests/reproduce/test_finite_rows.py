"""Finite rows: a published seed is compared with ours as one more of them, all entries at once."""

from __future__ import annotations

import numpy as np

from openloop.reproduce.finite_rows import TABLE, table


def test_a_table_of_the_same_law_is_reproduced_and_a_moved_entry_refuted() -> None:
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(100):
        seeds = {
            (v, n): x + rng.normal(0, 0.1) + rng.normal(0, 0.1, 8) for n, row in TABLE.items() for v, x in row.items()
        }
        wrong += any(one.verdict == "false" for one in table(seeds))
    assert wrong <= 10
    seeds = {(v, n): x + rng.normal(0, 0.1, 8) for n, row in TABLE.items() for v, x in row.items()}
    seeds["π/6", 1_000] += 2.0
    refuted = [one.says for one in table(seeds) if one.verdict == "false"]
    assert len(refuted) == 1 and refuted[0].startswith("N₀ = 1,000, π/6")
