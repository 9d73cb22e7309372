"""The contract of a maker of prompts."""

from __future__ import annotations

from openloop.contracts import Maker
from openloop.testing.base import Suite


def check_maker(maker: Maker, rows: int = 7) -> None:
    """As many prompts as asked for under any seed, different ids, a sequence that can be entered anywhere, inputs
    untouched, identity."""
    suite = Suite.of("maker", maker)
    suite.require(isinstance(maker, Maker), "lacks `count` or `make`")
    given = [{"prompt": f"Say {i}.", "completion": f"{i}"} for i in range(rows)]
    ids = [f"row{i}" for i in range(rows)]
    suite.require(maker.count(rows) >= 1, "must make at least 1 prompt (`count`)")
    for seed in (0, 1):
        whole = suite.unchanged(given, lambda seed=seed: maker.make(given, ids, seed, 0, 20))  # type: ignore[misc]
        suite.require(len(whole) == 20, f"was asked for 20 prompts and made {len(whole)}")
        suite.require(all(prompt.content for prompt in whole), "made an empty prompt")
        later = maker.make(given, ids, seed, 8, 12)
        same = [(p.content, p.row) for p in later] == [(p.content, p.row) for p in whole[8:]]
        suite.require(same, "makes other prompts 8 to 20 when it starts there")
        suite.require(len({prompt.id for prompt in whole}) == 20, "gives two prompts the same id")
    suite.check_identity(maker)
