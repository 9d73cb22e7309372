"""A sample that is spread over a file of unknown length."""

from __future__ import annotations

import pytest

from openloop.data.recognise import NamedColumns, column_uses, recognise
from openloop.data.spread_sample import SpreadSample


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 16, 17, 100, 1000])
@pytest.mark.parametrize("block", [1, 3, 8, 1000])
def test_every_one_or_every_second_fourth_eighth_row(n: int, block: int) -> None:
    sample = SpreadSample(most=8)
    rows = [{"i": i} for i in range(n)]
    for start in range(0, n, block):
        sample.add(rows[start : start + block])
    assert sample.rows == rows[:: sample.stride] and len(sample.rows) <= 8
    assert sample.partial == (n > 8)


def test_a_column_that_changes_late_is_not_called_constant() -> None:
    rows = [{"prompt": f"q{i}", "response": f"a {i}", "kind": "a" if i < 6000 else "b"} for i in range(12_000)]
    roles = recognise(rows[:2000], NamedColumns(), "file", guess=True)
    sample = SpreadSample()
    sample.add(rows)
    late, early = (
        {use.column: use for use in column_uses(roles, held, partial=True)}["kind"]
        for held in (sample.rows, rows[:2000])
    )
    assert late.role == "stratum" and early.why == "the same in every row looked at"
