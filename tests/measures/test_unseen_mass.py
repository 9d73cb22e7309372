from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.unseen_mass import unseen_by_prompts, unseen_by_samples
from tests.support.coverage import Draws


def world(
    rng: np.random.Generator, prompts: int, cells: int, each: int | None, alike: float, skew: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of a prompt lie, mostly, in two cells of its own choice. Cells, prompts, and each cell's true share."""
    share = 1 / np.arange(1, cells + 1) ** skew
    share /= share.sum()
    size = np.full(prompts, each) if each else 1 + rng.geometric(0.25, prompts)
    prompt = np.repeat(np.arange(prompts), size)
    own = rng.choice(cells, (prompts, 2), p=share)
    mine = own[prompt, rng.integers(0, 2, len(prompt))]
    return np.where(rng.random(len(prompt)) < alike, mine, rng.choice(cells, len(prompt), p=share)), prompt, share


def test_rows_alone_are_the_textbook() -> None:
    cell = np.array([0, 0, 1, 2, 3, 3, 3, 4, 5, 5])
    assert unseen_by_prompts(cell, np.arange(10)).value == pytest.approx(3 / 10)


def test_a_cell_that_one_prompt_fills_is_new_however_many_rows_it_has() -> None:
    """Eight rows a prompt, each prompt a cell of its own: by rows nothing would be unseen, by prompts everything."""
    cell = prompt = np.repeat(np.arange(20), 8)
    assert unseen_by_prompts(cell, prompt).value == 1
    assert unseen_by_samples(cell, prompt).value == 0
    # Turned around: every prompt has every cell, and each row of a prompt another one.
    turned = np.tile(np.arange(8), 20)
    assert unseen_by_prompts(turned, prompt).value == 0


@pytest.mark.parametrize(
    ("cell", "prompt", "value", "says"),
    [
        ([0], [0], 1.0, "one row"),
        ([0] * 30, list(range(30)), 0.0, "one-sided"),
        (list(range(30)), list(range(30)), 1.0, "one-sided"),
        ([0, 1, 2], [0, 0, 0], 1.0, "one prompt"),
        ([0, 0, 1], [0, 1, 2], 1 / 3, "too few prompts"),
    ],
)
def test_limiting_cases(cell: list[int], prompt: list[int], value: float, says: str) -> None:
    found = unseen_by_prompts(np.array(cell), np.array(prompt))
    assert found.value == pytest.approx(value)
    assert says in found.method


def test_no_rows_and_wrong_lengths() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert math.isnan(unseen_by_prompts(none, none).value)
    with pytest.raises(DataError, match="got 2 for 1"):
        unseen_by_prompts(np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64))


def test_one_row_a_prompt_says_nothing_of_another_sample() -> None:
    found = unseen_by_samples(np.arange(30), np.arange(30))
    assert math.isnan(found.value)
    assert "one row for each prompt" in found.method


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    cell, prompt, _ = world(rng, 50, 200, None, 0.7)
    order = rng.permutation(len(cell))
    for measure in (unseen_by_prompts, unseen_by_samples):
        assert measure(cell, prompt) == measure(cell[order], prompt[order])


def coverage(prompts: int, cells: int, each: int | None, alike: float, draws: int) -> Draws:
    found = Draws()
    for seed in range(draws):
        cell, prompt, share = world(np.random.default_rng([seed, prompts, cells]), prompts, cells, each, alike)
        seen = np.zeros(cells, dtype=bool)
        seen[cell] = True
        found.add(unseen_by_prompts(cell, prompt), float(share[~seen].sum()))
    return found


def test_the_interval_holds_the_true_mass_where_that_by_rows_is_far_off() -> None:
    found = coverage(60, 2_000, 8, 0.9, 100)
    assert found.coverage >= 0.9
    assert abs(float(np.mean(found.errors))) < 0.02
    by_rows = Draws()
    for seed in range(50):
        cell, _, share = world(np.random.default_rng([seed, 60, 2_000]), 60, 2_000, 8, 0.9)
        seen = np.zeros(2_000, dtype=bool)
        seen[cell] = True
        by_rows.add(unseen_by_prompts(cell, np.arange(len(cell))), float(share[~seen].sum()))
    assert np.mean(by_rows.errors) < -0.2


@pytest.mark.slow
@pytest.mark.parametrize("cells", [50, 300, 2_000])
@pytest.mark.parametrize("prompts", [20, 60, 200])
@pytest.mark.parametrize(("each", "alike"), [(1, 0.0), (8, 0.9), (None, 0.7)])
def test_the_interval_holds_the_true_mass_in_at_least_93_percent(
    prompts: int, cells: int, each: int | None, alike: float
) -> None:
    assert coverage(prompts, cells, each, alike, 1_000).coverage >= 0.93
