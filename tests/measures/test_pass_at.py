"""pass@k: the unbiased estimator, its known answers and its coverage."""

from __future__ import annotations

import gzip
import json
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import DataError
from openloop.measures.pass_at import pass_at, sizes


def prompts(*counts: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Verdicts and codes of prompts with (correct, wrong) candidates."""
    correct = [float(i < c) for c, w in counts for i in range(c + w)]
    codes = [p for p, (c, w) in enumerate(counts) for _ in range(c + w)]
    return np.array(correct), np.array(codes)


@given(st.integers(0, 6), st.integers(0, 6), st.integers(1, 6))
def test_it_is_the_share_of_all_draws_of_k_that_hold_a_correct_one(c: int, w: int, k: int) -> None:
    correct, codes = prompts((c, w), (c, w))
    if c + w < k:
        return
    draws = list(combinations([1.0] * c + [0.0] * w, k))
    assert pass_at(correct, codes, k).value == pytest.approx(sum(map(max, draws)) / len(draws))


def test_limits() -> None:
    correct, codes = prompts((2, 8), (0, 10), (10, 0))
    assert pass_at(correct, codes, 1).value == pytest.approx(correct.mean())
    assert pass_at(correct, codes, 10).value == pytest.approx(2 / 3)
    assert pass_at(correct, codes, 9).value == pytest.approx(2 / 3)


def test_prompts_with_too_few_candidates_are_counted_apart() -> None:
    correct, codes = prompts((1, 9), (1, 1))
    found = pass_at(correct, codes, 5)
    assert (found.value, found.n, found.n_unscored) == (0.5, 1, 1)
    assert sizes(codes, correct) == [1, 2]
    unscored = np.r_[correct, np.nan], np.r_[codes, 1]
    assert pass_at(*unscored, 3).n_unscored == 1


def test_no_prompt_is_solved_or_all_are() -> None:
    none = pass_at(*prompts(*[(0, 5)] * 40), 5)
    assert none.value == 0 and none.high is not None and 0 < none.high < 0.1
    every = pass_at(*prompts(*[(5, 0)] * 40), 5)
    assert every.value == 1 and every.low is not None and 0.9 < every.low < 1


def test_it_covers_the_chance_of_k_fresh_candidates() -> None:
    """95 % intervals over 60 prompts, 600 worlds: a binomial of .95 leaves [.927, .969] once in a thousand."""
    rng = np.random.default_rng(0)
    truth = 1 - float(np.mean((1 - rng.beta(0.5, 1.5, 2_000_000)) ** 5))
    held = 0
    for _ in range(600):
        chance = rng.beta(0.5, 1.5, 60)
        correct = (rng.random((60, 10)) < chance[:, None]).astype(float).ravel()
        found = pass_at(correct, np.repeat(np.arange(60), 10), 5)
        held += found.low is not None and found.high is not None and found.low <= truth <= found.high
    assert 0.927 <= held / 600 <= 0.969


@pytest.mark.parametrize(("correct", "k"), [([0.5], 1), ([1.0], 0), ([[1.0]], 1)])
def test_what_is_no_verdict_is_refused(correct: list[float], k: int) -> None:
    values = np.array(correct)
    with pytest.raises(DataError, match="pass_at"):
        pass_at(values, np.zeros(values.shape, dtype=int), k)


@pytest.mark.realdata
def test_the_published_grades_give_the_known_rates() -> None:
    if "OPENLOOP_DATA" not in os.environ:
        pytest.skip("needs OPENLOOP_DATA")
    with gzip.open(Path(os.environ["OPENLOOP_DATA"]) / "humaneval_codegen16b_graded.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    correct = np.array([float(row["gold_pass"]) for row in rows])
    codes = np.unique([row["task_id"] for row in rows], return_inverse=True)[1]
    assert sizes(codes, correct) == [1, 10, 100]
    assert [round(pass_at(correct, codes, k).value, 3) for k in (1, 10, 100)] == [0.224, 0.507, 0.744]
