"""Which strata of a selection forbid training on it as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.auditing.blockers import SHARE, TIMES, failing_strata
from openloop.auditing.label_design import label_design
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from tests.support.row_arrays import row_arrays, stratum


def fails(arrays: RowArrays, **options: float) -> dict[str, str]:
    """The failing stratum of each column."""
    found = failing_strata(label_design(arrays), arrays.kept, Options(**options))  # type: ignore[arg-type]
    return {one.split.column: one.name for one in found}


def with_rates(rates: dict[str, tuple[int, float]], **columns: object) -> RowArrays:
    """Rows of one column ``topic``: how many of each value, and the share of them that is bad, to the row."""
    names = sorted(rates)
    codes = np.repeat(np.arange(len(names)), [rates[name][0] for name in names])
    gold = np.concatenate([np.arange(n) >= round(n * bad) for n, bad in (rates[name] for name in names)])
    return row_arrays(gold, strata={"topic": stratum(codes, names)}, **columns)


def test_the_worst_stratum_of_each_column() -> None:
    arrays = with_rates({"bad": (300, 0.4), "good": (900, 0.02), "worst": (300, 0.6)})
    assert fails(arrays) == {"topic": "worst"}
    halves = arrays.strata["topic"][0] == 1
    two = row_arrays(arrays.gold, strata={**arrays.strata, "half": stratum(halves, ["a", "b"])})
    assert fails(two) == {"topic": "worst", "half": "a"}
    assert fails(with_rates({"bad": (300, 0.05), "good": (900, 0.02), "worst": (300, 0.03)})) == {}


def test_what_it_says_of_the_stratum() -> None:
    arrays = with_rates({"bad": (300, 0.4), "good": (900, 0.02)})
    (one,) = failing_strata(label_design(arrays), arrays.kept, Options())
    assert (one.name, one.share, one.bad.value) == ("bad", 0.25, pytest.approx(0.4))
    assert one.bad.low is not None and 0.1 < one.bad.low < 0.4 and one.bad.level > 0.95  # for all strata at once


@pytest.mark.parametrize(("rows", "found"), [(59, {}), (61, {"topic": "bad"})])
def test_a_stratum_of_less_than_a_twentieth_does_not(rows: int, found: dict[str, str]) -> None:
    assert SHARE == 0.05
    assert fails(with_rates({"bad": (rows, 0.9), "good": (1200 - rows, 0.02)})) == found


@pytest.mark.parametrize(("bad", "found"), [(0.148, {}), (0.152, {"topic": "bad"})])
def test_a_stratum_a_little_above_the_target_does_not(bad: float, found: dict[str, str]) -> None:
    """With so many rows both are surely above the target."""
    assert TIMES == 1.5
    assert fails(with_rates({"bad": (6000, bad), "good": (6000, 0.02)})) == found


def test_a_stratum_that_may_be_within_the_target_does_not() -> None:
    assert fails(with_rates({"bad": (60, 0.2), "good": (600, 0.02)})) == {}
    assert fails(with_rates({"bad": (600, 0.2), "good": (6000, 0.02)})) == {"topic": "bad"}


def test_the_target_is_the_users() -> None:
    arrays = with_rates({"bad": (600, 0.2), "good": (1200, 0.02)})
    assert fails(arrays, max_bad=0.1) == {"topic": "bad"} and fails(arrays, max_bad=0.15) == {}


def test_only_rows_of_the_selection_count() -> None:
    accept = np.r_[np.zeros(300), np.ones(900)]
    arrays = with_rates({"bad": (300, 0.6), "good": (900, 0.02)}, accept=accept)
    assert fails(arrays) == {}
    everything = failing_strata(label_design(arrays), np.ones(1200, dtype=bool), Options())
    assert [one.name for one in everything] == ["bad"]


def test_a_column_of_one_stratum_is_the_selection_itself() -> None:
    arrays = with_rates({"bad": (600, 0.6), "good": (600, 0.02)}, accept=np.repeat([1.0, 0.0], 600))
    halves = row_arrays(
        arrays.gold, accept=arrays.accept, strata={**arrays.strata, "half": stratum(np.arange(1200) % 2, ["a", "b"])}
    )
    assert fails(arrays) == {} and set(fails(halves)) == {"half"}


def test_idle_columns_fail_rarely() -> None:
    """Nine columns of three values that say nothing, at the target: 2.5 % of the files are stated."""
    failed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        columns = {f"c{i}": stratum(rng.integers(0, 3, 600)) for i in range(9)}
        failed += bool(fails(row_arrays(rng.random(600) >= 0.1, strata=columns)))
    assert failed <= 4  # one in 300 simulations has more
