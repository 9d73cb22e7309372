"""How many meanings a prompt's completions have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.semantic_entropy import entropy_of_counts, listed_entropy, semantic_entropy
from tests.support.coverage import Draws, require_nominal


def zipf(kinds: int) -> np.ndarray:
    share = 1 / np.arange(1, kinds + 1)
    return np.asarray(share / share.sum())


def entropy(share: np.ndarray) -> float:
    return float(-(share[share > 0] * np.log(share[share > 0])).sum())


def test_the_entropy_of_k_completions_is_the_mean_over_all_ways_to_choose_them() -> None:
    meaning = np.array([0, 0, 0, 1, 1, 2])
    for k in (2, 3, 4, 5, 6):
        chosen = [np.bincount(meaning[list(some)]) for some in itertools.combinations(range(6), k)]
        expected = np.mean([entropy_of_counts(counts) for counts in chosen])
        found = semantic_entropy(meaning, np.zeros(6, dtype=np.int64), k=k)
        assert found.at_k.value == pytest.approx(expected, abs=1e-12), k
        assert found.at_k.low is None  # one prompt says nothing of others


def test_one_meaning_is_zero_and_completions_that_all_differ_are_ln_k() -> None:
    prompt = np.repeat(np.arange(40), 7)
    one = semantic_entropy(np.zeros(280, dtype=np.int64), prompt)
    assert (one.k, one.at_k.value, one.corrected.value, one.all_differ) == (7, 0.0, 0.0, 0.0)
    assert one.at_k.high is not None and one.at_k.high > 0  # another prompt may have two
    every = semantic_entropy(np.arange(280), prompt)
    assert every.at_k.value == pytest.approx(math.log(7)) and every.most == math.log(7)
    assert every.all_differ == 1.0 and "not to be trusted" in every.corrected.method


def test_two_completions_give_ln_2_times_the_chance_that_they_differ() -> None:
    rng = np.random.default_rng(0)
    prompt = np.repeat(np.arange(4000), 6)
    meaning = rng.choice(5, size=len(prompt), p=zipf(5))
    found = semantic_entropy(meaning, prompt, k=2)
    assert found.at_k.value == pytest.approx(math.log(2) * (1 - float((zipf(5) ** 2).sum())), abs=0.005)


def test_five_completions_count_to_much_less_than_the_entropy_and_the_correction_repairs_most_of_it() -> None:
    prompt = np.repeat(np.arange(2000), 5)
    meaning = np.random.default_rng(1).choice(10, size=len(prompt), p=zipf(10))
    found = semantic_entropy(meaning, prompt)
    true = entropy(zipf(10))
    assert found.at_k.value < true - 0.7
    assert abs(found.corrected.value - true) < 0.1


def test_sets_of_unequal_numbers_are_compared_at_one() -> None:
    rng = np.random.default_rng(2)
    few, many = np.repeat(np.arange(500), 4), np.repeat(np.arange(500), 30)
    draw = [rng.choice(8, size=len(prompt), p=zipf(8)) for prompt in (few, many)]
    four = semantic_entropy(draw[0], few)
    at_own = semantic_entropy(draw[1], many)
    at_four = semantic_entropy(draw[1], many, k=four.k)
    assert at_own.at_k.value - four.at_k.value > 0.4  # the same law, and more only because more are counted
    assert at_four.at_k.value == pytest.approx(four.at_k.value, abs=0.03)


def test_neither_the_order_of_rows_nor_the_names_of_meanings_change_anything() -> None:
    rng = np.random.default_rng(3)
    prompt = rng.integers(0, 60, 600)
    meaning = rng.integers(0, 4, 600)
    found = semantic_entropy(meaning, prompt)
    order = rng.permutation(600)
    other = semantic_entropy((7 - meaning)[order], prompt[order])
    assert (found.at_k, found.corrected) == (other.at_k, other.corrected)
    assert np.array_equal(found.prompts, other.prompts, equal_nan=True)


def test_prompts_with_fewer_completions_are_left_out_and_counted() -> None:
    prompt = np.r_[np.repeat(np.arange(20), 4), 20, 21, 21]
    meaning = np.r_[np.tile([0, 0, 1, 2], 20), 0, 0, 1]
    assert semantic_entropy(meaning, prompt).k == 2  # of those that can be measured at all
    found = semantic_entropy(meaning, prompt, k=4)
    assert found.left_out == found.at_k.n_unscored == 2 and found.at_k.n == 20
    assert np.isnan(found.prompts[20:]).all()
    assert found.at_k.value == pytest.approx(1.5 * math.log(2))


def test_one_completion_a_prompt_is_not_measured() -> None:
    found = semantic_entropy(np.arange(30), np.arange(30))
    assert math.isnan(found.at_k.value) and "no prompt has two completions" in found.at_k.method
    assert found.left_out == 30 and found.k == 0 and math.isnan(found.most)
    nothing = semantic_entropy(np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    assert math.isnan(nothing.at_k.value)
    unknown = semantic_entropy(np.full(8, -1), np.repeat([0, 1], 4))
    assert math.isnan(unknown.at_k.value) and unknown.left_out == 2


def test_twenty_items_of_a_reply_reach_ln_20_and_a_pair_of_equal_ones_takes_seven_hundredths_off() -> None:
    every = [[f"task {i}" for i in range(20)]] * 12
    assert listed_entropy(every).at_k.value == pytest.approx(math.log(20))
    one_pair = [[*mine[:19], mine[0]] for mine in every]
    assert listed_entropy(one_pair).at_k.value == pytest.approx(math.log(20) - 0.1 * math.log(2))
    short = listed_entropy([*every, ["task 1"] * 19])
    assert short.at_k.n == 12 and short.left_out == 1
    assert math.isnan(listed_entropy([]).at_k.value)


def test_what_cannot_be_meant_is_refused() -> None:
    codes = np.array([0, 0, 1])
    with pytest.raises(DataError, match="at least 2, got 1"):
        semantic_entropy(codes, codes, k=1)
    with pytest.raises(DataError, match="code of its prompt"):
        semantic_entropy(codes, codes[:2])
    with pytest.raises(DataError, match="code of its prompt"):
        semantic_entropy(codes, codes - 1)


def uneven(rng: np.random.Generator, prompts: int) -> tuple[np.ndarray, np.ndarray]:
    """Prompts of 3 to 20 completions whose laws differ: half of them with one meaning nearly always."""
    size = rng.integers(3, 21, prompts)
    sharp = rng.random(prompts) < 0.5
    laws = np.where(sharp[:, None], [0.97, 0.01, 0.01, 0.01], rng.dirichlet(np.ones(4), prompts))
    prompt = np.repeat(np.arange(prompts), size)
    meaning = (rng.random(len(prompt))[:, None] > laws[prompt].cumsum(1)).sum(1)
    return np.minimum(meaning, 3), prompt


def test_the_interval_covers_with_uneven_prompts() -> None:
    true = float(np.mean([semantic_entropy(*uneven(np.random.default_rng(s), 4000), k=3).at_k.value for s in range(9)]))
    draws = Draws(0.95)
    for seed in range(400):
        found = semantic_entropy(*uneven(np.random.default_rng([7, seed]), 40), k=3).at_k
        draws.add(found, true)
    require_nominal(draws)


def sticks(rng: np.random.Generator) -> np.ndarray:
    broken = rng.beta(1, 2, 100)
    share = broken * np.r_[1, np.cumprod(1 - broken)[:-1]]
    return np.asarray(share / share.sum())


WORLDS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "Zipf over 10": lambda _: zipf(10),
    "8 alike": lambda _: np.full(8, 1 / 8),
    "20 alike": lambda _: np.full(20, 1 / 20),
    "geometric": lambda _: 0.7 ** np.arange(60) / (0.7 ** np.arange(60)).sum(),
    "one of .9": lambda _: np.r_[0.9, np.full(10, 0.01)],
    "flat Dirichlet": lambda rng: rng.dirichlet(np.ones(10)),
    "one, or Zipf over 20": lambda rng: np.array([1.0]) if rng.random() < 0.5 else zipf(20),
    "broken sticks": sticks,
    "1 to 15 alike": lambda rng: np.full(kinds := int(rng.integers(1, 16)), 1 / kinds),
}


@pytest.mark.slow
@pytest.mark.parametrize("k", [5, 20])
def test_the_correction_is_as_far_off_as_the_head_of_the_file_says(k: int) -> None:
    off = {"counted": [], "corrected": []}  # type: dict[str, list[float]]
    for number, law in enumerate(WORLDS.values()):
        rng = np.random.default_rng([8, number])
        laws = [law(rng) for _ in range(3000)]
        true = float(np.mean([entropy(share) for share in laws]))
        meaning = np.concatenate([rng.choice(len(share), size=k, p=share) for share in laws])
        found = semantic_entropy(meaning, np.repeat(np.arange(3000), k))
        off["counted"].append(found.at_k.value - true)
        off["corrected"].append(found.corrected.value - true)
    assert max(map(abs, off["corrected"])) < (0.23 if k == 5 else 0.08), off
    if k == 5:
        assert min(off["counted"]) > -1.6 and max(off["counted"]) < -0.28
