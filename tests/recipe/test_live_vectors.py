"""Vectors in a recipe: columns by name for the selectors of every arm, batch by batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop.errors import RecipeError
from openloop.recipe import Recipe, read_recipe
from openloop.recipe.execute import execute, plan_recipe
from openloop.recipe.validation import validate
from openloop.report.run_sections import vectors
from openloop.report.run_summary import run_summary
from openloop.run.store import Store
from openloop.testing import FaultyServer
from tests.support.recipes import write_recipe
from tests.support.user_files import write_code

NEAREST = """
    import numpy as np
    from dataclasses import dataclass
    from openloop.records import Selection

    @dataclass(frozen=True)
    class Nearest:
        \"\"\"Keeps the half of the pool that is nearest to its first row.\"\"\"
        column: str = "vector"

        def select(self, pool):
            vectors = pool.column(self.column)
            near = vectors @ vectors[0] if len(vectors) else np.zeros(0)
            keep = set(np.argsort(-near, kind="stable")[: (len(near) + 1) // 2].tolist())
            kept = tuple(i for place, i in enumerate(pool.ids) if place in keep)
            return Selection(kept, {i: "far" for place, i in enumerate(pool.ids) if place not in keep})
"""


def made(folder: Path, **changes: Any) -> Recipe:
    write_code(folder / "nearest.py", NEAREST)
    return read_recipe(write_recipe(folder, **changes))


def stages(directory: Path, kind: str) -> list[Any]:
    store = Store.read(directory)
    found = [store.finished_stage(name) for name in store.finished()]
    return [stage for stage in found if stage.kind == kind]


def _shown(directory: Path) -> list[Any]:
    summary = run_summary(Store.read(directory))
    assert summary is not None
    return list(vectors.blocks(summary))


def test_selectors_of_every_arm_find_the_columns_over_all_batches(tmp_path: Path) -> None:
    recipe = made(
        tmp_path,
        embed={"vector": {"use": "hashed", "dims": 32}, "asked": {"use": "hashed-64", "of": "prompt"}},
        select={"use": "nearest.py:Nearest"},
        arms={"near": {}, "by-prompt": {"select": {"use": "nearest.py:Nearest", "column": "asked"}}},
        seeds=[0],
        rounds=1,
        train_rows=100,
    )
    assert not execute(recipe, tmp_path / "run")
    chosen = stages(tmp_path / "run", "select")
    assert max(len(stage.record["pools"]) for stage in chosen) > 1, "the round must draw several batches"
    for stage in chosen:
        assert stage.record["columns"] == ["asked", "vector"]
        assert len(stage.record["vectors"]["vector"]) == len(stage.record["pools"])
        assert 0 < stage.result["kept"] < stage.result["generated"]
    kinds = {(stage.record["of"], stage.record["embedder"]["name"]) for stage in stages(tmp_path / "run", "embed")}
    assert kinds == {("completion", "hashed-32"), ("prompt", "hashed-64")}
    labels = {placed.label for placed in Store.read(tmp_path / "run").journal.steps() if placed.kind == "embed"}
    assert labels == {"vector", "asked"}
    texts = sum(stage.result["texts"] for stage in stages(tmp_path / "run", "embed") if stage.record["of"] == "prompt")
    shown = " ".join(str(line) for line in _shown(tmp_path / "run"))
    assert f"near: asked: {texts} prompts as vectors of 64 numbers by hashed-64" in shown
    again = plan_recipe(recipe, tmp_path / "run")
    assert {stage.status for stage in again.stages} == {"reused"}


def test_an_arm_changes_its_vectors(tmp_path: Path) -> None:
    recipe = made(tmp_path, embed="hashed-32", arms={"a": {}, "b": {"embed": {"vector": "hashed-64"}}})
    assert recipe.arm("a").embed == {"vector": "hashed-32"}
    assert recipe.arm("b").embed == {"vector": "hashed-64"}


def test_a_plan_counts_requests_and_money_of_paid_vectors(tmp_path: Path) -> None:
    paid = {"use": "endpoint", "url": "http://127.0.0.1:9/v1", "model": "vectors", "prices": {"input": 10}}
    recipe = made(tmp_path, embed=paid, seeds=[0], rounds=1, train_rows=None, arms={"one": {}}, select="everything")
    (planned,) = [stage for stage in plan_recipe(recipe, tmp_path / "run").stages if stage.kind == "embed"]
    assert (planned.requests, planned.paid, planned.model) == (4, True, "vectors")  # 60 prompts x 2, 32 to a request
    assert planned.money == pytest.approx(planned.tokens * 10 / 1e6) and planned.tokens >= 120


def test_paid_vectors_in_a_run_and_none_of_them_twice(tmp_path: Path) -> None:
    with FaultyServer() as server:
        paid = {"use": "endpoint", "url": server.url, "model": "vectors"}
        recipe = made(tmp_path, embed=paid, select={"use": "nearest.py:Nearest"}, seeds=[0], rounds=1, train_rows=None)
        assert not execute(recipe, tmp_path / "run")
        assert set(server.tries.values()) == {1}
        assert not execute(recipe, tmp_path / "run")
        assert set(server.tries.values()) == {1}


def test_a_budget_that_ends_vectors_ends_the_arm_with_a_sentence(tmp_path: Path) -> None:
    with FaultyServer() as server:
        paid = {"use": "endpoint", "url": server.url, "model": "vectors", "budget": {"requests": 1}, "batch": 8}
        recipe = made(tmp_path, embed=paid, seeds=[0], rounds=1, train_rows=None, arms={"one": {}}, select="everything")
        assert execute(recipe, tmp_path / "run")
    ((_, said),) = Store.read(tmp_path / "run").journal.chains().values()
    assert "vectors: budget: the next request could exceed it" in said and "No row was kept" in said


@pytest.mark.parametrize(
    ("embed", "said"),
    [
        ("word2vec", r"^embed\.vector: 'word2vec' is nothing that makes vectors"),
        ({"near": {"use": "hashed", "of": "answer"}}, r"^embed\.near\.of: prompt or completion, got 'answer'"),
        ({"near": {"use": "hashed", "precision": 8}}, r"^embed\.near\.precision: float16 or float32, got 8"),
        ({"near": {"use": "hashed", "width": 8}}, r"^embed\.near: 'hashed' has no option 'width'"),
        ({"near": {"of": "prompt"}}, r"^embed\.near: .* does not say what to use: add `use: NAME`"),
        ({"length": "hashed"}, "column 'length' exists already"),
        (["hashed"], r"^embed: Input should be a valid dictionary"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_spent(tmp_path: Path, embed: Any, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        validate(made(tmp_path, embed=embed))


def test_validate_names_the_vectors_and_shows_selectors_an_empty_column(tmp_path: Path) -> None:
    recipe = made(tmp_path, embed={"vector": "hashed"}, select={"use": "nearest.py:Nearest"})
    assert "embed.vector: completions by 'hashed-512'" in validate(recipe)["said"]
    with pytest.raises(RecipeError, match=r"select: no column 'vector' in this pool"):
        validate(made(tmp_path, select={"use": "nearest.py:Nearest"}))
