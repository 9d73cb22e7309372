from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.compression import compression_ratio
from tests.support.coverage import Draws, require_at_least


def texts(rng: np.random.Generator, prompts: int, vocabulary: int = 5_000) -> tuple[list[str], np.ndarray]:
    """Three completions a prompt, of which half the words are the prompt's own."""
    found, prompt = [], []
    for p in range(prompts):
        own = rng.integers(0, vocabulary, 20)
        for _ in range(3):
            words = np.where(rng.random(120) < 0.5, rng.choice(own, 120), rng.integers(0, vocabulary, 120))
            found.append(" ".join(f"w{w}" for w in words))
            prompt.append(p)
    return found, np.array(prompt)


def test_it_does_not_depend_on_the_size_of_the_set() -> None:
    rng = np.random.default_rng(0)
    small, large = (compression_ratio(*texts(rng, prompts), rng) for prompts in (250, 1_000))
    assert large.value == pytest.approx(small.value, rel=0.02)
    assert small.low is not None and small.low < large.value < (small.high or 0)


def test_repetition_raises_it() -> None:
    rng = np.random.default_rng(1)
    free, narrow = (compression_ratio(*texts(rng, 300, vocabulary), rng) for vocabulary in (5_000, 50))
    assert narrow.low is not None and free.high is not None and narrow.low > 1.2 * free.high


def test_little_text_is_compressed_as_it_is_and_says_so() -> None:
    found = compression_ratio(["a short text", "another"], np.arange(2), np.random.default_rng(0))
    assert found.low is None
    assert "compares with sets of as many only" in found.method


def test_identical_rows_have_no_interval() -> None:
    found = compression_ratio(["the same text " * 20] * 3_000, np.arange(3_000), np.random.default_rng(0))
    assert found.value > 50
    assert found.low is None


def test_no_text_is_not_measured() -> None:
    found = compression_ratio(["", "  "], np.arange(2), np.random.default_rng(0))
    assert math.isnan(found.value)
    assert "no completion holds a text" in found.method


def test_one_huge_prompt_is_one_block() -> None:
    found = compression_ratio(["w " * 100_000], np.zeros(1, dtype=np.int64), np.random.default_rng(0))
    assert "1 blocks" in found.method


def test_the_interval_holds_the_truth() -> None:
    truth = compression_ratio(*texts(np.random.default_rng(99), 3_000), np.random.default_rng(0)).value
    found = Draws()
    for seed in range(40):
        rng = np.random.default_rng([seed, 7])
        found.add(compression_ratio(*texts(rng, 200), rng), truth)
    require_at_least(found, width=(0.6, 1.7))
