"""Three-digit addition: real pairs, fresh problems, test pairs, and a checker that computes the sum itself."""

import numpy as np

# A multiplicative hash splits the million pairs into disjoint hundredths: test, real, and the rest.
TEST, REAL = 0, 1


def real() -> list[dict[str, str]]:
    """450 pairs with their sums: the only true sums a generator is trained on."""
    return rows_of(pairs(0, REAL)[:450])


def test() -> list[dict[str, str]]:
    """2,000 pairs that no arm is trained on."""
    return rows_of(pairs(1, TEST)[:2000])


def problems(seed: int, start: int, n: int) -> list[dict[str, str]]:
    """Rows ``start`` to ``start + n`` of an endless sequence of fresh problems."""
    drawn = np.random.default_rng(seed).integers(0, 1_000_000, size=int(1.1 * (start + n)) + 100)
    return rows_of(drawn[part_of(drawn) > REAL][start : start + n])


def correct(prompt: str, completion: str) -> bool:
    """Whether a completion is the sum, computed from the prompt."""
    a, b = prompt.rstrip("=").split("+")
    return completion == f"{int(a) + int(b):04d}"


def pairs(seed: int, part: int) -> np.ndarray:
    """All pairs of one hundredth, shuffled; a pair (a, b) is the number 1000·a + b."""
    every = np.arange(1_000_000)
    return np.random.default_rng(seed).permutation(every[part_of(every) == part])


def part_of(pair: np.ndarray) -> np.ndarray:
    """Which hundredth a pair belongs to, 0 to 99."""
    return ((pair * 2_654_435_761) % 2**32 * 100) >> 32


def rows_of(numbers: np.ndarray) -> list[dict[str, str]]:
    """Pairs as rows, zero-padded: every prompt has 8 characters and every answer 4."""
    return [
        {"prompt": f"{a:03d}+{b:03d}=", "answer": f"{a + b:04d}"} for a, b in (divmod(int(x), 1000) for x in numbers)
    ]
