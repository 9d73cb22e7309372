from __future__ import annotations

import numpy as np

from openloop.measures.word_features import WordFeatures


def names(*texts: str) -> dict[str, list[int]]:
    """Each feature with the texts that have it."""
    words = WordFeatures.of(texts)
    matrix = words.matrix(np.arange(len(words.kind)))
    return {words.name(u): np.flatnonzero(matrix[:, u]).tolist() for u in range(len(words.kind))}


def test_words_openings_and_endings() -> None:
    found = names("Sure! Here it is.", "Sure, here they are", "Not sure")
    assert found['starts with "Sure"'] == [0, 1]
    assert found['contains "Sure"'] == [0, 1, 2]
    assert found['ends with "it is"'] == [0]
    assert found['starts with "Not sure"'] == [2]


def test_a_feature_is_named_as_it_is_most_often_written() -> None:
    assert 'contains "Delve"' in names("Delve", "to Delve!", "delve")
    assert 'contains "delve"' in names("delve", "to delve", "Delve")


def test_words_with_digits_are_left_out() -> None:
    assert not any("4" in name for name in names("GPT-4 says 4", "4 it is"))


def test_short_words_count_at_either_end_only() -> None:
    found = names("It is as an AI", "It is ++ so + 1", "是")
    assert found['starts with "It is"'] == [0, 1]
    assert not {'contains "+"', 'contains "is"', 'contains "as"', 'contains "an"'} & set(found)
    assert {'contains "AI"', 'contains "++"', 'contains "是"'} <= set(found)


def test_tags_are_words() -> None:
    assert names("done.<|im_end|>", "x")['contains "<|im_end|>"'] == [0]


def test_scripts_without_blanks_have_pairs_of_characters() -> None:
    found = names("好的，这是一个例子", "好的。")
    assert found['starts with "好的"'] == [0, 1]
    assert found['contains "例子"'] == [0]
    assert found['ends with "一个例子"'] == [0]


def test_texts_that_say_nothing_have_nothing() -> None:
    words = WordFeatures.of(["", " \n", "4 5"])
    assert not words.counts(np.ones(3, dtype=bool)).any()
    assert words.matrix([]).shape == (3, 0)
    assert WordFeatures.of([]).matrix([]).shape == (0, 0)


def test_the_order_of_the_texts_does_not_matter() -> None:
    texts = ["Sure, b c", "sure c d", "d e", "SURE f"]
    one, other = WordFeatures.of(texts), WordFeatures.of(texts[::-1])
    best = [words.ordered(words.counts(np.ones(4, dtype=bool)), 3) for words in (one, other)]
    assert [one.name(u) for u in best[0]] == [other.name(u) for u in best[1]]
    assert one.name(int(best[0][0])) == 'contains "sure"'


def test_ordered_takes_the_highest_of_many() -> None:
    words = WordFeatures.of([" ".join(f"word{chr(97 + i)}{chr(97 + j)}" for i in range(26) for j in range(26))])
    value = np.arange(len(words.kind), dtype=float)
    assert sorted(words.ordered(value, 5)) == list(range(len(value) - 5, len(value)))
    assert len(words.ordered(np.zeros(len(value)), 5)) == 0


def test_half_a_surrogate_pair_is_a_word() -> None:
    assert 'starts with "\ud83d"' in names("\ud83d text")
