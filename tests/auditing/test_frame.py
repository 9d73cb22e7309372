"""The rows that labels are drawn from: masked, named, written and read back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from openloop.auditing.frame import Frame, listed
from openloop.auditing.row_arrays import RowArrays
from openloop.auditing.strata import selecting_splits
from tests.support.row_arrays import row_arrays, stratum

NAMES = tuple(f"s{i:02d}" for i in range(6))


def file_of(*, lower: bool = False) -> RowArrays:
    """600 rows of six sources, the score rising with the row, kept from .5 on."""
    score = np.arange(600) / 600
    return row_arrays(
        np.arange(600) // 6 % 2,
        score=-score if lower else score,
        accept=(score >= 0.5).astype(float),
        lower_is_better=lower,
        two_class=False,
        strata={"source": stratum(np.arange(600) % 6, NAMES)},
    )


FRAMES = [
    Frame(),
    Frame(kept=False),
    Frame(column="source", among=("s00", "s03")),
    Frame(kept=False, column="source", among=("a, b", "ü", "1")),
    Frame(at=0.1 + 0.2),
    Frame(at=0.0),
    Frame(at=-2.5, column="source", among=NAMES),
]


@pytest.mark.parametrize("frame", FRAMES)
def test_read_back_as_written(frame: Frame) -> None:
    again = Frame.of(json.loads(json.dumps(frame.to_json())))
    assert again == frame
    arrays = file_of()
    splits = selecting_splits(arrays)
    assert again is not None and np.array_equal(again.mask(arrays, splits), frame.mask(arrays, splits))


@pytest.mark.parametrize("held", [None, 3, "kept", [], {}, {"kept": True, "column": "", "among": []}])
def test_anything_else_is_no_frame(held: object) -> None:
    assert Frame.of(held) is None


@pytest.mark.parametrize(("among", "at"), [(None, None), (3, None), ([], "half")])
def test_values_of_another_kind_are_no_frame(among: object, at: object) -> None:
    assert Frame.of({"kept": True, "column": "source", "among": among, "at": at}) is None


def test_what_it_keeps() -> None:
    arrays = file_of()
    splits = selecting_splits(arrays)
    row = np.arange(600)
    assert np.array_equal(Frame().mask(arrays, splits), row >= 300)
    assert np.array_equal(Frame(kept=False).mask(arrays, splits), row < 300)
    of_two = Frame(column="source", among=("s00", "s03")).mask(arrays, splits)
    assert np.array_equal(of_two, (row >= 300) & (row % 3 == 0))
    assert np.array_equal(Frame(at=0.75).mask(arrays, splits), row >= 450)
    assert np.array_equal(Frame(column="no such column", among=("x",)).mask(arrays, splits), row >= 300)


def test_its_name() -> None:
    arrays = file_of()
    assert Frame().name(arrays) == "kept rows"
    assert Frame(kept=False).name(arrays) == "rows that the verdict does not keep"
    assert Frame(column="source", among=("s00", "s03")).name(arrays) == "kept rows where source is s00 or s03"
    assert Frame(at=0.75).name(arrays) == "kept rows with a score of at least 0.75"
    assert Frame(at=-0.25).name(file_of(lower=True)) == "kept rows with a score of at most 0.25"
    assert Frame().name(row_arrays(np.ones(3))) == "rows"


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, ""),
        (1, "s00"),
        (2, "s00 or s01"),
        (4, "s00 or s01 or s02 or s03"),
        (5, "s00, s01, s02 or one of 2 others"),
        (6, "s00, s01, s02 or one of 3 others"),
    ],
)
def test_many_names_are_cut(n: int, said: str) -> None:
    assert listed(NAMES[:n]) == said


def test_thousands_of_names_are_cut() -> None:
    assert listed([f"t{i}" for i in range(1503)]) == "t0, t1, t2 or one of 1,500 others"
