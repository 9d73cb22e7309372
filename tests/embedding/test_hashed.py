from __future__ import annotations

import numpy as np
import pytest

from openloop.embedding import hashed
from openloop.errors import InputError

TEXTS = ["Add 3 and 4.", "What is three plus four?", "", "  \n", "数を足してください", "数を引いてください", "🙂" * 3]


def test_vectors_have_length_one_and_a_text_that_says_nothing_has_none() -> None:
    vectors = hashed(64).embed(TEXTS)
    assert vectors.shape == (len(TEXTS), 64)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 0, 1, 1, 1], atol=1e-6)


def test_a_vector_depends_on_its_text_alone() -> None:
    together = hashed().embed(TEXTS * 200)
    np.testing.assert_array_equal(together[: len(TEXTS)], together[-len(TEXTS) :])
    for text, vector in zip(TEXTS, together[: len(TEXTS)], strict=True):
        np.testing.assert_array_equal(hashed().embed([text])[0], vector)


def test_texts_that_share_words_are_nearer_than_others_in_languages_with_and_without_spaces() -> None:
    english = hashed().embed(["the cat sat on the mat", "a cat sat on a mat", "interest rates rose again"])
    japanese = hashed().embed(["数を足してください", "数を引いてください", "天気がいい"])
    for near, far in ((english @ english.T)[0, 1:], (japanese @ japanese.T)[0, 1:]):
        assert near > far + 0.2


def test_case_and_blanks_are_no_difference() -> None:
    a, b = hashed().embed(["The  Cat\nsat", "the cat sat"])
    np.testing.assert_array_equal(a, b)


def test_lone_surrogates_are_texts_too() -> None:
    assert np.isfinite(hashed().embed(["a\ud800b"])).all()


def test_no_texts_are_no_vectors() -> None:
    assert hashed(32).embed([]).shape == (0, 32)


@pytest.mark.parametrize("dims", [0, 15, 100_000, 64.0, True, "64"])
def test_other_widths_are_refused(dims: object) -> None:
    with pytest.raises(InputError, match="whole number from 16 to 65,536"):
        hashed(dims)  # type: ignore[arg-type]


def test_texts_of_one_character_beside_nothing_longer() -> None:
    vectors = hashed(64).embed(["7", "8", "7", ""])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0], atol=1e-6)
    np.testing.assert_array_equal(vectors[0], vectors[2])
