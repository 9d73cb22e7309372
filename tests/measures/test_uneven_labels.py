"""Do some rows have far more labels than others?"""

from __future__ import annotations

import numpy as np
import pytest

from openloop.arrays import Codes, Mask
from openloop.measures.uneven_labels import ALPHA, TIMES, Unevenness, uneven

N, STRATA = 1000, 5
ALONE = np.arange(N)
ONE_CELL = np.zeros(N, dtype=np.int64)


def looked(
    labelled: Mask, strata: Codes, cells: Codes = ONE_CELL, prompt: Codes = ALONE, looks: int = STRATA
) -> Unevenness | None:
    return uneven(labelled, strata, cells, prompt, looks)


def drawn(rng: np.random.Generator, n: int, among: Codes) -> Mask:
    found = np.zeros(N, dtype=bool)
    found[rng.choice(among, n, replace=False)] = True
    return found


def test_uniform_labels_are_called_uneven_as_rarely_as_stated() -> None:
    called = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        called += looked(drawn(rng, 200, ALONE), rng.integers(0, STRATA, N)) is not None
    assert called / 400 <= ALPHA + 3 * (ALPHA / 400) ** 0.5


@pytest.mark.parametrize("rows", [5, 20])
def test_labels_of_whole_prompts_are_not_either(rows: int) -> None:
    """Prompts are drawn and all their rows labelled; a prompt lies in one stratum. By rows it would seem uneven."""
    prompt = ALONE // rows
    called = by_rows = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        labelled = (rng.permutation(N // rows) < N // rows // 4)[prompt]
        strata = rng.integers(0, STRATA, N // rows)[prompt]
        called += looked(labelled, strata, prompt=prompt) is not None
        by_rows += looked(labelled, strata) is not None
    assert called / 300 <= ALPHA + 3 * (ALPHA / 300) ** 0.5
    assert by_rows / 300 > 10 * ALPHA


def test_a_stratum_with_more_labels_is_found() -> None:
    """200 labels, twice as dense in one stratum of five as elsewhere."""
    found = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        strata = rng.integers(0, STRATA, N)
        labelled = rng.random(N) < np.where(strata == 3, 1 / 3, 1 / 6)
        one = looked(labelled, strata)
        found.append(one is not None and one.stratum == 3 and one.matters)
    assert np.mean(found) > 0.8


def test_a_stratum_with_fewer_labels_is_found() -> None:
    strata = ALONE % STRATA
    labelled = (strata != 2) & (ALONE // STRATA % 4 == 0)
    found = looked(labelled, strata)
    assert found is not None and (found.stratum, found.inside) == (2, 0) and found.outside == pytest.approx(0.25)


def test_a_small_stratum_without_labels_may_be_so_by_chance() -> None:
    """Of fifty rows five were expected. Products of prompts, of which none is labelled, hardly vary."""
    strata = (ALONE < 50).astype(np.int64)
    assert looked((ALONE % 9 == 0) & (ALONE >= 100), strata) is None
    assert looked((ALONE % 9 == 0) & (ALONE >= 100), (ALONE < 100).astype(np.int64)) is not None


def test_rows_that_are_in_no_stratum_are_compared_too() -> None:
    strata = ALONE % STRATA - 1
    found = looked(strata == -1, strata)
    assert found is not None and (found.stratum, found.inside, found.outside) == (-1, 1, 0)


def test_cells_in_which_labels_are_even_explain_it() -> None:
    """Stratum 0 has most of the labels, since most of it lies in the cell that was labelled."""
    rng = np.random.default_rng(0)
    cells = (np.arange(N) < 300).astype(np.int64)
    strata = np.where(rng.random(N) < np.where(cells == 1, 0.8, 0.1), 0, 1)
    labelled = drawn(rng, 150, np.flatnonzero(cells == 1))
    assert looked(labelled, strata) is not None
    assert looked(labelled, strata, cells) is None
    assert looked(labelled & (strata == 0), strata, cells) is not None  # uneven within the cell as well


def test_strata_that_are_cells_of_their_own_are_compared_with_nothing() -> None:
    strata = ALONE % STRATA
    assert looked(strata == 0, strata, strata) is None
    assert looked(strata == 0, np.zeros(N, dtype=np.int64)) is None


def test_more_looks_need_more() -> None:
    rng = np.random.default_rng(4)
    strata = rng.integers(0, STRATA, N)
    labelled = rng.random(N) < np.where(strata == 3, 0.35, 1 / 6)
    found = looked(labelled, strata, looks=1)
    assert found is not None
    assert looked(labelled, strata, looks=round(1.1 * ALPHA / found.p_value) + 1) is None


@pytest.mark.parametrize(
    ("inside", "outside", "matters"),
    [(0.31, 0.2, True), (0.29, 0.2, False), (0.2, 0.31, True), (0.2, 0.29, False), (0, 0.1, True)],
)
def test_what_is_worth_saying(inside: float, outside: float, matters: bool) -> None:
    assert TIMES == 1.5
    assert Unevenness(0, inside, outside, 1e-9).matters is matters
