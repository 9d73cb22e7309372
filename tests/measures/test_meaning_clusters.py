"""Which completions of a prompt mean the same."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.meaning_clusters import (
    MOST,
    by_answer,
    by_entailment,
    by_vectors,
    calibrated_threshold,
    cosine_distances,
    pairs_within,
)
from openloop.measures.semantic_entropy import semantic_entropy


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def around(centres: np.ndarray, which: np.ndarray, rng: np.random.Generator, noise: float = 0.1) -> np.ndarray:
    return unit(centres[which] + noise * rng.normal(size=(len(which), centres.shape[1])))


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(((a[:, None] == a) == (b[:, None] == b)).all())


def test_equal_answers_are_one_meaning_and_an_unknown_one_is_none() -> None:
    assert by_answer(["4", "5", None, "4"]).tolist() == [0, 1, -1, 0]
    assert by_answer([]).shape == (0,)


def test_planted_meanings_are_found_within_each_prompt() -> None:
    rng = np.random.default_rng(0)
    prompt = np.repeat(np.arange(30), 12)
    which = rng.integers(0, 4, 360)
    vectors = around(np.eye(16)[:4], which, rng)
    found = by_vectors(vectors, prompt, 0.5)
    for p in range(30):
        assert same_partition(found[prompt == p], which[prompt == p])
    assert len(np.intersect1d(found[prompt == 0], found[prompt == 1])) == 0  # codes are of one prompt
    everything = by_vectors(vectors, prompt, 2.0)
    assert semantic_entropy(everything, prompt).at_k.value == 0.0
    assert semantic_entropy(by_vectors(vectors, prompt, 0.0), prompt).all_differ == 1.0


def test_a_chain_of_near_texts_is_not_one_meaning_and_the_order_of_rows_does_not_matter() -> None:
    angle = np.linspace(0, np.pi / 2, 12)
    chain = unit(np.column_stack([np.cos(angle), np.sin(angle)]))
    prompt = np.zeros(12, dtype=np.int64)
    found = by_vectors(chain, prompt, 0.05)
    assert found[0] != found[-1]  # each is near the next one: single linkage would join all
    order = np.random.default_rng(1).permutation(12)
    assert same_partition(by_vectors(chain[order], prompt, 0.05), found[order])


def test_texts_that_say_nothing_are_one_meaning() -> None:
    vectors = unit(np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]]))
    vectors[1:3] = 0
    assert same_partition(by_vectors(vectors, np.zeros(4, dtype=np.int64), 0.1), np.array([0, 1, 1, 2]))
    assert cosine_distances(vectors, np.array([1, 0]), np.array([2, 1])).tolist() == [0.0, 1.0]


def test_entailment_counts_both_ways_only() -> None:
    asked: list[tuple[str, str]] = []

    def entails(a: str, b: str) -> bool:
        """A text entails each of its own words."""
        asked.append((a, b))
        return set(b.split()) <= set(a.split())

    texts = ["red car", "car red", "red", "blue car", "red car"]
    found = by_entailment(texts, np.zeros(5, dtype=np.int64), entails)
    assert same_partition(found, np.array([0, 0, 1, 2, 0]))  # "red car" entails "red", and not the other way
    assert len(asked) == len(set(asked)) <= 12


def test_disagreement_among_three_is_settled_by_most_pairs_whatever_the_order() -> None:
    ladder = {("a", "b"), ("b", "c")}

    def entails(one: str, other: str) -> bool:
        return (one, other) in ladder or (other, one) in ladder

    prompt = np.zeros(3, dtype=np.int64)
    found = by_entailment(["a", "b", "c"], prompt, entails)
    assert len(set(found)) == 2 and found[0] != found[2]
    backwards = by_entailment(["c", "b", "a"], prompt, entails)[::-1]
    assert same_partition(found, backwards)


def test_the_threshold_is_calibrated_on_pairs_whose_answers_are_equal() -> None:
    rng = np.random.default_rng(2)
    prompt = np.repeat(np.arange(40), 8)
    answer = rng.integers(0, 3, 320)
    vectors = around(np.eye(12)[:3], answer, rng, 0.12)
    one, other, equal = pairs_within(prompt, answer)
    assert len(one) == 40 * 28 and (prompt[one] == prompt[other]).all()
    found = calibrated_threshold(cosine_distances(vectors, one, other), equal)
    assert found.right > 0.99 and found.equal == int(equal.sum())
    clusters = by_vectors(vectors, prompt, found.value)
    exact = semantic_entropy(answer, prompt).at_k.value
    assert semantic_entropy(clusters, prompt).at_k.value == pytest.approx(exact, abs=0.01)
    noise = calibrated_threshold(rng.random(len(one)), equal)
    assert noise.right < 0.6  # nothing to tell them by


def test_equal_and_different_pairs_count_alike_however_many_there_are() -> None:
    distance = np.r_[np.full(1000, 0.1), np.full(5, 0.7), np.full(15, 0.6), np.full(30, 0.8)]
    equal = np.r_[np.ones(1005), np.zeros(45)].astype(bool)
    found = calibrated_threshold(distance, equal)
    assert 0.1 < found.value < 0.6 and (found.joined, found.split) == (1000 / 1005, 1.0)


def test_unknown_answers_make_no_pairs_and_most_pairs_are_enough() -> None:
    prompt = np.array([0, 0, 0, 1, 1])
    one, other, equal = pairs_within(prompt, np.array([3, 3, -1, 2, 5]))
    assert list(zip(one.tolist(), other.tolist(), equal.tolist(), strict=True)) == [(0, 1, True), (3, 4, False)]
    assert len(pairs_within(np.repeat(np.arange(9), 10), np.zeros(90, dtype=np.int64), most=100)[0]) == 90
    assert len(pairs_within(np.zeros(900, dtype=np.int64), np.zeros(900, dtype=np.int64), most=200)[0]) == 190
    assert len(pairs_within(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))[0]) == 0


def test_what_cannot_be_compared_is_refused() -> None:
    prompt = np.zeros(3, dtype=np.int64)
    vectors = np.full((3, 2), np.nan, dtype=np.float32)
    with pytest.raises(DataError, match="3 of 3 vectors hold numbers that are not finite"):
        by_vectors(vectors, prompt, 0.1)
    with pytest.raises(DataError, match="from 0 to 2, got 3"):
        by_vectors(np.ones((3, 2), dtype=np.float32), prompt, 3)
    with pytest.raises(DataError, match="a vector for each prompt"):
        by_vectors(np.ones((2, 2), dtype=np.float32), prompt, 0.1)
    with pytest.raises(DataError, match="got 3 and 3"):
        calibrated_threshold(np.arange(6.0), np.arange(6) < 3)
    with pytest.raises(DataError, match="a prompt for each text"):
        by_entailment(["a"], prompt, lambda a, b: True)
    with pytest.raises(DataError, match=f"at most {MOST:,} are compared"):
        by_vectors(np.ones((MOST + 1, 1), dtype=np.float32), np.zeros(MOST + 1, dtype=np.int64), 0.1)
