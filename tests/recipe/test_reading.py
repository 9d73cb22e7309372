"""Reading recipes: files that extend others, `--set`, the environment, and what is no recipe at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from openloop.errors import RecipeError
from openloop.recipe import read_recipe
from tests.support.recipes import LEAST
from tests.support.refusals import refused

Call = Callable[..., Any]


def written(path: Path, values: Any) -> Path:
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values, sort_keys=False))
    return path


def test_a_recipe_extends_another_key_by_key(tmp_path: Path) -> None:
    written(tmp_path / "base.yaml", LEAST | {"rounds": 5, "sampling": {"k": 4, "top_p": 0.5}})
    recipe = read_recipe(written(tmp_path / "mine.yaml", {"extends": "base.yaml", "rounds": 2, "sampling": {"k": 8}}))
    assert (recipe.rounds, recipe.sampling.k, recipe.sampling.top_p) == (2, 8, 0.5)


def test_extends_in_a_circle_or_of_nothing_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "a.yaml", {"extends": "b.yaml"})
    written(tmp_path / "b.yaml", {"extends": "a.yaml"})
    with pytest.raises(RecipeError, match=r"circular: a\.yaml → b\.yaml → a\.yaml"):
        read_recipe(tmp_path / "a.yaml")
    written(tmp_path / "c.yaml", {"extends": "bb.yaml"})
    with pytest.raises(RecipeError, match=r"bb\.yaml does not exist; did you mean 'b\.yaml'"):
        read_recipe(tmp_path / "c.yaml")


def test_settings_on_the_command_line_have_yaml_types(tmp_path: Path) -> None:
    path = written(tmp_path / "recipe.yaml", LEAST | {"sampling": {"k": 4}})
    settings = [
        "sampling.temperature=0.5",
        "fit.lr=1e-3",
        "seeds=[1, 2]",
        "name=it",
        "licence.real=MIT",
        "generator={}",
    ]
    recipe = read_recipe(path, settings)
    assert recipe.sampling.temperature == 0.5
    assert recipe.sampling.k == 4
    assert (recipe.seeds, recipe.name, recipe.licence) == ([1, 2], "it", {"real": "MIT"})
    assert recipe.generator is not None
    assert recipe.fit["lr"] == 0.001


@pytest.mark.parametrize("setting", ["rounds", "=3", "rounds=[1", " =", "sampling..k=3", ".=1", "sampling.=2"])
def test_a_setting_that_cannot_be_read_is_refused_by_name(tmp_path: Path, setting: str) -> None:
    path = written(tmp_path / "recipe.yaml", LEAST)
    with pytest.raises(RecipeError) as refused:
        read_recipe(path, [setting])
    assert setting in str(refused.value)


def test_the_environment_fills_in_values(tmp_path: Path) -> None:
    text = "model: ${M}\ntest: ${ROWS:-rows}.jsonl\nrounds: ${N:-4}\nseeds: ${SEEDS}\nname: a-${X:-}b\n"
    path = written(tmp_path / "recipe.yaml", text)
    recipe = read_recipe(path, environment={"M": "simulated", "SEEDS": "[3, 4]"})
    assert (recipe.model, recipe.test.path, recipe.rounds) == ("simulated", "rows.jsonl", 4)
    assert (recipe.seeds, recipe.name) == ([3, 4], "a-b")
    with pytest.raises(RecipeError, match=r"uses \$\{SEEDS\}, which is not set\..*\$\{SEEDS:-default\}"):
        read_recipe(path, environment={"M": "simulated"})
    with pytest.raises(RecipeError, match="SEEDS"):
        read_recipe(path, environment={"M": "simulated", "SEEDS": "[3"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "just words",
        "a: [1",
        "a: b: c",
        "? [a]\n: b\n",
        "1: 2\n",
        "model: simulated\ntest: a\nmodel: tiny\n",
    ],
)
def test_what_is_no_recipe_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecipeError):
        read_recipe(written(tmp_path / "recipe.yaml", text))


@pytest.mark.parametrize("verb", ["validate", "plan", "run"])
def test_a_recipe_that_is_not_there(openloop: Call, tmp_path: Path, verb: str) -> None:
    (tmp_path / "recipe.yaml").write_text("a: 1\n")
    refused(openloop(verb, tmp_path / "recpe.yaml"), "does not exist", "did you mean 'recipe.yaml'")
    refused(openloop(verb, tmp_path), "is a folder", "recipe.yaml")
    refused(openloop(verb, tmp_path / "no" / "recipe.yaml"), "does not exist")
    refused(openloop(verb, tmp_path / "recipe.yaml" / "x"), "cannot be read: Not a directory")


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"\x00\x01", b"a: &a [*a]\n", b"a: !!python/object:os.system {}\n"])
def test_a_recipe_that_is_no_text(openloop: Call, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "recipe.yaml").write_bytes(raw)
    refused(openloop("run", tmp_path / "recipe.yaml"), "recipe.yaml")
