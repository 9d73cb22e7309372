"""Estimates: known answers, limiting cases, and coverage by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop import models
from openloop.errors import DataError, InputError
from openloop.measures.diversity import distinct_share, simpson
from openloop.measures.intervals import mean, paired, proportion
from openloop.records import Example, Prompt, Sampling
from openloop.theory.recursion import closed_diversity, effective_rows


def test_the_mean_of_four_seeds() -> None:
    e = mean([0.1, 0.2, 0.3, 0.4])
    assert (e.value, e.n) == (pytest.approx(0.25), 4)
    assert e.high == pytest.approx(0.25 + 3.18245 * math.sqrt(1 / 60) / 2, abs=1e-5)  # t(3), sd² = 1/60


def test_one_value_has_no_interval_and_none_is_an_error() -> None:
    assert (mean([0.3]).low, mean([0.3]).high) == (None, None)
    with pytest.raises(DataError):
        mean([])


def test_equal_values_say_so() -> None:
    for value in (0.5, 0.1, 1e300):  # three times .1 is not .3
        e = mean([value] * 3)
        assert (e.value, e.low, e.high, e.method) == (value, value, value, "t, all values equal")


def test_a_value_that_is_not_finite_leaves_no_estimate() -> None:
    for bad in (math.nan, math.inf):
        for e in (mean([0.5, bad]), mean([bad]), paired([0.5, bad], [0.1, 0.2])):
            assert math.isnan(e.value) and e.low is None and e.high is None and "not finite" in e.method


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
def test_a_level_is_a_coverage(level: float) -> None:
    for call in (lambda: mean([1.0, 2.0], level), lambda: proportion(1, 2, level)):
        with pytest.raises(DataError, match="such as 0.95"):
            call()


def test_a_paired_difference_drops_what_pairs_share() -> None:
    before = np.array([0.1, 0.5, 0.9])
    e = paired(before + np.array([0.09, 0.10, 0.11]), before)
    assert e.value == pytest.approx(0.1) and e.low is not None and e.low > 0.07
    with pytest.raises(DataError, match="as many"):
        paired([1.0], [1.0, 2.0])


def test_wilson_known_answers_and_ends() -> None:
    e = proportion(8, 10)
    assert (e.low, e.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert proportion(0, 10).low == 0.0 and proportion(10, 10).high == 1.0
    none = proportion(0, 0)
    assert math.isnan(none.value) and none.low is None
    with pytest.raises(DataError):
        proportion(3, 2)


@pytest.mark.parametrize("n", [4, 20])
def test_the_t_interval_covers(n: int) -> None:
    draws = np.random.default_rng(0).normal(0.3, 1.0, size=(2000, n))
    inside = [e.low <= 0.3 <= e.high for e in map(mean, draws) if e.low is not None and e.high is not None]
    assert abs(np.mean(inside) - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_wilson_interval_covers(p: float) -> None:
    draws = np.random.default_rng(1).binomial(200, p, size=2000)
    inside = [e.low <= p <= e.high for e in (proportion(int(x), 200) for x in draws) if e.low is not None and e.high]
    assert 0.93 <= np.mean(inside) <= 0.975


def test_diversity_known_answers() -> None:
    assert distinct_share(["a", "a", "b", "c"]) == 0.75
    assert simpson(["a", "a", "b", "b"], unbiased=False) == 0.5
    assert simpson(["a", "a", "b", "b"]) == pytest.approx(2 / 3)  # 4 of 6 pairs differ
    assert simpson(["a"] * 5) == 0.0 and simpson(list("abcde")) == 1.0
    for bad in (lambda: distinct_share([]), lambda: simpson(["a"])):
        with pytest.raises(DataError):
            bad()


def test_the_unbiased_form_does_not_depend_on_size() -> None:
    rng = np.random.default_rng(2)
    for n in (5, 50):
        values = [simpson(rng.choice(list("abcd"), size=n)) for _ in range(2000)]
        assert np.mean(values) == pytest.approx(0.75, abs=0.012)


def test_a_closed_categorical_loop_follows_the_law() -> None:
    n, rounds, chains = 20, 12, 400
    law = closed_diversity(0.9, n, rounds)
    prompts = [Prompt(f"p{i}", "q") for i in range(n)]
    ends = []
    for seed in range(chains):
        model = models.categorical(kinds=10)
        for t in range(rounds):
            drawn = model.sample(prompts, 1, Sampling(seed=1000 * seed + t))
            model = model.fit([Example("q", g[0].content) for g in drawn])
        ends.append(1 - sum(p * p for p in model.table.values()))
    e = mean(ends, level=0.999)
    assert e.low is not None and e.high is not None and e.low <= law[-1] <= e.high


def test_the_law_and_its_inverse() -> None:
    law = closed_diversity(0.9, 50, 30)
    assert law[0] == 0.9 and law[1] == pytest.approx(0.9 * 0.98)
    assert effective_rows(law) == pytest.approx(50)
    assert effective_rows([0.5, 0.5, 0.6]) == math.inf
    for bad in (
        lambda: closed_diversity(0.9, 0, 3),
        lambda: closed_diversity(1.2, 5, 3),
        lambda: effective_rows([0.5]),
    ):
        with pytest.raises(InputError):
            bad()
