"""Files of pairs with a simulated judge: how good it is, and what it prefers instead."""

from __future__ import annotations

from typing import Any

import numpy as np

WORDS = [f"{start}{end}" for start in ("al", "be", "ga", "de", "ze") for end in ("pha", "ta", "mma", "lta")]


def judged_pairs(
    n: int = 600,
    *,
    right: float = 0.97,
    position: float = 0.0,
    length: float = 0.0,
    ties: float = 0.0,
    orders: bool = True,
    gold: bool = True,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Rows with ``response_a``, ``response_b``, ``verdict`` (position), perhaps ``verdict_swapped`` and ``gold``.

    A share ``position`` of the verdicts goes to what is shown first (second where negative), a share ``length`` to the
    longer response (the shorter one where negative), ``ties`` are ties; of the others a share ``right`` is gold's.
    """
    rng = np.random.default_rng(seed)

    def verdict(a_is_better: bool, a_is_longer: bool, a_first: bool) -> str:
        lot = rng.random()
        if lot < ties:
            return "tie"
        lot -= ties
        if lot < abs(position):
            return "A" if position > 0 else "B"
        lot -= abs(position)
        if lot < abs(length):
            a_wins = a_is_longer == (length > 0)
        else:
            a_wins = a_is_better == (rng.random() < right)
        return "A" if a_wins == a_first else "B"

    rows = []
    for i in range(n):
        better = bool(rng.random() < 0.5)
        texts = [" ".join(rng.choice(WORDS, rng.integers(6, 40))) for _ in range(2)]
        longer = len(texts[0]) > len(texts[1])
        row = {"prompt": f"question {i}", "response_a": texts[0], "response_b": texts[1]}
        row["verdict"] = verdict(better, longer, a_first=True)
        if orders:
            row["verdict_swapped"] = verdict(better, longer, a_first=False)
        if gold:
            row["gold"] = "A" if better else "B"
        rows.append(row)
    return rows


def preference_data(n: int = 600, *, bad: float = 0.03, seed: int = 0) -> list[dict[str, Any]]:
    """Rows with ``prompt``, ``chosen``, ``rejected`` and ``gold`` (is the chosen one better?)."""
    rng = np.random.default_rng(seed)
    return [
        {
            "prompt": f"question {i}",
            "chosen": " ".join(rng.choice(WORDS, rng.integers(6, 40))),
            "rejected": " ".join(rng.choice(WORDS, rng.integers(6, 40))),
            "gold": bool(rng.random() >= bad),
        }
        for i in range(n)
    ]
