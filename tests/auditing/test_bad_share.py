"""The share of bad rows in a selection: copies, cells, unknown rows, this very file, and errors of gold."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.auditing.bad_share import bad_share, labelled_texts, silent_rows
from openloop.auditing.label_design import LabelDesign, label_design
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.records import Estimate
from tests.support.row_arrays import one_cell, only_at, row_arrays

LEVEL = 0.95
PROCESS, FILE = Options(), Options(target="file")


def share(design: LabelDesign, options: Options = PROCESS) -> Estimate:
    """Of all kept rows."""
    return bad_share(design, design.arrays.kept, options, LEVEL)


def in_cells(arrays: RowArrays, cells: object) -> LabelDesign:
    return LabelDesign(arrays, np.asarray(cells, dtype=np.int64), (), ())


def bounds(found: Estimate) -> tuple[float, float]:
    assert found.low is not None and found.high is not None
    return found.low, found.high


def test_copies_of_a_text_are_one_label() -> None:
    """Twenty copies of every row: the same share and bounds as one of each; other prompts would be new rows."""
    gold = (np.arange(200) % 10 > 0).astype(float)
    once = row_arrays(gold)
    copied = once.take(np.repeat(np.arange(200), 20))
    one, many = share(one_cell(once)), share(one_cell(copied))
    assert many.n == one.n == 200
    assert (many.value, *bounds(many)) == pytest.approx((one.value, *bounds(one)))
    new_rows = row_arrays(np.repeat(gold, 20))
    assert bounds(share(one_cell(new_rows)))[1] < bounds(many)[1] - 0.02


def test_a_text_weighs_as_many_rows_as_it_stands_for() -> None:
    """Good texts stand 13 times: of texts a fifth is bad, of rows far fewer."""
    gold = (np.arange(100) % 5 > 0).astype(float)
    arrays = row_arrays(gold).take(np.repeat(np.arange(100), np.where(gold == 1, 13, 1)))
    found = share(one_cell(arrays))
    assert found.n == 100 and found.value == pytest.approx(20 / (20 + 80 * 13))
    assert bounds(found)[1] > 0.02  # with the precision of a hundred labels, and not of a thousand


def test_unlabelled_copies_count_with_those_that_have_a_label() -> None:
    """A label of each text, on one of its copies."""
    gold = (np.arange(100) % 5 > 0).astype(float)
    times = np.where(gold == 1, 3, 1)
    arrays = row_arrays(gold).take(np.repeat(np.arange(100), times))
    first = np.zeros(len(arrays), dtype=bool)
    first[np.unique(arrays.key, return_index=True)[1]] = True
    held = row_arrays(only_at(arrays.gold, first), key=arrays.key, prompt=arrays.prompt)
    assert share(one_cell(held)).n == 100


def test_cells_weigh_as_many_rows_as_they_have() -> None:
    """300 rows with all labels and 700 with fifty: 10 % and 40 % bad."""
    cell = np.repeat([0, 1], [300, 700])
    number = np.arange(1000)
    gold = np.where(cell == 0, number % 10 > 0, number % 5 > 1).astype(float)
    arrays = row_arrays(only_at(gold, (cell == 0) | (number < 350)))
    assert share(in_cells(arrays, cell)).value == pytest.approx(0.3 * 0.1 + 0.7 * 0.4)
    assert share(one_cell(arrays)).value == pytest.approx((30 + 20) / 350)


@pytest.mark.parametrize("labelled", [0, 4])
def test_a_cell_with_next_to_no_labels_may_be_good_or_bad(labelled: int) -> None:
    """A fifth of the rows: both bounds widen by just that."""
    cell = np.repeat([0, 1], [800, 200])
    number = np.arange(1000)
    gold = (number % 10 > 0).astype(float)
    known = (cell == 0) | (number < 800 + labelled)
    found = share(in_cells(row_arrays(only_at(gold, known)), cell))
    low, high = bounds(share(one_cell(row_arrays(only_at(gold, cell == 0)[:800], labels_read=True))))
    assert bounds(found) == pytest.approx((0.8 * low, 0.8 * high + 0.2))
    assert found.value == pytest.approx(0.1)
    assert "20% of the rows" in found.method


def test_a_cell_with_five_labels_speaks() -> None:
    cell = np.repeat([0, 1], [800, 200])
    gold = only_at((np.arange(1000) % 10 > 0).astype(float), np.arange(1000) < 805)
    design = in_cells(row_arrays(gold), cell)
    assert not silent_rows(design, design.arrays.kept).any()
    assert labelled_texts(design, design.arrays.kept).unlabelled == 0
    copies = row_arrays(gold, key=np.r_[design.arrays.key[:800], np.full(200, 7, dtype=np.uint64)])
    assert silent_rows(in_cells(copies, cell), copies.kept).sum() == 200  # five copies are one text


def test_a_cell_of_which_every_row_is_known_is_not_silent() -> None:
    cell = np.repeat([0, 1], [800, 3])
    gold = only_at((np.arange(803) % 10 > 0).astype(float), (np.arange(803) < 400) | (cell == 1))
    design = in_cells(row_arrays(gold), cell)
    assert not silent_rows(design, design.arrays.kept).any()


def test_no_label_is_no_bounds() -> None:
    found = share(one_cell(row_arrays(np.full(50, np.nan))))
    assert np.isnan(found.value) and (found.low, found.high, found.n, found.n_unscored) == (None, None, 0, 50)


def test_labels_that_are_read_have_bounds_for_every_look() -> None:
    gold = (np.arange(300) % 20 > 0).astype(float)
    once, looked = share(one_cell(row_arrays(gold))), share(one_cell(row_arrays(gold, labels_read=True)))
    assert bounds(looked)[1] > bounds(once)[1] and "every look" in looked.method and "exact" in once.method


def test_this_file_is_known_exactly_when_all_its_rows_are() -> None:
    gold = (np.arange(300) % 10 > 0).astype(float)
    found = share(one_cell(row_arrays(gold, labels_read=True)), FILE)
    assert (found.value, *bounds(found)) == pytest.approx((0.1, 0.1, 0.1)) and found.method.startswith("counted")
    process = share(one_cell(row_arrays(gold, labels_read=True)))
    assert bounds(process)[0] < 0.1 < bounds(process)[1]


def test_this_file_narrows_as_rows_become_known() -> None:
    gold = (np.arange(1000) % 10 > 0).astype(float)
    widths = []
    for n in (100, 400, 800, 950, 1000):
        low, high = bounds(share(one_cell(row_arrays(only_at(gold, np.arange(1000) < n))), FILE))
        assert low <= 0.1 + 1e-9 and high >= 0.1 - 1e-9
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True) and widths[-1] == pytest.approx(0)
    one, whole = (share(one_cell(row_arrays(only_at(gold, np.arange(1000) < 950))), o) for o in (FILE, PROCESS))
    assert widths[3] < 0.3 * (bounds(whole)[1] - bounds(whole)[0]) and one.value == pytest.approx(whole.value)


def test_this_file_with_one_source_labelled_more_covers() -> None:
    """Source 0 has 300 labels of 700 rows (5 % bad), source 1 40 of 300 (30 % bad), drawn uniformly within each."""
    missed, values = 0, []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        source = np.repeat([0, 1], [700, 300])
        gold = (rng.random(1000) >= np.where(source == 0, 0.05, 0.3)).astype(float)
        known = np.zeros(1000, dtype=bool)
        known[rng.choice(700, 300, replace=False)] = True
        known[700 + rng.choice(300, 40, replace=False)] = True
        found = share(in_cells(row_arrays(only_at(gold, known)), source), FILE)
        low, high = bounds(found)
        truth = float((1 - gold).mean())
        missed += not low <= truth <= high
        values.append(found.value - truth)
    assert missed <= 10  # 5 % of them, and room for chance
    assert abs(float(np.mean(values))) < 0.005


@pytest.mark.parametrize(
    ("alarms", "misses", "true"), [(0.0, 0.2, 0.1 / 0.8), (0.05, 0.0, 0.05 / 0.95), (0.05, 0.1, 0.05 / 0.85)]
)
def test_errors_of_gold_are_taken_out(alarms: float, misses: float, true: float) -> None:
    """Seen 10 %: q = α + (1 − α − β)·p."""
    design = one_cell(row_arrays((np.arange(400) % 10 > 0).astype(float)))
    plain, found = share(design), share(design, Options(label_error=(alarms, misses)))
    assert found.value == pytest.approx(true)
    expected = [max(0.0, (bound - alarms) / (1 - alarms - misses)) for bound in bounds(plain)]
    assert bounds(found) == pytest.approx(tuple(expected))
    assert f"{misses:.1%} of the bad ones good" in found.method


def test_errors_of_gold_stay_shares() -> None:
    """Seen 10 % and 90 %, where 15 of a hundred good rows would be called bad, and of bad ones good."""
    few, many = (one_cell(row_arrays((np.arange(100) >= bad).astype(float))) for bad in (10, 90))
    found = share(few, Options(label_error=(0.15, 0.15)))
    assert (found.value, found.low) == (0, 0) and bounds(found)[1] > 0
    found = share(many, Options(label_error=(0.15, 0.15)))
    assert (found.value, found.high) == (1, 1) and bounds(found)[0] < 1


@pytest.mark.parametrize("good", [1.0, 0.0])
def test_a_share_that_contradicts_the_supposed_error_is_undefined(good: float) -> None:
    """If a tenth of the good rows were called bad, some of two hundred would be."""
    design = one_cell(row_arrays(np.full(200, good)))
    found = share(design, Options(label_error=(0.1, 0.1)))
    assert np.isnan(found.value) and (found.low, found.high) == (None, None) and "contradicts" in found.method
    assert not np.isnan(share(design, Options(label_error=(0.001, 0.001))).value)


@pytest.mark.parametrize("options", [PROCESS, FILE], ids=["process", "file"])
@pytest.mark.parametrize("cells", ["one", "design"])
def test_a_further_bad_label_raises_the_share_and_both_bounds(options: Options, cells: str) -> None:
    last = (-1.0, -1.0, -1.0)
    for bad in range(0, 120, 6):
        gold = only_at((np.arange(600) >= bad).astype(float), np.arange(600) % 5 != 4)
        arrays = row_arrays(gold)
        found = share(one_cell(arrays) if cells == "one" else label_design(arrays), options)
        now = (found.value, *bounds(found))
        assert all(a >= b for a, b in zip(now, last, strict=True)) and now[0] > last[0]
        last = now


def test_repeated_labels_of_a_prompt_say_less() -> None:
    gold = np.repeat(np.arange(60) % 10 > 0, 10).astype(float)
    alike = share(one_cell(row_arrays(gold, prompt=np.repeat(np.arange(60), 10))))
    alone = share(one_cell(row_arrays(gold)))
    assert bounds(alike)[1] > bounds(alone)[1] + 0.03
    of_file = (
        share(one_cell(row_arrays(gold, prompt=p)), FILE) for p in (np.repeat(np.arange(60), 10), np.arange(600))
    )
    assert len({bounds(found) for found in of_file}) == 1  # of this very file, prompts are no clusters
