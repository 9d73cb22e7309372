"""Runs of three words, and the words that are a text's own."""

from __future__ import annotations

import numpy as np

from openloop.measures.duplicates import words_of
from openloop.measures.word_runs import most_texts, own_words, word_runs


def test_runs_are_equal_but_for_case_blanks_punctuation_and_masked_numbers() -> None:
    one, other = (word_runs(words_of(text)) for text in ('"What is  12 + 7?"', "what is 345 + 7 ?"))
    assert one.words == 5 and len(one.exact) == 3
    assert (one.exact == word_runs(words_of("What, is 12 + 7")).exact).all()
    assert (one.masked == other.masked[:3]).all() and (one.exact[2:] != other.exact[2:3]).all()
    # A name with a number in it is a name.
    assert word_runs(["w12", "is", "it"]).masked != word_runs(["w13", "is", "it"]).masked


def test_texts_of_fewer_than_three_words_have_no_runs() -> None:
    for words in ([], ["a"], ["a", "b"]):
        assert word_runs(words).words == len(words) and not len(word_runs(words).exact)


def test_own_words_are_those_that_no_common_run_covers() -> None:
    assert own_words(np.array([True, False, False, False]), 6).tolist() == [False] * 3 + [True] * 3
    assert own_words(np.zeros(0, dtype=bool), 2).all()


def test_a_run_is_common_in_more_than_five_texts_and_one_in_a_hundred() -> None:
    assert most_texts(10) == most_texts(500) == 5 and most_texts(10_000) == 100
