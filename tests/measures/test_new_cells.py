from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.new_cells import new_cells_by_prompts, new_cells_by_samples
from tests.support.coverage import Draws

Owns = list[tuple[np.ndarray, bool]]


def share_of(cells: int) -> np.ndarray:
    share = 1 / np.arange(1, cells + 1)
    return np.asarray(share / share.sum())


def owned(rng: np.random.Generator, prompts: int, share: np.ndarray) -> Owns:
    """Two cells that each prompt likes; three prompts in ten always give the first."""
    return [(rng.choice(len(share), 2, p=share), bool(rng.random() < 0.3)) for _ in range(prompts)]


def rows(rng: np.random.Generator, owns: Owns, each: int, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cell = [
        np.full(each, own[0])
        if always
        else np.where(rng.random(each) < 0.6, rng.choice(own, each), rng.choice(len(share), each, p=share))
        for own, always in owns
    ]
    return np.concatenate(cell), np.repeat(np.arange(len(owns)), each)


def test_cells_of_one_prompt_each_foretell_as_many() -> None:
    # Twenty cells in one prompt each, none in two: as many again, less what smoothing takes.
    found = new_cells_by_prompts(np.arange(20), np.arange(20))
    assert found.value == pytest.approx(20, rel=0.01)
    assert found.n == 20


def test_a_cell_in_every_prompt_foretells_nothing() -> None:
    found = new_cells_by_prompts(np.tile(np.arange(5), 40), np.repeat(np.arange(40), 5))
    assert found.value == 0


def test_prompts_that_repeat_themselves_have_no_more_to_give() -> None:
    cell = prompt = np.repeat(np.arange(30), 6)
    assert new_cells_by_samples(cell, prompt).value == 0
    assert new_cells_by_prompts(cell, prompt).value > 25
    # Turned around: prompts all alike, each row of them another cell.
    turned = np.arange(180)
    assert new_cells_by_samples(turned, prompt).value > 150


def test_one_row_a_prompt_says_nothing_of_another_sample() -> None:
    found = new_cells_by_samples(np.arange(30), np.arange(30))
    assert math.isnan(found.value)
    assert "one row for each prompt" in found.method


def test_no_rows_and_wrong_lengths() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert math.isnan(new_cells_by_prompts(none, none).value)
    assert math.isnan(new_cells_by_samples(none, none).value)
    with pytest.raises(DataError, match="got 2 for 1"):
        new_cells_by_prompts(np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64))


def test_the_order_of_rows_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    cell, prompt = rows(rng, owned(rng, 40, share_of(300)), 4, share_of(300))
    order = rng.permutation(len(cell))
    for measure in (new_cells_by_prompts, new_cells_by_samples):
        assert measure(cell, prompt) == measure(cell[order], prompt[order])


def coverage(prompts: int, cells: int, each: int, draws: int) -> tuple[Draws, Draws]:
    """Against the mean number of new cells, over the draws, in as many new prompts and in as many new samples."""
    share, kept = share_of(cells), []
    for seed in range(draws):
        rng = np.random.default_rng([seed, prompts, cells])
        owns = owned(rng, prompts, share)
        cell, prompt = rows(rng, owns, each, share)
        seen = np.unique(cell)
        others, again = (rows(rng, them, each, share)[0] for them in (owned(rng, prompts, share), owns))
        new = [len(np.setdiff1d(more, seen)) for more in (others, again)]
        kept.append((new, new_cells_by_prompts(cell, prompt), new_cells_by_samples(cell, prompt)))
    truth = np.mean([new for new, _, _ in kept], axis=0)
    by_prompts, by_samples = Draws(), Draws()
    for _, one, other in kept:
        by_prompts.add(one, float(truth[0]))
        by_samples.add(other, float(truth[1]))
    return by_prompts, by_samples


def test_the_intervals_hold_the_expected_numbers() -> None:
    by_prompts, by_samples = coverage(60, 300, 6, 60)
    assert by_prompts.coverage >= 0.9
    assert by_samples.coverage >= 0.9
    assert abs(float(np.mean(by_prompts.errors))) < 3


@pytest.mark.slow
@pytest.mark.parametrize("cells", [50, 300, 2_000])
@pytest.mark.parametrize("prompts", [30, 100, 300])
def test_the_intervals_hold_the_expected_numbers_in_at_least_93_percent(prompts: int, cells: int) -> None:
    for found in coverage(prompts, cells, 8, 300):
        assert not found.held or found.coverage >= 0.93
