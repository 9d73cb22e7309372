"""How long the measures of texts take: microseconds a text, and seconds for a million characters or 50,000 near copies.

The search for an evaluation set is timed on other texts of words that are as common.

python benchmarks/texts.py
"""

import time
from collections.abc import Callable

import numpy as np

from measure import verdict
from openloop.measures.contamination import search
from openloop.measures.duplicates import PERMUTATIONS, near, signature
from openloop.measures.known_texts import KnownTexts
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


def searched(text: str) -> None:
    search(KnownTexts.of([(text, "")]), [(text, "")])


def near_copies() -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.integers(1, 2**32, (1, PERMUTATIONS), dtype=np.uint32), 50_000, axis=0)
    rows[np.arange(50_000), rng.integers(0, PERMUTATIONS, 50_000)] = np.arange(50_000)
    return rows


def rows(seed: int, n: int = 2000) -> list[tuple[str, str]]:
    """Prompts of 40 and completions of 60 words, of which some are common (Zipf's law)."""
    drawn = np.random.default_rng(seed).zipf(1.3, (n, 100)) % 50_000
    texts = [[f"w{i}" for i in words] for words in drawn.tolist()]
    return [(" ".join(words[:40]), " ".join(words[40:])) for words in texts]


verdict("surface of 500 characters", 1e6 * best(lambda: [surface(TEXT) for _ in range(200)]) / 200, 150, " µs")
known, others = KnownTexts.of(rows(0)), rows(1)
verdict("search of 100 words in 2,000 others", 1e6 * best(lambda: search(known, others), 3) / len(others), 1000, " µs")
for name, text in LONG.items():
    verdict(f"a million characters of {name}", best(lambda text=text: all_of(text), 1), 2, " s")
    verdict(f"a million characters of {name}, searched", best(lambda text=text: searched(text), 1), 4, " s")
copies = near_copies()
verdict("near: 50,000 copies of one text", best(lambda: near(copies), 1), 20, " s")
