from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.distinct_n import distinct_n, size_to_compare
from openloop.measures.word_grams import CodedWords, Grams, coded_words
from tests.support.coverage import Draws, require_at_least

WORDS = 3_000
ZIPF = 1 / np.arange(1, WORDS + 1)
ZIPF /= ZIPF.sum()


def world(rng: np.random.Generator, prompts: int) -> CodedWords:
    """Prompts of one to five completions that share words of their own."""
    words, row, prompt = [], [], []
    for p in range(prompts):
        topic = rng.choice(WORDS, 15, p=ZIPF)
        for _ in range(rng.integers(1, 6)):
            n = int(rng.integers(5, 40))
            words.append(np.where(rng.random(n) < 0.4, rng.choice(topic, n), rng.choice(WORDS, n, p=ZIPF)))
            row.append(np.full(n, len(prompt)))
            prompt.append(p)
    return CodedWords(np.concatenate(words).astype(np.uint64), np.concatenate(row), np.array(prompt))


def grams(rng: np.random.Generator, prompts: int, n: int = 1) -> Grams:
    return world(rng, prompts).grams(n)


def test_it_is_the_mean_over_draws_of_whole_prompts() -> None:
    words = world(np.random.default_rng(0), 30)
    found, rng, drawn = distinct_n(words.grams(1), at=words.grams(1).total / 3), np.random.default_rng(1), []
    for _ in range(400):
        chosen = rng.permutation(30)[:10]
        mine = np.isin(words.prompt[words.row], chosen)
        drawn.append(len(np.unique(words.word[mine])) / (len(words.word) / 3))
    assert found.value == pytest.approx(np.mean(drawn), abs=3 * np.std(drawn) / 20)


def test_sets_of_different_sizes_compare_at_equal_size_and_not_plainly() -> None:
    small, large = (grams(np.random.default_rng(seed), prompts) for seed, prompts in ((1, 100), (2, 1_000)))
    plain = [len(g.in_prompts) / g.total for g in (small, large)]
    assert plain[0] > 1.8 * plain[1]
    at = size_to_compare(small, large)
    one, other = (distinct_n(g, at=at) for g in (small, large))
    assert one.value == pytest.approx(other.value, rel=0.06)
    assert one.low is not None and one.low < other.value < (one.high or 0)


def test_narrower_words_are_less_distinct() -> None:
    rng = np.random.default_rng(3)
    texts = [" ".join(f"w{w}" for w in rng.choice(WORDS, 30, p=ZIPF)) for _ in range(100)]
    few = [" ".join(f"w{w}" for w in rng.integers(0, 300, 30)) for _ in range(100)]
    prompt = np.arange(100)
    wide, narrow = (distinct_n(coded_words(side, prompt).grams(1)) for side in (texts, few))
    assert narrow.high is not None and wide.low is not None and narrow.high < wide.low


def test_leaving_a_prompt_out_is_the_same_as_measuring_without_it() -> None:
    """The interval's closed form against 40 measurements."""
    words = world(np.random.default_rng(4), 40)
    at = words.grams(1).total / 3
    left = []
    for p in range(40):
        keep = words.prompt != p
        row = np.cumsum(keep)[words.row] - 1
        inside = keep[words.row]
        codes = np.unique(words.prompt[keep], return_inverse=True)[1]
        left.append(distinct_n(CodedWords(words.word[inside], row[inside], codes).grams(1), at=at).value)
    error = math.sqrt(39 / 40 * float(((np.array(left) - np.mean(left)) ** 2).sum()))
    found = distinct_n(words.grams(1), at=at)
    assert found.high is not None and found.low is not None
    assert (found.high - found.low) / 2 == pytest.approx(2.0227 * error, rel=0.03)


@pytest.mark.parametrize(
    ("texts", "value"),
    [(["a b c"], 1.0), (["a a a a"], 0.25), (["a b", "a b"], 1.0), (["a b"] * 20, 0.1)],
    ids=["one row", "one word", "two alike", "all alike"],
)
def test_limiting_cases(texts: list[str], value: float) -> None:
    found = distinct_n(coded_words(texts, np.arange(len(texts))).grams(1))
    # Of ten drawn of twenty equal texts two words of twenty are different.
    assert found.value == pytest.approx(value)
    assert found.low is None


def test_without_words_it_is_not_measured() -> None:
    found = distinct_n(coded_words(["", "  "], np.arange(2)).grams(1))
    assert math.isnan(found.value)
    assert "not measured" in found.method


def coverage(prompts: int, draws: int) -> Draws:
    at = 0.9 * prompts * 60 / 2
    truth = distinct_n(grams(np.random.default_rng(99), 4_000), at=at).value
    found = Draws()
    for seed in range(draws):
        found.add(distinct_n(grams(np.random.default_rng([seed, prompts]), prompts), at=at), truth)
    return found


def test_the_interval_holds_the_truth() -> None:
    require_at_least(coverage(60, 60), width=(0.8, 1.5))


@pytest.mark.slow
@pytest.mark.parametrize("prompts", [20, 60, 200])
def test_the_interval_holds_the_truth_in_at_least_93_percent(prompts: int) -> None:
    found = coverage(prompts, 1_000)
    assert found.coverage >= 0.93
    assert found.width <= 1.15
