"""Columns without a role: strata where they hold few values, and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from openloop.auditing.other_columns import DISTINCT, LONGEST, NUMBERING, NUMBERS, STRATA, OtherColumns
from openloop.data.recognise import NamedColumns, recognise

BARE = ...
"""A row without the column."""


def made(n: int, **columns: Callable[[int], Any]) -> OtherColumns:
    """Rows with gold, and some columns that are a function of the row's number."""
    rows = []
    for i in range(n):
        more = {name: value(i) for name, value in columns.items()}
        own = {"prompt": f"q{i}", "completion": f"answer {i}", "gold_pass": i % 3 > 0}
        rows.append(own | {name: value for name, value in more.items() if value is not BARE})
    found = OtherColumns(recognise(rows, NamedColumns(gold="gold_pass"), "rows"))
    for row in rows:
        found.add(row)
    return found


def values(found: OtherColumns, column: str) -> list[str | None]:
    codes, names = found.strata()[column]
    return [None if code < 0 else names[code] for code in codes]


def test_columns_of_few_values_are_strata_in_the_order_of_their_names() -> None:
    found = made(6, topic=lambda i: ["law", "art", "law", "zoo", "art", "law"][i])
    assert values(found, "topic") == ["law", "art", "law", "zoo", "art", "law"]
    assert found.strata()["topic"][1] == ("art", "law", "zoo")
    assert set(found.strata()) == {"topic"}  # none of the columns that have a role


def test_numbers_and_flags_are_strata_too() -> None:
    found = made(6, level=lambda i: i % 3, hard=lambda i: i % 2 == 0, weight=lambda i: i % 2 / 2)
    assert values(found, "level") == ["0", "1", "2", "0", "1", "2"]
    assert values(found, "hard") == ["True", "False"] * 3
    assert values(found, "weight") == ["0.0", "0.5"] * 3


def test_a_column_may_begin_late_end_early_and_pause() -> None:
    late = made(8, topic=lambda i: "ab"[i % 2] if i >= 5 else BARE)
    assert values(late, "topic") == [None] * 5 + ["b", "a", "b"]
    early = made(8, topic=lambda i: "ab"[i % 2] if i < 3 else BARE)
    assert values(early, "topic") == ["a", "b", "a"] + [None] * 5
    pauses = made(8, topic=lambda i: "ab"[i % 2] if i in (0, 1, 6) else (BARE if i < 4 else None))
    assert values(pauses, "topic") == ["a", "b", None, None, None, None, "a", None]


def test_numbers_may_begin_late_end_early_and_pause() -> None:
    n = 3 * DISTINCT
    found = made(n, step=lambda i: i / 2 if n // 3 <= i < 2 * n // 3 + 5 and i != 30 else (BARE if i % 2 else None))
    expected = np.where((np.arange(n) >= n // 3) & (np.arange(n) < 2 * n // 3 + 5), np.arange(n) / 2, np.nan)
    expected[30] = np.nan
    assert np.array_equal(found.numbers()["step"], expected, equal_nan=True)


@pytest.mark.parametrize(("names", "held"), [(STRATA, True), (STRATA + 1, False)])
def test_a_column_of_too_many_values_does_not_split(names: int, held: bool) -> None:
    found = made(names + 200, user=lambda i: f"user {i % names}", topic=lambda i: "ab"[i % 2])
    assert ("user" in found.strata()) is held and "topic" in found.strata()


def test_a_column_of_too_many_values_stays_out() -> None:
    """It does not begin anew with the values that come after."""
    found = made(STRATA + 100, user=lambda i: f"user {i}" if i <= STRATA else "ab"[i % 2])
    assert "user" not in found.strata()


@pytest.mark.parametrize(
    "value",
    [lambda i: "x" * (LONGEST + 1) + "ab"[i % 2], lambda i: [i % 2], lambda i: {"a": i % 2}],
    ids=["long text", "list", "object"],
)
def test_what_names_no_stratum(value: Callable[[int], Any]) -> None:
    assert made(40, column=value).strata() == {}
    assert made(40, column=lambda i: "ab"[i % 2] if i < 30 else value(i)).strata() == {}  # nor does part of it
    assert set(made(40, column=lambda i: "x" * (LONGEST - 1) + "ab"[i % 2]).strata()) == {"column"}


def test_columns_that_number_rows_are_no_strata() -> None:
    assert made(40, **dict.fromkeys(NUMBERING, lambda i: i % 4)).strata() == {}


def test_columns_that_begin_like_golds_are_neither() -> None:
    found = made(90, gold_error=lambda i: "ab"[i % 2], gold_seconds=lambda i: i / 2, other_error=lambda i: "ab"[i % 2])
    assert set(found.strata()) == {"other_error"} and found.numbers() == {}


def test_a_column_of_one_value_splits_nothing() -> None:
    assert made(40, version=lambda i: "v1").strata() == {}


@pytest.mark.parametrize("nothing", [None, BARE])
def test_a_column_of_one_value_or_none_splits(nothing: Any) -> None:
    """A mark on some rows: ``flag: refused``."""
    found = made(40, flag=lambda i: "refused" if i % 4 == 0 else nothing)
    assert values(found, "flag") == ["refused", None, None, None] * 10


def test_numbers_of_many_values_are_kept() -> None:
    n = 2 * DISTINCT
    found = made(n, step=lambda i: i, seconds=lambda i: i / 7, level=lambda i: i % DISTINCT, hard=lambda i: i % 2 == 0)
    assert set(found.numbers()) == {"step", "seconds"}
    assert found.numbers()["seconds"].tolist() == [i / 7 for i in range(n)]


def test_a_column_that_holds_a_text_once_is_none_of_numbers() -> None:
    assert made(100, step=lambda i: "unknown" if i == 70 else i / 2).numbers() == {}


def test_at_most_twelve_columns_of_numbers_are_kept() -> None:
    found = made(60, **{f"n{k:02d}": (lambda i, k=k: i * (k + 1) / 2) for k in range(NUMBERS + 3)})
    assert sorted(found.numbers()) == [f"n{k:02d}" for k in range(NUMBERS)]


@pytest.mark.parametrize("idle", [lambda i: i % 3, lambda i: None, lambda i: None if i < 5 else "text"])
def test_columns_that_are_no_numbers_in_the_end_take_no_room(idle: Callable[[int], Any]) -> None:
    found = made(60, **{f"a{k:02d}": idle for k in range(NUMBERS)}, step=lambda i: i / 2)
    assert set(found.numbers()) == {"step"}


def test_the_order_of_rows_changes_nothing_but_the_order() -> None:
    columns = {"topic": lambda i: None if i % 5 == 0 else "cab"[i % 3], "step": lambda i: i / 2 if i % 4 else None}
    one = made(60, **columns)
    back = made(60, **{name: (lambda i, value=value: value(59 - i)) for name, value in columns.items()})
    assert values(one, "topic") == values(back, "topic")[::-1]
    assert np.array_equal(one.numbers()["step"], back.numbers()["step"][::-1], equal_nan=True)
