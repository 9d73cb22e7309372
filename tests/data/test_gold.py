"""What a cell says: classes, and numbers as people write them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from openloop.data.gold import Unreadable, number, two_class


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0.93", 0.93),
        (" -2 ", -2.0),
        ("4/5", 0.8),
        ("4.5 / 5", 0.9),
        ("85%", 0.85),
        ("12.5 %", 0.125),
        ("0,93", 0.93),
        ("-0,125", -0.125),
        ("12,5", 12.5),
        ("1e-3", 0.001),
        ("yes", 1.0),
        (True, 1.0),
    ],
)
def test_a_number_as_people_write_it(cell: Any, value: float) -> None:
    assert number(cell) == pytest.approx(value)


@pytest.mark.parametrize("cell", ["1,234", "1,2,3", "4/0", "five", "4/5/6", "%", "0,9,3", [1], {}])
def test_what_may_mean_two_things_is_no_number(cell: Any) -> None:
    with pytest.raises(Unreadable):
        number(cell)


@pytest.mark.parametrize("cell", [None, "", "n/a", math.nan, "inf"])
def test_nothing_is_no_score(cell: Any) -> None:
    assert math.isnan(number(cell))


@pytest.mark.parametrize("cell", ["4/5", "85%", "0,93", "1,0"])
def test_gold_is_never_read_from_a_share(cell: Any) -> None:
    with pytest.raises(Unreadable):
        two_class(cell)
