from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.self_repetition import others_to_compare, self_repetition
from openloop.measures.word_grams import Grams, coded_words
from tests.support.coverage import Draws, require_at_least


def grams(rng: np.random.Generator, prompts: int, phrases: int = 50, share: float = 0.3, each: int = 3) -> Grams:
    """Random words; some completions begin with one of a few phrases of five words."""
    texts, prompt = [], []
    for p in range(prompts):
        often = rng.random() < share
        phrase = rng.integers(0, phrases)
        for _ in range(each):
            start = [f"p{phrase}.{i}" for i in range(5)] if often else []
            texts.append(" ".join([*start, *(f"w{w}" for w in rng.integers(0, 100_000, 8))]))
            prompt.append(p)
    return coded_words(texts, np.array(prompt)).grams(4)


def test_a_phrase_of_one_prompt_is_not_repeated_and_one_of_two_is() -> None:
    texts = ["one two three four", "one two three four", "five six seven eight", "nine ten eleven twelve"]
    same_prompt = self_repetition(coded_words(texts, np.array([0, 0, 1, 2])).grams(4), others=1)
    assert same_prompt.value == 0
    # Each of the first two finds its like in one other prompt of three.
    apart = self_repetition(coded_words(texts, np.arange(4)).grams(4), others=1)
    assert apart.value == pytest.approx(2 * (1 / 3) / 4)


def test_it_does_not_grow_with_the_set() -> None:
    small, large = grams(np.random.default_rng(0), 300), grams(np.random.default_rng(1), 1_500)
    plain = [float((g.in_prompts[g.run] > 1) @ g.count) / g.total for g in (small, large)]
    assert plain[1] > 1.15 * plain[0]
    others = others_to_compare(small, large)
    one, other = (self_repetition(g, others=others) for g in (small, large))
    assert one.value == pytest.approx(other.value, rel=0.2)


def test_templates_raise_it() -> None:
    rng = np.random.default_rng(2)
    free, templates = (
        self_repetition(grams(rng, 200, share=0.0)),
        self_repetition(grams(rng, 200, phrases=2, share=1.0)),
    )
    assert free.high is not None and free.high < 0.02
    assert templates.low is not None and templates.low > 0.15


def test_identical_completions_repeat_wholly() -> None:
    found = self_repetition(coded_words(["a b c d e"] * 30, np.arange(30)).grams(4))
    assert found.value == pytest.approx(1.0)
    assert found.high == 1.0


@pytest.mark.parametrize(
    ("texts", "why"), [(["a b c"] * 20, "no text of 4 words"), (["a b c d"], "1 prompts"), ([""] * 5, "no text")]
)
def test_what_cannot_be_measured_is_said(texts: list[str], why: str) -> None:
    found = self_repetition(coded_words(texts, np.arange(len(texts))).grams(4))
    assert math.isnan(found.value)
    assert why in found.method


def coverage(prompts: int, draws: int) -> Draws:
    others = (prompts - 1) // 2
    truth = self_repetition(grams(np.random.default_rng(99), 4_000), others=others).value
    found = Draws()
    for seed in range(draws):
        found.add(self_repetition(grams(np.random.default_rng([seed, prompts]), prompts), others=others), truth)
    return found


def test_the_interval_holds_the_truth() -> None:
    require_at_least(coverage(60, 60), width=(0.8, 2.5))


@pytest.mark.slow
@pytest.mark.parametrize("prompts", [30, 100, 200])
def test_the_interval_holds_the_truth_in_at_least_93_percent(prompts: int) -> None:
    assert coverage(prompts, 600).coverage >= 0.93
