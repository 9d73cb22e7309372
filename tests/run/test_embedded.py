"""What `Run.embed` returns: an array, blocks, a column that selectors find; and what cannot stand together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop import models
from openloop.embedding import hashed
from openloop.errors import InputError
from openloop.records import Selection
from tests.support.rows import doubles


@dataclass(frozen=True)
class Towards:
    """Keeps the n rows whose vectors are nearest to that of a text."""

    text: str
    n: int

    def select(self, pool: Any) -> Selection:
        vectors = pool.column("vector")
        near = vectors @ hashed(vectors.shape[1]).embed([self.text])[0]
        keep = {pool.ids[place] for place in np.argsort(-near, kind="stable")[: self.n]}
        return Selection(tuple(i for i in pool.ids if i in keep), {i: "far" for i in pool.ids if i not in keep})


@dataclass(frozen=True)
class Blind:
    """Looks at no column."""

    def select(self, pool: Any) -> Selection:
        assert "vector" in pool.columns
        return Selection(tuple(pool.ids), {})


@pytest.fixture
def run(tmp_path: Path) -> openloop.Run:
    return openloop.Run(tmp_path / "run")


def test_selectors_find_it_as_a_column_and_choose_by_it(run: openloop.Run) -> None:
    pool = run.sample(models.simulated(error=0.3), doubles(50))
    vectors = run.embed(pool, "hashed-64")
    texts = {str(candidate.completion) for candidate in pool}
    for text in sorted(texts)[:3]:
        kept = run.select(pool, None, Towards(text, 1), columns={"vector": vectors})
        assert [candidate.completion for candidate in kept] == [text]
    assert len(run.select(pool, None, Towards("1", 2), columns={"vector": vectors.vectors})) == 2


def test_the_selection_is_named_by_the_model_of_its_vectors(run: openloop.Run) -> None:
    pool = run.sample(models.simulated(), doubles(5))
    one, same, other = (
        run.select(pool, None, Blind(), columns={"vector": run.embed(pool, embedder)}).stage
        for embedder in ("hashed-64", "hashed-64", "hashed-32")
    )
    assert one.fingerprint == same.fingerprint != other.fingerprint
    record = run.store.finished_stage(one.fingerprint).record
    assert record["columns"] == ["vector"] and len(record["vectors"]["vector"]) == 1


def test_pools_that_are_added_have_vectors_that_are_added(run: openloop.Run) -> None:
    first, second = (run.sample(models.simulated(error=0.5), doubles(5), seed=seed) for seed in (1, 2))
    both = run.embed(first, "hashed-64") + run.embed(second, "hashed-64")
    assert len(both) == len(both.vectors) == 10 and both.counts["dims"] == 64
    np.testing.assert_array_equal(both.vectors, run.embed(first + second, "hashed-64").vectors)
    run.select(first + second, None, Towards("1", 2), columns={"vector": both})
    for wrong in (first, second + first):
        with pytest.raises(InputError, match=r"columns\['vector'\] holds vectors of other rows"):
            run.select(wrong, None, Towards("1", 2), columns={"vector": both})


@pytest.mark.parametrize(
    ("embedder", "options", "said"),
    [
        ("hashed-32", {}, r"vectors of hashed-64 \(hashed-1-64\) and of hashed-32 \(hashed-1-32\) cannot stand"),
        ("hashed-64", {"of": "prompt"}, "vectors of completions and of prompts cannot"),
        ("hashed-64", {"precision": "float32"}, "vectors of float16 and of float32 cannot"),
    ],
)
def test_vectors_that_differ_in_kind_are_no_column(
    run: openloop.Run, embedder: str, options: dict[str, Any], said: str
) -> None:
    pool = run.sample(models.simulated(), doubles(5))
    with pytest.raises(InputError, match=said):
        run.embed(pool, "hashed-64") + run.embed(pool, embedder, **options)


def test_block_by_block_it_is_the_same(run: openloop.Run) -> None:
    embedded = run.embed([f"text {i}" for i in range(2100)], "hashed-16")
    blocks = list(embedded.blocks())
    assert [len(block) for block in blocks] == [1024, 1024, 52]
    np.testing.assert_array_equal(np.concatenate(blocks), embedded.vectors)
    np.testing.assert_array_equal(np.asarray(embedded), embedded.vectors)


def test_it_says_what_it_holds(run: openloop.Run) -> None:
    embedded = run.embed(["a b", "", "a b"], "hashed-16")
    said = "texts 3, embedded 2, empty 1, different 2, dims 16"
    assert repr(embedded) == f"Vectors of the texts by 'hashed-16': {said}"
    assert "different" in embedded._repr_html_()


def test_rows_of_a_file_by_either_side(run: openloop.Run, tmp_path: Path) -> None:
    rows = [{"prompt": "what is it?", "completion": "a stone"}, {"prompt": "and this?", "completion": None}]
    vectors = run.embed(rows, "hashed-64").vectors
    np.testing.assert_allclose(vectors[0], hashed(64).embed(["a stone"])[0], atol=1e-3)
    assert not vectors[1].any()
    assert run.embed(rows, "hashed-64", of="prompt").counts["embedded"] == 2
    with pytest.raises(InputError, match="the rows have no completion. Give of='prompt'"):
        run.embed([{"prompt": "alone"}], "hashed")


def test_no_texts_are_no_vectors(run: openloop.Run) -> None:
    assert run.embed([], "hashed-16").vectors.shape == (0, 0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"of": "answer"}, "of must be 'prompt' or 'completion', got 'answer'"),
        ({"precision": "int8"}, "precision must be 'float16' or 'float32', got 'int8'"),
        ({"embedder": 3}, "3 is nothing that makes vectors"),
    ],
)
def test_wrong_arguments_are_refused(run: openloop.Run, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        run.embed(["a"], **options)
