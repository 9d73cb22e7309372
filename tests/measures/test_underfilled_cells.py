from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.underfilled_cells import FilledCells, cells_to_tell, underfilled

CELLS = 20


def filled(rng: np.random.Generator, prompts: int, each: int, share: np.ndarray) -> FilledCells:
    """Rows of a prompt lie, mostly, in one cell of its own."""
    own = rng.choice(len(share), prompts, p=share)
    prompt = np.repeat(np.arange(prompts), each)
    other = rng.choice(len(share), len(prompt), p=share)
    return FilledCells.of(np.where(rng.random(len(prompt)) < 0.8, own[prompt], other), prompt, len(share))


def shares(without: int = 0) -> np.ndarray:
    share = 1 / np.arange(1, CELLS + 1) ** 0.5
    share[:without] = 0
    return np.asarray(share / share.sum())


def test_an_empty_cell_has_the_chance_of_a_sample_without_it() -> None:
    """Nine prompts of one cell and none here: 2^-9 where the sets are of equal size, times the cells."""
    here = FilledCells.of(np.zeros(50, dtype=np.int64), np.arange(50), 2)
    there = FilledCells.of(np.r_[np.zeros(41), np.ones(9)].astype(np.int64), np.arange(50), 2)
    assert underfilled(here, there).p_value[1] == pytest.approx(2 * 0.5**9)


def test_rows_of_one_prompt_are_one() -> None:
    here = FilledCells.of(np.zeros(50, dtype=np.int64), np.arange(50), 2)
    bunched = FilledCells.of(np.r_[np.zeros(49), np.ones(9)].astype(np.int64), np.r_[np.arange(49), [49] * 9], 2)
    assert not underfilled(here, bunched).surely.any()
    apart = FilledCells.of(np.r_[np.zeros(49), np.ones(9)].astype(np.int64), np.arange(58), 2)
    assert underfilled(here, apart).surely.tolist() == [False, True]


def test_planted_cells_are_found_and_the_other_side_has_none() -> None:
    rng = np.random.default_rng(0)
    here, there = filled(rng, 400, 4, shares(without=3)), filled(rng, 400, 1, shares())
    found = underfilled(here, there)
    assert found.surely[:3].all() and not found.surely[3:].any()
    truth = float(shares()[:3].sum())
    assert found.share.low is not None and found.share.low <= truth <= (found.share.high or 0)
    assert not underfilled(there, here).surely.any()


def test_a_cell_that_is_thin_but_not_nearly_empty_is_not_missing() -> None:
    here = FilledCells.of(np.repeat([0, 1], [900, 100]), np.arange(1000), 2)
    there = FilledCells.of(np.repeat([0, 1], [700, 300]), np.arange(1000), 2)
    assert underfilled(here, there).p_value[1] < 1e-6
    assert not underfilled(here, there).surely.any()


def test_limiting_cases() -> None:
    none = np.zeros(0, dtype=np.int64)
    empty, one = (
        FilledCells.of(none, none, 3),
        FilledCells.of(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64), 3),
    )
    assert math.isnan(underfilled(empty, one).share.value)
    assert math.isnan(underfilled(one, empty).share.value)
    alone = underfilled(one, one)
    assert alone.share.value == 0 and alone.share.low is None
    rows = np.arange(40)
    apart = underfilled(FilledCells.of(rows, rows, 80), FilledCells.of(rows + 40, rows, 80))
    assert not apart.surely.any()  # every row its own cell: nothing is sure
    assert apart.share.high == 1
    with pytest.raises(DataError, match="below 3"):
        FilledCells.of(np.array([3]), np.array([0]), 3)


def test_more_prompts_are_counted_in_more_cells() -> None:
    few, many = cells_to_tell(100, 100, 0.003), cells_to_tell(1_000, 1_000, 0.003)
    assert 2 <= few < many <= 100
    assert cells_to_tell(3, 3, 0.003) < 2
    assert cells_to_tell(0, 100, 0.003) == 0


@pytest.mark.parametrize(("prompts", "each"), [((200, 200), (1, 1)), ((100, 400), (8, 1)), ((300, 150), (4, 4))])
def test_sets_of_one_source_miss_nothing(prompts: tuple[int, int], each: tuple[int, int]) -> None:
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng([seed, *prompts])
        here, there = (filled(rng, p, k, shares()) for p, k in zip(prompts, each, strict=True))
        alarms += bool(underfilled(here, there).surely.any()) + bool(underfilled(there, here).surely.any())
    assert alarms <= 10  # of 200 at .05


@pytest.mark.slow
@pytest.mark.parametrize("without", [0, 1, 4])
@pytest.mark.parametrize(("prompts", "each"), [((200, 200), (1, 1)), ((100, 400), (8, 1)), ((300, 150), (4, 4))])
def test_the_interval_holds_the_share_that_is_missing(
    prompts: tuple[int, int], each: tuple[int, int], without: int
) -> None:
    truth, held = float(shares()[:without].sum()), 0
    for seed in range(500):
        rng = np.random.default_rng([seed, *prompts, without])
        here, there = filled(rng, prompts[0], each[0], shares(without)), filled(rng, prompts[1], each[1], shares())
        found = underfilled(here, there).share
        assert found.low is not None and found.high is not None
        held += found.low <= truth <= found.high
    assert held / 500 >= 0.93
