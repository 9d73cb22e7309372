from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures.two_sample import area, folds, two_sample


def samples(
    rng: np.random.Generator, n: int, dims: int, each: int = 1, alike: float = 0.0, shift: float = 0.0
) -> tuple[Values, Mask, Codes]:
    """n rows of each sample, ``each`` of one prompt, the first feature of ours moved by ``shift``."""
    group = np.repeat(np.arange(2 * n // each), each)
    x = np.sqrt(alike) * rng.normal(size=(group[-1] + 1, dims))[group] + np.sqrt(1 - alike) * rng.normal(
        size=(2 * n, dims)
    )
    ours = np.arange(2 * n) < n
    x[ours, 0] += shift
    return x, ours, group


def most(size: float, draws: int) -> float:
    """What a share of ``size`` gives in so many draws, three standard errors added."""
    return size + 3 * math.sqrt(size * (1 - size) / draws)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_area_of_two_gaussians_is_found() -> None:
    """Known answer: two unit Gaussians d apart have an area of Φ(d/√2)."""
    x, ours, group = samples(rng(), 4000, 3, shift=1.5)
    found = two_sample([x], ours, group, rng())
    assert found.auc.value == pytest.approx(0.5 * (1 + math.erf(1.5 / 2)), abs=0.01)
    assert found.auc.low < found.auc.value < found.auc.high
    assert found.p_value < 1e-9


def test_equal_samples_are_not_told_apart() -> None:
    x, ours, group = samples(rng(), 2000, 20)
    found = two_sample([x], ours, group, rng())
    assert found.auc.low < 0.5 < found.auc.high
    assert found.p_value > 0.05


def test_swapping_the_samples_changes_nothing_but_the_standing() -> None:
    x, ours, group = samples(rng(), 300, 5, shift=1.0)
    one, other = two_sample([x], ours, group, rng()), two_sample([x], ~ours, group, rng())
    assert other.auc.value == pytest.approx(one.auc.value, abs=1e-6)
    assert other.auc.low == pytest.approx(one.auc.low, abs=1e-6)
    assert one.standing[ours].mean() > 0.6 > 0.4 > one.standing[~ours].mean()


def test_rows_of_one_prompt_stay_in_one_fold_and_samples_are_spread() -> None:
    group = rng().integers(0, 200, 1000)
    ours = rng().random(1000) < 0.2
    fold = folds(ours, group, rng())
    assert all(len(np.unique(fold[group == g])) <= 1 for g in range(200))
    for side in (ours, ~ours):
        assert np.bincount(fold[side], minlength=5).min() > 0.17 * side.sum()


def test_what_a_prompt_alone_tells_is_not_learned() -> None:
    """Rows of one prompt are near copies: a classifier that saw its other rows would know them all."""
    x, ours, group = samples(rng(), 200, 50, each=10, alike=0.99)
    assert two_sample([x], ours, np.arange(400), rng()).auc.low > 0.9
    found = two_sample([x], ours, group, rng())
    assert found.auc.low < 0.5 < found.auc.high


def test_the_samples_count_alike_whatever_their_sizes() -> None:
    x, ours, group = samples(rng(), 2000, 5, shift=1.0)
    some = ours | (np.arange(4000) % 20 == 0)
    few = two_sample([x[some]], ours[some], group[some], rng())
    assert few.auc.value == pytest.approx(two_sample([x], ours, group, rng()).auc.value, abs=0.06)
    assert few.auc.high - few.auc.low > 0.1


def test_a_block_that_tells_nothing_hardly_hurts() -> None:
    x, ours, group = samples(rng(), 150, 1, shift=1.5)
    noise = rng().normal(size=(300, 300))
    alone, beside = (two_sample(blocks, ours, group, rng()).auc.value for blocks in ([x], [x, noise]))
    assert beside > alone - 0.04


@pytest.mark.parametrize("x", [np.zeros((100, 3)), np.ones((100, 1))])
def test_identical_rows_are_even_odds(x: Values) -> None:
    found = two_sample([x], np.arange(100) < 50, np.arange(100), rng())
    assert found.auc.value == 0.5
    assert found.auc.low < 0.5 < found.auc.high
    assert found.p_value == 1.0


def test_copies_on_both_sides_are_even_odds() -> None:
    """Each row of one sample equals one of the other, and is in its group."""
    x = rng().normal(size=(100, 4))
    found = two_sample([np.r_[x, x]], np.arange(200) < 100, np.tile(np.arange(100), 2), rng())
    assert found.auc.value == pytest.approx(0.5, abs=1e-9)


@pytest.mark.parametrize("groups", [1, 9])
def test_few_groups_say_nothing(groups: int) -> None:
    ours = np.arange(400) < 200
    group = np.where(ours, np.arange(400) % groups, 1000 + np.arange(400))
    found = two_sample([rng().normal(size=(400, 2))], ours, group, rng())
    assert math.isnan(found.auc.value)
    assert found.auc.low is None
    assert found.auc.method == f"undefined: needs 10 different prompts or texts on each side, got {groups} on one"


def test_complete_separation_has_a_one_sided_bound() -> None:
    x, ours, group = samples(rng(), 100, 1, shift=100.0)
    found = two_sample([x], ours, group, rng())
    assert found.auc.value == 1.0
    assert 0.9 < found.auc.low < 1.0


def test_another_level_needs_no_other_classifier() -> None:
    x, ours, group = samples(rng(), 300, 5, shift=1.0)
    found = two_sample([x], ours, group, rng())
    wide = area(found.standing, ours, group, 0.999)
    assert area(found.standing, ours, group, 0.95) == found.auc
    assert wide.low < found.auc.low < found.auc.high < wide.high


@pytest.mark.parametrize(
    ("blocks", "marks", "says"),
    [
        ([], 10, "needs blocks"),
        ([np.zeros((9, 2))], 10, "needs blocks"),
        ([np.zeros(10)], 10, "needs blocks"),
        ([np.full((10, 2), np.nan)], 10, "finite"),
    ],
)
def test_what_does_not_fit_is_refused(blocks: list[Values], marks: int, says: str) -> None:
    with pytest.raises(DataError, match=says):
        two_sample(blocks, np.arange(marks) < 5, np.arange(marks), rng())


def null(draws: int, n: int, dims: int, each: int, alike: float) -> tuple[Values, Values]:
    """p-values of samples of one law, and whether the interval holds ½."""
    p, held = [], []
    for draw in range(draws):
        x, ours, group = samples(np.random.default_rng([draw, n, dims]), n, dims, each, alike)
        found = two_sample([x[:, : dims // 2], x[:, dims // 2 :]], ours, group, rng())
        p.append(found.p_value)
        held.append(found.auc.low <= 0.5 <= found.auc.high)
    return np.array(p), np.array(held)


def test_p_values_of_equal_samples_are_uniform_or_larger() -> None:
    p, held = null(80, 60, 10, 1, 0.0)
    assert (p <= 0.05).mean() <= most(0.05, 80)
    assert 0.25 < np.median(p) < 0.75
    assert held.mean() >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "dims", "each", "alike"), [(60, 20, 1, 0.0), (60, 100, 1, 0.0), (200, 60, 4, 0.5), (400, 20, 10, 0.2)]
)
def test_size_and_coverage_of_equal_samples(n: int, dims: int, each: int, alike: float) -> None:
    p, held = null(400, n, dims, each, alike)
    for size in (0.01, 0.05, 0.2):
        assert (p <= size).mean() <= most(size, 400)
    assert held.mean() >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize(("n", "dims", "shift"), [(60, 20, 0.5), (60, 20, 1.0), (200, 20, 1.0), (200, 60, 2.0)])
def test_coverage_of_the_area_that_such_samples_give(n: int, dims: int, shift: float) -> None:
    """The truth is the mean area of classifiers fitted to as many rows."""
    found = []
    for draw in range(400):
        x, ours, group = samples(np.random.default_rng([draw, n, dims, 7]), n, dims, shift=shift)
        e = two_sample([x], ours, group, rng()).auc
        found.append((e.value, e.low, e.high))
    value, low, high = np.array(found).T
    assert ((low <= value.mean()) & (value.mean() <= high)).mean() >= 0.93
