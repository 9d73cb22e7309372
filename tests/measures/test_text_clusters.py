from __future__ import annotations

import numpy as np
import pytest

from openloop.embedding import hashed
from openloop.errors import DataError
from openloop.measures.text_clusters import clusters, telling_words

TOPICS = {
    "invoice": "please send the invoice again, the {} payment for order {} failed at the bank",
    "garden": "which flowers and vegetables grow in a {} shady garden near the {} river in spring",
    "python": "write a python function that sorts a {} list of numbers and returns the {} largest",
}
FILL = ["old", "new", "red", "blue", "late", "early", "small", "large", "third", "fourth"]


def texts(rng: np.random.Generator, each: int) -> tuple[list[str], np.ndarray]:
    found = [TOPICS[topic].format(*rng.choice(FILL, 2)) for topic in TOPICS for _ in range(each)]
    return found, np.repeat(np.arange(len(TOPICS)), each)


def test_topics_are_found_and_named_by_their_words() -> None:
    said, topic = texts(np.random.default_rng(0), 40)
    codes = clusters(hashed().embed(said), 3, np.random.default_rng(1))
    assert len({(a, b) for a, b in zip(codes.tolist(), topic.tolist(), strict=True)}) == 3
    names = telling_words(said, codes)
    assert all("the" not in name.split(", ") for name in names)
    assert "python" in names[codes[-1]] or "function" in names[codes[-1]] or "largest" in names[codes[-1]]


def test_the_same_texts_give_the_same_clusters() -> None:
    said, _ = texts(np.random.default_rng(2), 20)
    vectors = hashed().embed(said)
    one, again = (clusters(vectors, 5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, again)


@pytest.mark.parametrize(("rows", "cells"), [(0, 5), (1, 5), (30, 1)])
def test_few_rows_or_cells_are_one_cluster(rows: int, cells: int) -> None:
    codes = clusters(np.ones((rows, 4), dtype=np.float32), cells, np.random.default_rng(0))
    assert codes.tolist() == [0] * rows


def test_identical_rows_are_one_cluster_and_zeros_are_no_fault() -> None:
    assert set(clusters(np.ones((200, 4), dtype=np.float32), 5, np.random.default_rng(0))) == {0}
    assert set(clusters(np.zeros((200, 4), dtype=np.float32), 5, np.random.default_rng(0))) == {0}
    with pytest.raises(DataError, match="one cell or more"):
        clusters(np.ones((2, 4), dtype=np.float32), 0, np.random.default_rng(0))


def test_words_that_every_cluster_has_name_none() -> None:
    assert telling_words(["what about that"] * 6, np.array([0, 0, 0, 1, 1, 1])) == ["", ""]
    assert telling_words([], np.zeros(0, dtype=np.int64)) == []


def test_japanese_texts_are_named_by_pairs_of_characters() -> None:
    said = ["東京の天気はどうですか、明日の天気も教えてください、お願いします。"] * 5
    said += ["請求書をもう一度送ってください、支払いがまだ確認できていません。"] * 5
    names = telling_words(said, np.repeat([0, 1], 5))
    assert "天気" in names[0]
    assert "天気" not in names[1]
