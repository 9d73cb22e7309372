from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.word_grams import coded_words, plain_words


def test_words_are_folded_and_lose_their_punctuation() -> None:
    assert plain_words('"Hello," she said: it\'s 3.5 — fine.') == ["hello", "she", "said", "it's", "3.5", "fine"]
    assert plain_words("") == []
    assert plain_words("... !!") == []


def test_without_blanks_characters_stand_for_words() -> None:
    text = "東京は日本の首都であり、世界でも有数の大都市です。人口は千四百万人を超えています。"
    assert plain_words(text)[:4] == ["東", "京", "は", "日"]
    assert "。" not in plain_words(text)


def test_runs_stay_within_a_completion_and_are_counted_by_prompt() -> None:
    words = coded_words(["a b c", "b c", "a b"], np.array([0, 0, 1]))
    grams = words.grams(2)
    # a b (prompts 0 and 1), b c (twice in prompt 0), and no c b over the end of a completion.
    assert sorted(zip(grams.prompt.tolist(), grams.count.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 1)]
    assert sorted(grams.in_prompts.tolist()) == [1, 2]
    assert grams.total == 4
    assert words.grams(4).total == 0


def test_nothing_at_all() -> None:
    grams = coded_words([], np.zeros(0, dtype=np.int64)).grams(1)
    assert (grams.total, grams.prompts) == (0, 0)
    with pytest.raises(DataError, match="got 1 for 2"):
        coded_words(["a", "b"], np.array([0]))
