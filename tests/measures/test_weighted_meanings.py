"""Entropies of meanings that use likelihoods."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.semantic_entropy import semantic_entropy
from openloop.measures.weighted_meanings import length_normalised, rao_entropy

ONE = np.zeros(3, dtype=np.int64)
RNG = np.random.default_rng


def test_a_meaning_weighs_the_sum_of_its_completions_likelihoods_a_token() -> None:
    nats = np.log([0.5, 0.2, 0.1])  # after 2, 1 and 4 tokens
    tokens = np.array([2.0, 1.0, 4.0])
    weight = np.exp(nats / tokens)
    share = np.array([weight[0] + weight[1], weight[2]]) / weight.sum()
    found = rao_entropy(np.array([4, 4, 9]), nats, tokens, ONE, RNG(0))
    assert found.value == pytest.approx(-(share * np.log(share)).sum())


def test_equal_likelihoods_give_the_entropy_of_counts_at_any_k() -> None:
    rng = RNG(1)
    prompt = np.repeat(np.arange(30), 7)
    meaning = rng.integers(0, 3, 210)
    for k in (2, 4, 7):
        counted = semantic_entropy(meaning, prompt, k=k).at_k
        weighed = rao_entropy(meaning, np.full(210, -3.0), np.ones(210), prompt, RNG(0), k=k)
        assert weighed.value == pytest.approx(counted.value, abs=1e-9) and weighed.n == 30


def test_a_prompt_of_many_completions_is_averaged_over_choices_of_them() -> None:
    rng = RNG(2)
    prompt = np.repeat(np.arange(40), 30)
    meaning = rng.integers(0, 5, 1200)
    counted = semantic_entropy(meaning, prompt, k=5).at_k
    weighed = rao_entropy(meaning, np.full(1200, -3.0), np.ones(1200), prompt, RNG(0), k=5)
    assert weighed.value == pytest.approx(counted.value, abs=0.01)


def test_one_meaning_is_zero_and_all_different_is_ln_k() -> None:
    prompt, tokens = np.repeat(np.arange(12), 4), np.ones(48)
    nats = np.full(48, -2.0)
    assert rao_entropy(np.zeros(48, dtype=np.int64), nats, tokens, prompt, RNG(0)).value == 0.0
    assert rao_entropy(np.arange(48), nats, tokens, prompt, RNG(0)).value == pytest.approx(math.log(4))


def test_an_unlikely_meaning_weighs_less() -> None:
    prompt, tokens = np.repeat(np.arange(12), 2), np.ones(24)
    meaning = np.tile([0, 1], 12)
    even = rao_entropy(meaning, np.full(24, -1.0), tokens, prompt, RNG(0))
    uneven = rao_entropy(meaning, np.tile([-0.1, -6.0], 12), tokens, prompt, RNG(0))
    assert even.value == pytest.approx(math.log(2)) and uneven.value < 0.05


def test_neither_the_order_of_rows_nor_the_names_of_meanings_change_anything() -> None:
    rng = RNG(3)
    prompt, meaning = np.repeat(np.arange(20), 15), rng.integers(0, 4, 300)
    nats, tokens = -rng.exponential(5, 300), rng.integers(1, 9, 300).astype(float)
    found = rao_entropy(meaning, nats, tokens, prompt, RNG(5), k=4)
    order = rng.permutation(300)
    again = rao_entropy((9 - meaning)[order], nats[order], tokens[order], prompt[order], RNG(5), k=4)
    assert again.value == pytest.approx(found.value, abs=1e-12)


def test_length_normalised_is_nats_a_token_each_prompt_counting_alike() -> None:
    prompt = np.r_[np.zeros(9, dtype=np.int64), 1]
    nats, tokens = np.r_[np.full(9, -4.0), -30.0], np.r_[np.full(9, 4.0), 10.0]
    assert length_normalised(nats, tokens, prompt).value == pytest.approx(2.0)
    unknown = length_normalised(np.r_[nats[:-1], np.nan], tokens, prompt)
    assert unknown.value == pytest.approx(1.0) and unknown.n_unscored == 1


def test_what_is_no_likelihood_is_refused_and_one_completion_is_not_measured() -> None:
    with pytest.raises(DataError, match=r"at most 0, got 0.4 \(1 of 3"):
        rao_entropy(ONE, np.array([0.4, -1, -2]), np.ones(3), ONE, RNG(0))
    with pytest.raises(DataError, match="number of its tokens, at least 1"):
        length_normalised(np.full(3, -1.0), np.zeros(3), ONE)
    with pytest.raises(DataError, match="a prompt for each row"):
        length_normalised(np.full(3, -1.0), np.ones(3), ONE[:2])
    with pytest.raises(DataError, match="a meaning and a prompt"):
        rao_entropy(ONE[:2], np.full(3, -1.0), np.ones(3), ONE, RNG(0))
    alone = rao_entropy(ONE, np.full(3, -1.0), np.ones(3), np.arange(3), RNG(0))
    assert math.isnan(alone.value) and "no prompt has two completions" in alone.method
    few = rao_entropy(ONE, np.array([-1.0, np.nan, np.nan]), np.ones(3), ONE, RNG(0), k=2)
    assert math.isnan(few.value) and few.n_unscored == 1
