"""Labels that are no uniform draw: seen where the file shows it, and made up for by cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import openloop as library
from openloop.arrays import Mask, Values
from openloop.auditing import Audit
from openloop.auditing.frame import Frame
from openloop.auditing.label_design import label_design
from openloop.auditing.row_arrays import RowArrays
from tests.support.audited import ids
from tests.support.row_arrays import only_at, row_arrays, stratum, uniform_labels

N, LABELS = 1500, 300


def file_of(rng: np.random.Generator, n: int = N) -> RowArrays:
    """All gold, a score, lengths, a source, a step and one text in ten that stands twice to eight times."""
    times = np.where(rng.random(n) < 0.1, rng.integers(2, 9, n), 1)
    text = np.repeat(np.arange(n), times)[:n]
    surface = np.zeros((n, 9), dtype=np.float32)
    surface[:, 0] = rng.integers(20, 900, n)[text]
    return row_arrays(
        (rng.random(n) >= 0.1).astype(float)[text],
        key=np.random.default_rng(rng.integers(1 << 30)).integers(1, 2**63, n).astype(np.uint64)[text],
        prompt=text,
        place=rng.permutation(n),
        score=rng.random(n)[text],
        two_class=False,
        strata={"source": stratum(rng.integers(0, 4, n)[text])},
        numbers={"step": rng.permutation(n).astype(float)[text]},
        surface=surface,
    )


def labelled(arrays: RowArrays, known: Mask) -> RowArrays:
    return replace(arrays, gold=only_at(arrays.gold, known))


def first_by(arrays: RowArrays, values: Values) -> RowArrays:
    """Labels for the rows with the highest values."""
    known = np.zeros(len(arrays), dtype=bool)
    known[np.argsort(-values, kind="stable")[:LABELS]] = True
    return labelled(arrays, known)


SELECTIVE: dict[str, Callable[[RowArrays], Values]] = {
    "score": lambda arrays: arrays.score,
    "length": lambda arrays: arrays.surface[:, 0].astype(float),  # type: ignore[index]
    "source": lambda arrays: (arrays.strata["source"][0] == 2) + np.random.default_rng(0).random(len(arrays)),
    "step": lambda arrays: -arrays.numbers["step"],
    "copies": lambda arrays: np.unique(arrays.key, return_inverse=True, return_counts=True)[2][
        np.unique(arrays.key, return_inverse=True)[1]
    ].astype(float),
}


@pytest.mark.parametrize("column", SELECTIVE)
def test_labels_chosen_by_what_the_file_shows_are_cells(column: str) -> None:
    arrays = file_of(np.random.default_rng(1))
    design = label_design(first_by(arrays, SELECTIVE[column](arrays)))
    found = [one.split.column for one in design.uneven]
    assert found[0] == column and design.uneven[0].weighted
    dense, sparse = design.uneven[0].found.inside, design.uneven[0].found.outside
    assert max(dense, sparse) > 1.5 * min(dense, sparse)
    split = design.uneven[0].split
    assert all(len(np.unique(split.codes[design.cells == cell])) == 1 for cell in np.unique(design.cells))


def test_uniform_labels_are_one_cell() -> None:
    """Of 200 files at most one in a hundred has cells, or a finding; three of a hundred leave room for chance."""
    with_cells = with_finding = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        arrays = file_of(rng, 900)
        design = label_design(labelled(arrays, ~np.isnan(uniform_labels(rng, arrays.gold, 200))))
        with_cells += design.cells.max() > 0
        with_finding += bool(design.uneven)
    assert with_cells <= 6 and with_finding <= 6, (with_cells, with_finding)


def test_all_labels_or_none_are_one_cell() -> None:
    arrays = file_of(np.random.default_rng(0), 300)
    for known in (np.ones(300, dtype=bool), np.zeros(300, dtype=bool)):
        design = label_design(labelled(arrays, known))
        assert design.cells.max() == 0 and not design.uneven and design.splits


def test_kept_dropped_and_unscored_rows_are_cells() -> None:
    accept = np.tile([1.0, 0.0, np.nan], 300)
    design = label_design(row_arrays(only_at(np.ones(900), np.arange(900) < 300), accept=accept))
    assert len(np.unique(design.cells)) == 3
    assert len(np.unique(np.column_stack([design.cells, np.nan_to_num(accept, nan=2)]), axis=0)) == 3


def test_two_columns_at_once() -> None:
    """Labels of one source, and there of the top scores."""
    arrays = file_of(np.random.default_rng(1))
    values = 2.0 * (arrays.strata["source"][0] == 2) + arrays.score
    known = np.zeros(N, dtype=bool)
    known[np.argsort(-values)[:200]] = True
    assert {one.split.column for one in label_design(labelled(arrays, known)).uneven} == {"source", "score"}


def placed(first: bool, seed: int = 0) -> Audit:
    """Labels on the first rows of a file in the order of time, or on rows drawn uniformly."""
    rng = np.random.default_rng(seed)
    known = np.arange(900) < 200 if first else rng.permutation(900) < 200
    rows = [
        {"prompt": f"q{i}", "completion": f"answer {i}", "good": bool(rng.random() < 0.95) if known[i] else None}
        for i in range(900)
    ]
    return library.audit(rows, gold="good")


def test_labels_on_the_first_rows_are_said() -> None:
    found = placed(first=True)
    (finding,) = [one for one in found.findings if one.id == "labels-not-random"]
    assert "place in the file = eighth 1" in finding.text
    assert (
        "If the order of the rows means anything" in finding.text and "label rows that the audit draws" in finding.text
    )
    assert "Each group now counts by its size" not in finding.text


def test_the_place_in_the_file_makes_no_cells() -> None:
    gold = only_at(np.ones(900), np.arange(900) < 200)
    design = label_design(row_arrays(gold))
    assert [one.weighted for one in design.uneven] == [False] and design.cells.max() == 0


def test_labels_drawn_uniformly_are_not() -> None:
    assert not any("labels-not-random" in ids(placed(first=False, seed=seed)) for seed in range(3))


def asked_in(column: str, *, asked: bool) -> RowArrays:
    """200 rows of one source have labels: as the audit asked, or as it pleased somebody."""
    rng = np.random.default_rng(0)
    source = rng.integers(0, 4, N)
    mine = np.flatnonzero(source == 2)[:200]
    known = np.zeros(N, dtype=bool)
    known[mine] = True
    gold = only_at((rng.random(N) >= 0.1).astype(float), known)
    strata = {column: stratum(source)}
    if not asked:
        return row_arrays(gold, strata=strata, labels_read=True)
    frames = (Frame(column=column, among=("s02",)),)
    return row_arrays(gold, strata=strata, labels_read=True, asked=known, asked_from=frames)


def test_labels_that_were_asked_for_are_a_cell_and_no_finding() -> None:
    asked, own = (label_design(asked_in("source", asked=is_asked)) for is_asked in (True, False))
    assert not asked.uneven and [one.split.column for one in own.uneven] == ["source"]
    source = asked.arrays.strata["source"][0]
    inside, outside = np.unique(asked.cells[source == 2]), np.unique(asked.cells[source != 2])
    assert len(inside) == 1 and not np.isin(outside, inside).any()


def test_a_few_labels_that_were_asked_for_are_a_cell_too() -> None:
    """Eight beside sixty of all rows: too few to see that they are no uniform draw."""
    rng = np.random.default_rng(0)
    source = rng.integers(0, 4, N)
    asked = np.zeros(N, dtype=bool)
    asked[np.flatnonzero(source == 2)[:8]] = True
    gold = only_at(np.ones(N), asked | ~np.isnan(uniform_labels(rng, np.ones(N), 60)))
    arrays = row_arrays(gold, strata={"source": stratum(source)}, labels_read=True)
    assert label_design(arrays).cells.max() == 0
    framed = replace(arrays, asked=asked, asked_from=(Frame(column="source", among=("s02",)),))
    assert np.array_equal(label_design(framed).cells, source == 2)


def test_labels_of_ones_own_beside_those_asked_for_are_a_finding() -> None:
    arrays = asked_in("source", asked=True)
    own = np.flatnonzero(np.isnan(arrays.gold) & (arrays.strata["source"][0] == 1))[:150]
    gold = arrays.gold.copy()
    gold[own] = 1.0
    design = label_design(replace(arrays, gold=gold))
    assert [one.split.names[one.found.stratum] for one in design.uneven] == ["s01"]


def test_one_look_is_gold_that_came_whole() -> None:
    whole, part = np.ones(60), only_at(np.ones(60), np.arange(60) < 30)
    assert label_design(row_arrays(whole)).one_look(np.ones(60, dtype=bool))
    assert not label_design(row_arrays(whole, labels_read=True)).one_look(np.ones(60, dtype=bool))
    assert not label_design(row_arrays(part)).one_look(np.ones(60, dtype=bool))
    assert label_design(row_arrays(part)).one_look(np.arange(60) < 30)
