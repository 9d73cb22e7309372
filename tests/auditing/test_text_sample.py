from __future__ import annotations

import numpy as np

from openloop.auditing import text_sample
from openloop.auditing.text_sample import sample_of_texts
from openloop.embedding import hashed


def rows(prompts: int, each: int) -> list[tuple[str, str]]:
    return [(f"question {p}", f"answer {p} {k}") for p in range(prompts) for k in range(each)]


def test_all_rows_are_looked_at_where_there_is_room_and_their_order_does_not_matter() -> None:
    texts = rows(50, 3)
    sample = sample_of_texts("real.jsonl", texts, hashed(32))
    turned = sample_of_texts("real.jsonl", texts[::-1], hashed(32))
    assert len(sample) == 150
    assert sample.partial == ""
    assert sample.completions == turned.completions
    assert len(np.unique(sample.prompt)) == 50
    np.testing.assert_array_equal(sample.completion_vectors, turned.completion_vectors)


def test_of_many_rows_whole_prompts_are_drawn() -> None:
    each = 7
    sample = sample_of_texts("real.jsonl", rows(2_000, each), hashed(32))
    assert text_sample.MOST - each < len(sample) <= text_sample.MOST
    assert set(np.bincount(sample.prompt)) == {each}
    assert f"{len(sample):,} of 14,000 rows" in sample.partial


def test_one_prompt_with_too_many_rows_is_cut() -> None:
    sample = sample_of_texts("real.jsonl", rows(1, 12_000), hashed(32))
    assert len(sample) == text_sample.MOST


def test_rows_of_one_text_are_completions_each_by_itself() -> None:
    sample = sample_of_texts("real.jsonl", [("one", ""), ("two", ""), ("two", "")], hashed(32))
    assert not sample.has_prompts
    assert sorted(sample.completions) == ["one", "two", "two"]
    sample = sample_of_texts("real.jsonl", [("", "one"), ("", "two")], hashed(32))
    assert len(np.unique(sample.prompt)) == 2


def test_equal_prompts_are_embedded_once() -> None:
    class Counting:
        name = revision = "counting"
        seen = 0

        def embed(self, texts: list[str], /) -> np.ndarray:
            self.seen += len(texts)
            return np.ones((len(texts), 1), dtype=np.float32)

    embedder = Counting()
    sample = sample_of_texts("real.jsonl", rows(5, 4), embedder)
    assert sample.prompt_vectors.shape == (20, 1)
    assert sample.prompt_vectors is sample.prompt_vectors
    assert embedder.seen == 5
