"""Selections chosen among many by some prompts and tested on the others: their printed bounds hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from openloop.auditing import held_out
from openloop.auditing.held_out import CHOOSING, TESTED
from openloop.auditing.label_design import label_design
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.selections import NamedSelection
from openloop.testing.decision_worlds import DecisionWorld
from tests.support.row_arrays import row_arrays

ERROR = 0.0125
ALIKE = DecisionWorld(prompts=300, strata=(0.1,) * 12)


def sets(arrays: RowArrays, error: float = ERROR, *, cuts: bool = True) -> list[NamedSelection]:
    design = label_design(arrays)
    return held_out.tested_selections(design, Options(), np.zeros(len(arrays), dtype=bool), error=error, cuts=cuts)


def drawn(world: DecisionWorld, seed: int = 0) -> RowArrays:
    return world.draw(np.random.default_rng([3, seed])).arrays


def test_strata_chosen_by_luck_keep_their_printed_bound() -> None:
    """Twelve strata at the same 10 %. By labels that chose them as well, the bound lies below that far more often."""
    below = chosen_by_the_same = 0
    for seed in range(150):
        arrays = drawn(ALIKE, seed)
        below += any(one.bad_after.high is not None and one.bad_after.high < 0.1 for one in sets(arrays))
        rates = np.array([(1 - arrays.gold)[arrays.strata["source"][0] == code].mean() for code in range(12)])
        best = arrays.take(np.isin(arrays.strata["source"][0], np.argsort(rates)[:4]))
        chosen_by_the_same += upper(best.gold) < 0.1
    assert below <= 6  # 1.25 % of them, and room for chance
    assert chosen_by_the_same > 15


def upper(gold: np.ndarray) -> float:  # type: ignore[type-arg]
    """The bound of a selection that had been named beforehand."""
    from scipy.stats import beta

    bad = int((1 - gold).sum())
    return float(beta.ppf(1 - ERROR, bad + 1, len(gold) - bad))


def test_chosen_without_the_gold_that_tests_them() -> None:
    arrays = drawn(ALIKE)
    chooses = held_out._choosing_rows(label_design(arrays))
    names = [one.name for one in sets(arrays)]
    assert len(names) == TESTED
    for gold in (np.zeros(300), np.random.default_rng(0).permutation(arrays.gold)):
        other = replace(arrays, gold=np.where(chooses, arrays.gold, gold))
        assert [one.name for one in sets(other)] == names
    flipped = replace(arrays, gold=np.where(chooses, 1 - arrays.gold, arrays.gold))
    assert [one.name for one in sets(flipped)] != names


def test_bounds_without_the_gold_that_chose_them() -> None:
    arrays = drawn(ALIKE)
    chooses = held_out._choosing_rows(label_design(arrays))
    for one in sets(arrays):
        others = (1 - arrays.gold)[one.keep & ~chooses]
        assert one.bad_after.value == pytest.approx(others.mean()) and one.bad_after.n == len(others)
        assert "had no part in choosing it" in one.bad_after.method and one.tested == 1 - CHOOSING


def test_a_quarter_of_the_prompts_chooses_with_all_their_rows() -> None:
    arrays = drawn(DecisionWorld(prompts=2000, rows=3, strata=(0.1, 0.1)))
    chooses = held_out._choosing_rows(label_design(arrays))
    each = np.bincount(arrays.prompt, weights=chooses) / np.bincount(arrays.prompt)
    assert set(each.tolist()) == {0.0, 1.0} and each.mean() == pytest.approx(CHOOSING, abs=0.03)
    order = np.random.default_rng(0).permutation(len(arrays))
    assert np.array_equal(held_out._choosing_rows(label_design(arrays.take(order))), chooses[order])


def test_prompts_of_many_texts_choose_as_often() -> None:
    """The least of many lots is small: taken as it is, every large prompt would choose."""
    prompt = np.r_[np.arange(1000), np.repeat(1000 + np.arange(200), 20)]
    chooses = held_out._choosing_rows(label_design(row_arrays(np.ones(len(prompt)), prompt=prompt)))
    assert chooses[1000::20].mean() == pytest.approx(CHOOSING, abs=0.1)


def test_good_strata_are_found() -> None:
    arrays = drawn(DecisionWorld(prompts=900, strata=(*(0.02,) * 8, *(0.5,) * 4)))
    found = [one for one in sets(arrays) if one.within(0.1)]
    assert found and max(one.kept for one in found) > 0.6 * len(arrays)
    largest = max(found, key=lambda one: one.kept)
    assert largest.name.startswith("all but source = ")
    assert (1 - arrays.gold)[largest.keep].mean() < 0.1
    assert not any(one.within(0.1) for one in sets(replace(arrays, gold=1 - arrays.gold)))


def test_cuts_are_among_them_only_where_they_make_sense() -> None:
    arrays = drawn(DecisionWorld(prompts=900, by_score=(0.55, 0.0)))
    assert any(one.name.startswith("rows with a score of at least") for one in sets(arrays))
    assert not sets(arrays, cuts=False)


def test_the_error_of_a_set_that_passed_is_handed_on() -> None:
    """Seven tenths of what is left go to each next set, and what one that passed had spent besides."""
    found = sets(drawn(DecisionWorld(prompts=2000, by_score=(0.4, 0.0)), 1))
    assert [one.within(0.1) for one in found] == [False, True, False, False]
    assert [(1 - one.level) / 2 / ERROR for one in found] == pytest.approx([0.7, 0.21, 0.063 + 0.21, 0.0189])


def test_without_one_that_passes_no_more_than_the_error_is_spent() -> None:
    failing = sets(drawn(ALIKE))
    assert len(failing) == TESTED and not any(one.within(0.1) for one in failing)
    assert sum((1 - one.level) / 2 for one in failing) <= ERROR


def test_without_labels_of_choosing_prompts_nothing_is_tested() -> None:
    arrays = drawn(ALIKE)
    chooses = held_out._choosing_rows(label_design(arrays))
    assert sets(replace(arrays, gold=np.where(chooses, np.nan, arrays.gold))) == []


def test_of_a_file_that_is_known_whole_all_rows_choose_and_count() -> None:
    arrays = drawn(DecisionWorld(prompts=900, strata=(*(0.02,) * 8, *(0.5,) * 4)))
    design, fit = label_design(arrays), np.zeros(900, dtype=bool)
    found = held_out.tested_selections(design, Options(target="file"), fit, error=ERROR)
    for one in found:
        counted = (1 - arrays.gold)[one.keep].mean()
        assert (one.bad_after.low, one.bad_after.value, one.bad_after.high) == pytest.approx((counted,) * 3)
    part = label_design(replace(arrays, gold=np.where(np.arange(900) == 0, np.nan, arrays.gold)))
    inferred = held_out.tested_selections(part, Options(target="file"), fit, error=ERROR)
    assert all("had no part" in one.bad_after.method and one.bad_after.n < one.kept for one in inferred)


def test_unfit_rows_are_in_none() -> None:
    arrays = drawn(DecisionWorld(prompts=900, strata=(*(0.02,) * 8, *(0.5,) * 4)))
    unfit = np.arange(900) % 10 == 0
    found = held_out.tested_selections(label_design(arrays), Options(), unfit, error=ERROR)
    assert found and not any((one.keep & unfit).any() for one in found)
