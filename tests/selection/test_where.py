"""Rows are kept by what a column of theirs says."""

from __future__ import annotations

import pytest

from openloop import selection
from openloop.errors import InputError
from openloop.records import Candidate
from openloop.selection.pool_view import CandidatePool
from openloop.testing import check_selector

POOL = CandidatePool(
    [
        Candidate(
            f"c{i}", "p", f"q{i}", f"a{i}", model=f"m{i}", n_tokens=i or None, row={"topic": f"t{i}", "score": 1.0}
        )
        for i in range(2)
    ]
)


def test_it_keeps_the_contract() -> None:
    check_selector(selection.where(column="model", among=["some"]))


@pytest.mark.parametrize(
    ("column", "among", "kept"),
    [
        ("topic", "t1", ("c1",)),
        ("model", "m0", ("c0",)),
        ("prompt", "q1", ("c1",)),
        ("completion", "a0", ("c0",)),
        ("n_tokens", "1", ("c1",)),
        ("n_tokens", "None", ("c0",)),
        ("score", "1.0", ("c0", "c1")),
        ("index", "0", ("c0", "c1")),
    ],
)
def test_where_reads_columns_of_the_row_and_of_the_candidate(column: str, among: str, kept: tuple[str, ...]) -> None:
    chosen = selection.where(column=column, among=[among]).select(POOL)
    assert chosen.kept == kept and set(chosen.dropped.values()) <= {f"other_{column}"}


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no column 'topik'; did you mean 'topic'"):
        selection.where(column="topik", among=["x"]).select(POOL)
    with pytest.raises(InputError, match="list of at least one value"):
        selection.where(column="x", among=[])
