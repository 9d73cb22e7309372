"""How long the measures of texts take: microseconds a text, and seconds for a million characters or 50,000 near copies.

python benchmarks/texts.py
"""

import time
from collections.abc import Callable

import numpy as np

from measure import verdict
from openloop.measures.duplicates import PERMUTATIONS, near, signature
from openloop.measures.surface import opening, skeleton, surface

TEXT = "The quick brown Fox, 42 times, jumps over - **that** dog.\n" * 9
LONG = {
    "words": "x y " * 250_000,
    "headings": "#" * 1_000_000,
    "list items": "- " * 500_000,
    "lines": "\n" * 1_000_000,
    "code ticks": "`" * 1_000_000,
    "ideographs": "漢" * 1_000_000,
    "blanks": " " * 999_999 + "x",
    "digits": "1" * 1_000_000,
}


def best(call: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of several calls."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return min(found)


def all_of(text: str) -> None:
    for function in (surface, skeleton, opening, signature):
        function(text)


def near_copies() -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.integers(1, 2**32, (1, PERMUTATIONS), dtype=np.uint32), 50_000, axis=0)
    rows[np.arange(50_000), rng.integers(0, PERMUTATIONS, 50_000)] = np.arange(50_000)
    return rows


verdict("surface of 500 characters", 1e6 * best(lambda: [surface(TEXT) for _ in range(200)]) / 200, 150, " µs")
for name, text in LONG.items():
    verdict(f"a million characters of {name}", best(lambda text=text: all_of(text), 1), 2, " s")
rows = near_copies()
verdict("near: 50,000 copies of one text", best(lambda: near(rows), 1), 20, " s")
