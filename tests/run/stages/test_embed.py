"""Embed: vectors in the order of their texts, stored part by part, and models that break their contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import openloop
from openloop import models
from openloop.embedding import hashed
from openloop.errors import ContractError
from tests.support.rows import doubles

ASKED: list[list[str]] = []


@dataclass(frozen=True)
class Counted:
    """Notes what it is asked, and stops at the n-th part."""

    stop_at: int = 0
    name: str = "counted"
    revision: str = "1"

    def embed(self, texts: Sequence[str]) -> Any:
        ASKED.append(list(texts))
        if len(ASKED) == self.stop_at:
            raise KeyboardInterrupt
        return hashed(32).embed(texts)


@dataclass(frozen=True)
class Broken:
    """Returns what it is told to."""

    returns: Any = field(compare=False)
    name: str = "broken"
    revision: str = "1"

    def embed(self, texts: Sequence[str]) -> Any:
        return self.returns(texts)


@pytest.fixture(autouse=True)
def _nobody_asked_yet() -> None:
    ASKED.clear()


def test_vectors_stand_in_the_order_of_the_pool_in_fixed_size_lists(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(error=0.4), doubles(700), k=2)
    embedded = run.embed(pool, "hashed-64")
    wanted = hashed(64).embed([candidate.completion for candidate in pool])  # type: ignore[misc]
    np.testing.assert_allclose(embedded.vectors, wanted, atol=1e-3)
    files = sorted((tmp_path / "run" / "vectors").rglob("part-*.parquet"))
    assert len(files) == 2
    table = pq.read_table(files[0])
    assert table.schema.field("vector").type == pa.list_(pa.float16(), 64)
    assert table.column("id").to_pylist() == [candidate.id for candidate in pool][:1024]
    assert embedded.counts == {
        "texts": 1400,
        "embedded": 1400,
        "empty": 0,
        "different": embedded.counts["different"],
        "dims": 64,
    }


def test_prompts_instead_of_completions(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), doubles(5), k=3)
    vectors = run.embed(pool, "hashed-64", of="prompt").vectors
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert run.embed(pool, "hashed-64", of="prompt").counts["different"] == 5
    np.testing.assert_allclose(vectors[0], hashed(64).embed([next(iter(pool)).prompt])[0], atol=1e-3)  # type: ignore[list-item]


def test_single_precision_keeps_every_digit_and_half_precision_three(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    texts = [f"text number {i}" for i in range(50)]
    whole = hashed(64).embed(texts)
    np.testing.assert_array_equal(run.embed(texts, "hashed-64", precision="float32").vectors, whole)
    half = run.embed(texts, "hashed-64").vectors
    assert 0 < abs(half - whole).max() < 1e-3
    np.testing.assert_allclose(np.linalg.norm(half, axis=1), 1, atol=1e-6)


def test_a_stage_that_was_stopped_embeds_only_what_is_missing(tmp_path: Path) -> None:
    texts = [f"text {i}" for i in range(3000)]
    run = openloop.Run(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        run.embed(texts, Counted(stop_at=3))
    run.close()
    again = openloop.Run(tmp_path / "run").embed(texts, Counted())
    assert [len(part) for part in ASKED] == [1024, 1024, 952, 952]
    np.testing.assert_allclose(again.vectors, hashed(32).embed(texts), atol=1e-3)


def test_another_revision_is_another_stage(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    run.embed(["a", "b"], Counted())
    run.embed(["a", "b"], Counted())
    assert len(ASKED) == 1
    run.embed(["a", "b"], Counted(revision="2"))
    assert len(ASKED) == 2


def test_a_text_is_embedded_once_in_a_part(tmp_path: Path) -> None:
    vectors = openloop.Run(tmp_path / "run").embed(["a b", "c d", "a b", "  ", "a b"], Counted()).vectors
    assert ASKED == [["a b", "c d", "  "]]
    np.testing.assert_array_equal(vectors[0], vectors[4])
    assert not vectors[3].any()


def test_workers_make_the_same_vectors(tmp_path: Path) -> None:
    here, there = openloop.Run(tmp_path / "here"), openloop.Run(tmp_path / "there", workers=2)
    rows = [{"prompt": f"p{i}", "completion": f"word{i} and more"} for i in range(2500)]
    one, two = here.embed(rows, "hashed-64"), there.embed(rows, "hashed-64")
    np.testing.assert_array_equal(one.vectors, two.vectors)
    assert [stage.fingerprint for stage in one.stages] == [stage.fingerprint for stage in two.stages]
    there.close()


@pytest.mark.parametrize(
    ("returns", "said"),
    [
        (lambda texts: [[1.0, 0.0]] * len(texts), r"'broken' must return a numpy array of floats, .* got a list"),
        (lambda texts: np.ones((len(texts), 1), dtype=int), "got a int64 array"),
        (lambda texts: np.ones((len(texts) - 1, 1)), r"was given 3 texts and returned shape \[2, 1\]"),
        (lambda texts: np.ones(len(texts)), r"returned shape \[3\]"),
        (lambda texts: np.full((len(texts), 2), np.nan), "NaN or infinity for 'one' .3 of 3 texts"),
        (lambda texts: np.ones((len(texts), 4)), "a vector of length 2 for 'one'; .* Divide each by its length"),
        (lambda texts: np.zeros((len(texts), 4)), "gave zeros for each of 3 texts that say something"),
    ],
)
def test_what_breaks_the_contract_is_refused_and_nothing_is_stored(returns: Any, said: str, tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    with pytest.raises(ContractError, match=said):
        run.embed(["one", "two", "three"], Broken(returns))
    assert not list((tmp_path / "run").rglob("part-*.parquet"))


def test_other_widths_from_one_model_are_refused(tmp_path: Path) -> None:
    texts = [f"text {i}" for i in range(2000)]
    run = openloop.Run(tmp_path / "run")
    growing = Broken(lambda texts: np.eye(len(texts), len(texts)))
    with pytest.raises(ContractError, match="gave vectors of 976 and of 1,024 numbers"):
        run.embed(texts, growing)
    # The width of parts that are there already counts too.
    with pytest.raises(ContractError, match="gave vectors of 3 and of 1,024 numbers"):
        run.embed(texts, Broken(lambda texts: np.eye(len(texts), 3)))
