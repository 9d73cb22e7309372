"""Recipes: what they may say, and how each mistake is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from openloop.errors import RecipeError
from openloop.recipe import Recipe, parse_recipe, read_recipe
from openloop.recipe.parts import Parts
from openloop.recipe.validation import validate

ROOT = Path(__file__).parent.parent
BASE: dict[str, Any] = {"model": "simulated", "test": "rows.jsonl"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"round": 3}, "round: no such key; did you mean 'rounds'?"),
        ({"sampling": {"temprature": 1}}, "sampling.temprature: no such key; did you mean 'temperature'?"),
        ({"arms": {"a": {"samplng": {}}}}, "arms.a.samplng: no key of an arm; did you mean 'sampling'?"),
        ({"arms": {"a": {"seeds": [1]}}}, "arms.a.seeds: no key of an arm; the same for all arms"),
        (
            {"arms": {"a": {"sampling": {"k": 0}}}},
            "arms.a.sampling.k: Input should be greater than or equal to 1",
        ),
        ({"rounds": "three"}, "rounds: Input should be a valid integer"),
        ({"rounds": 0}, "rounds: Input should be greater than or equal to 1"),
        ({"seeds": [1, 1]}, "seeds: Value error, seeds must differ"),
        ({"seeds": []}, "seeds: "),
        ({"mix": "blend"}, "mix: Input should be 'replace' or 'accumulate', got 'blend'"),
        ({"test": {"file": "x"}}, "test.file: no such key; allowed: "),
        ({"arms": {}}, "arms: "),
        ({"keep_models": "some"}, "keep_models: "),
        ({"unscored": {"max_share": 2}}, "unscored.max_share: "),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(BASE | change)
    assert message in str(caught.value)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(RecipeError, match="model: must be given"):
        parse_recipe({"test": "rows.jsonl"})


def written(folder: Path, name: str, values: dict[str, Any] | str) -> Path:
    path = folder / name
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values))
    return path


def test_extends_lays_one_recipe_over_another(tmp_path: Path) -> None:
    written(tmp_path, "base.yaml", BASE | {"rounds": 2, "sampling": {"k": 4, "temperature": 0.5}})
    path = written(tmp_path, "mine.yaml", {"extends": "base.yaml", "sampling": {"k": 8}})
    recipe = read_recipe(path)
    assert (recipe.rounds, recipe.sampling.k, recipe.sampling.temperature) == (2, 8, 0.5)


def test_extends_may_not_go_in_a_circle_or_nowhere(tmp_path: Path) -> None:
    written(tmp_path, "a.yaml", {"extends": "b.yaml"})
    written(tmp_path, "b.yaml", {"extends": "a.yaml"})
    with pytest.raises(RecipeError, match="circle: a.yaml → b.yaml → a.yaml"):
        read_recipe(tmp_path / "a.yaml")
    with pytest.raises(RecipeError, match=r"c\.yaml does not exist"):
        read_recipe(written(tmp_path, "d.yaml", {"extends": "c.yaml"}))


def test_settings_change_one_value(tmp_path: Path) -> None:
    path = written(tmp_path, "r.yaml", BASE | {"sampling": {"k": 4}})
    recipe = read_recipe(path, ["sampling.k=8", "seeds=[3, 4]", "fit.lr=1e-3", "name=other"])
    assert (recipe.sampling.k, recipe.seeds, recipe.name) == (8, [3, 4], "other")
    assert recipe.fit["lr"] == 0.001  # which plain YAML 1.1 would read as a text
    for bad in ("sampling.k", "=3", "a=[1"):
        with pytest.raises(RecipeError, match="--set"):
            read_recipe(path, [bad])
    with pytest.raises(RecipeError, match="sampling.q: no such key"):
        read_recipe(path, ["sampling.q=8"])


def test_the_environment_fills_in_texts(tmp_path: Path) -> None:
    text = "model: simulated\ntest: ${DIR}/rows.jsonl\nrounds: ${ROUNDS:-4}  # not ${THIS}\n"
    path = written(tmp_path, "r.yaml", text)
    recipe = read_recipe(path, environment={"DIR": "data: [}"})
    assert (recipe.test.path, recipe.rounds) == ("data: [}/rows.jsonl", 4)
    with pytest.raises(RecipeError, match=r"uses \$\{DIR\}, which is not set"):
        read_recipe(path, environment={})


@pytest.mark.parametrize(
    ("text", "message"),
    [("- a\n- b", "must hold `key: value` lines, got list"), ("a: [1", "is no YAML"), ("", "got NoneType")],
)
def test_what_is_no_recipe_is_said(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        read_recipe(written(tmp_path, "r.yaml", text))
    with pytest.raises(RecipeError, match="is a folder; name the recipe file"):
        read_recipe(tmp_path)


def test_an_arm_replaces_signals_and_selection_and_merges_the_rest() -> None:
    values = BASE | {
        "signals": {"a": "exact"},
        "select": "everything",
        "sampling": {"k": 4, "temperature": 0.5},
        "arms": {
            "x": {"signals": "likelihood", "select": {"use": "top", "rate": 0.5}, "sampling": {"k": 2}},
            "y": None,
        },
    }
    recipe = parse_recipe(values)
    x, y = recipe.arm("x"), recipe.arm("y")
    assert (list(x.signals), x.sampling.k, x.sampling.temperature) == (["likelihood"], 2, 0.5)
    assert (list(y.signals), y.select, y.sampling.k) == (["a"], ["everything"], 4)
    with pytest.raises(RecipeError, match="did you mean"):
        recipe.with_arms(["xx"])


def parts(tmp_path: Path, **changes: Any) -> Parts:
    recipe = parse_recipe(BASE | changes, base=tmp_path)
    return Parts(recipe, recipe.arm("loop"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("exakt", "did you mean 'exact'"),
        ({"use": "exact", "colum": "a"}, "'exact' has no option 'colum': did you mean 'column'"),
        ({"column": "a"}, "does not say what to use"),
        ("mine.py:check", "mine.py does not exist"),
        ("here.py:chekc", "here.py has no 'chekc': did you mean 'check'"),
        ("here.py:number", "is no signal, but int"),
        ("broken.py:check", "cannot be imported: NameError"),
        ({"use": "here.py:ready", "option": 1}, "ready-made and takes no options"),
        ("nowhere.at.all:check", "names nothing that openloop ships"),
    ],
)
def test_a_piece_that_cannot_be_found_or_made_is_named(tmp_path: Path, spec: Any, message: str) -> None:
    check = "from openloop import signal\nnumber = 3\n\ndef check(c): return True\n\nready = signal(check)\n"
    (tmp_path / "here.py").write_text(check)
    (tmp_path / "broken.py").write_text("check = undefined\n")
    with pytest.raises(RecipeError, match=message):
        _ = parts(tmp_path, signals={"s": spec}).signals


def test_two_recipes_may_have_files_of_the_same_names(tmp_path: Path) -> None:
    for folder, value in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helper.py").write_text(f"rows = [{{'prompt': '{value}', 'completion': 'x'}}]\n")
        (tmp_path / folder / "task.py").write_text("import helper\n\ndef real(): return helper.rows\n")
    prompts = [
        parts(tmp_path / f, real={"call": "task.py:real"}).real.load().rows[0]["prompt"]
        for f in ("one", "two")
    ]
    assert prompts == ["1", "2"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/**/recipe*.yaml")), ids=lambda p: p.parent.name)
def test_every_checked_in_recipe_is_valid(path: Path) -> None:
    assert validate(read_recipe(path).with_arms(["all"]))["work"]["trainings"] > 0


def test_options_of_fit_are_checked_before_hours_are_spent(recipe: Callable[..., Path]) -> None:
    tiny = {"use": "tiny", "alphabet": "0123456789+="}
    for fit, message in (
        ({"stps": 3, "lr": 1}, "fit.stps: .* did you mean 'steps'"),
        ({"steps": 3}, "must give 'lr'"),
    ):
        made: Recipe = read_recipe(recipe(model=tiny, fit=fit, arms={"closed": {}}))
        with pytest.raises(RecipeError, match=message):
            validate(made)
