from __future__ import annotations

import numpy as np
import pytest

from openloop.embedding import hashed
from openloop.embedding.checks import checked, spread
from openloop.errors import ContractError


def test_sound_vectors_are_taken_as_they_are() -> None:
    vectors = hashed(32).embed(["a", "", "b c"])
    np.testing.assert_array_equal(checked(hashed(32), ["a", "", "b c"], vectors), vectors)


def test_lengths_may_be_off_by_what_half_precision_loses() -> None:
    near = np.array([[0.6, 0.8]]) * 1.005
    assert checked(hashed(32), ["a"], near).dtype == np.float32
    with pytest.raises(ContractError, match=r"'hashed-32' gave a vector of length 1.02 for 'a'"):
        checked(hashed(32), ["a"], near * 1.015)


def test_zeros_for_all_texts_that_say_something_are_refused_and_for_some_they_are_not() -> None:
    one = np.array([[1.0, 0.0], [0.0, 0.0]])
    checked(hashed(32), ["a", "b"], one)
    checked(hashed(32), ["", ""], 0 * one)
    with pytest.raises(ContractError, match="zeros for each of 2 texts"):
        checked(hashed(32), ["a", "b"], 0 * one)


def test_vectors_of_different_texts_are_spread_over_all() -> None:
    found = spread(["b", "a", "b"], np.array([[2.0], [1.0]], dtype=np.float32))
    assert found.tolist() == [[2.0], [1.0], [2.0]]
