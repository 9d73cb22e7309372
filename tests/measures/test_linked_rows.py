from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.linked_rows import linked


def test_rows_of_one_code_are_linked_through_others() -> None:
    prompt = np.array([0, 0, 1, 2, 3])
    text = np.array([7, 8, 8, 9, 10])
    np.testing.assert_array_equal(linked(prompt, text), [0, 0, 0, 1, 2])


def test_a_negative_code_links_nothing() -> None:
    np.testing.assert_array_equal(linked(np.array([-1, 4, -1, 4])), [0, 1, 2, 1])


def test_groups_follow_the_rows() -> None:
    codes = np.random.default_rng(0).integers(0, 30, 200)
    order = np.random.default_rng(1).permutation(200)
    one, other = linked(codes), linked(codes[order])
    assert len(np.unique(one)) == len(np.unique(codes))
    np.testing.assert_array_equal(one[order][:, None] == one[order], other[:, None] == other)


def test_no_rows() -> None:
    assert linked(np.zeros(0, dtype=np.int64)).shape == (0,)
    assert linked().shape == (0,)


def test_codings_of_different_lengths_are_refused() -> None:
    with pytest.raises(DataError, match="one length"):
        linked(np.zeros(3, dtype=np.int64), np.zeros(2, dtype=np.int64))
