"""What a cell says about two responses."""

from __future__ import annotations

import math
from typing import Any

import pytest

from openloop.data.gold import Unreadable
from openloop.data.preference_cells import Names, read_preference, scale_of

NAMES = Names({"response_a", "gpt"}, {"response_b", "llama"})


@pytest.mark.parametrize(
    ("cells", "scale", "wins"),
    [
        (["A", "b", "[[A]]", "tie", "[[C]]", "", None], "names", [1, 0, 1, 0.5, 0.5, math.nan, math.nan]),
        (["response_a", "llama", "GPT", "Tie (bothbad)"], "names", [1, 0, 1, 0.5]),
        (["A>>B", "B>A", "A=B", "B>>A", "[[A>B]]"], "names", [1, 0, 0.5, 0, 1]),
        ([1, 2, 1.5, 0], "one to two", [1, 0, 0.5, 0.5]),
        ([1.2, 1.9], "one to two", [1, 0]),
        (["1", "2"], "one to two", [1, 0]),
        ([0, 1, 0.5], "share", [0, 1, 0.5]),
        ([True, False], "share", [1, 0]),
        ([-1, 3, 0], "margin", [0, 1, 0.5]),
    ],
)
def test_cells_of_a_column_are_read_by_their_range(cells: list[Any], scale: str, wins: list[float]) -> None:
    found = scale_of(cells, NAMES)
    assert found == scale
    assert [read_preference(cell, found, NAMES).win for cell in cells] == pytest.approx(wins, nan_ok=True)
    turned = [read_preference(cell, found, NAMES, turned=True).win for cell in cells]
    if scale != "names":
        assert turned == pytest.approx([1 - win for win in wins])


@pytest.mark.parametrize("cells", [["good", "A"], [1, 2, 3], [None, ""], [{"a": 1}], [0.5, 2]])
def test_what_says_nothing_of_two_responses_has_no_scale(cells: list[Any]) -> None:
    assert scale_of(cells, NAMES) is None


def test_a_cell_outside_the_range_of_its_column_is_refused() -> None:
    with pytest.raises(Unreadable):
        read_preference(3, "one to two", NAMES)
    with pytest.raises(Unreadable):
        read_preference(-1, "share", NAMES)


def test_a_name_stays_with_its_response_and_a_letter_with_its_place() -> None:
    assert read_preference("response_a", "names", NAMES).by_name
    assert not read_preference("A", "names", NAMES).by_name


def test_a_name_of_both_says_nothing() -> None:
    with pytest.raises(Unreadable):
        read_preference("gpt", "names", Names({"gpt"}, {"gpt"}))
