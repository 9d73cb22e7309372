"""Rows in a notebook hold what numpy and databases give; they are read as the same rows in a file are."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pytest

import openloop
from openloop.data.plain_cells import plain_cell, plain_row

ROWS = [
    {"prompt": f"q{i // 2}", "completion": f"an answer, number {i}", "gold": i % 3 > 0, "score": i % 3 / 2}
    for i in range(90)
]


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (np.bool_(True), True),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.str_("a"), "a"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(2.5), 2.5),
        (decimal.Decimal("0.25"), 0.25),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        ((1, np.int8(2)), [1, 2]),
        ({"a": [np.float64(1)]}, {"a": [1.0]}),
    ],
)
def test_cells(given: Any, plain: Any) -> None:
    found = plain_cell(given)
    assert found == plain and type(found) is type(plain)


def test_a_plain_row_is_not_copied() -> None:
    assert plain_row(ROWS[0]) is ROWS[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda row: row | {"gold": np.bool_(row["gold"]), "score": np.float32(row["score"])},
        lambda row: row | {"score": decimal.Decimal(str(row["score"]))},
        lambda row: row | {"score": np.array([row["score"]] * 3)},
    ],
    ids=["numpy", "decimal", "array"],
)
def test_an_audit_reads_them_as_it_reads_a_file(make: Any) -> None:
    plain, found = openloop.audit(ROWS, accept_at=0.5), openloop.audit([make(row) for row in ROWS], accept_at=0.5)
    for name in ("verifier.phi", "verifier.psi", "verifier.auc"):
        assert found.estimate(name).value == plain.estimate(name).value
    assert str(found.decision) == str(plain.decision)
