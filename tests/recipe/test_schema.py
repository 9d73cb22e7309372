"""A recipe says what is wrong with it, where, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from openloop.errors import InputError, RecipeError
from openloop.recipe import Recipe, parse_recipe, read_recipe
from openloop.recipe.parts import Parts
from openloop.recipe.validation import validate

ROOT = Path(__file__).parents[2]
LEAST: dict[str, Any] = {"model": "simulated", "real": "rows.jsonl", "test": "rows.jsonl"}


def refusal(**changes: Any) -> str:
    with pytest.raises(RecipeError) as refused:
        parse_recipe(LEAST | changes)
    return str(refused.value)


def written(path: Path, values: Any) -> Path:
    path.write_text(values if isinstance(values, str) else yaml.safe_dump(values, sort_keys=False))
    return path


@pytest.mark.parametrize(
    ("changes", "place", "hint"),
    [
        ({"ronds": 3}, "ronds", "'rounds'"),
        ({"sampling": {"temprature": 1}}, "sampling.temprature", "'temperature'"),
        ({"real": {"pth": "a"}}, "real.pth", "'path'"),
        ({"generator": {"fitt": {}}}, "generator.fitt", "'fit'"),
        ({"unscored": {"maxshare": 1}}, "unscored.maxshare", "'max_share'"),
        ({"arms": {"a": {"trainrows": 3}}}, "arms.a.trainrows", "'train_rows'"),
        ({"arms": {"a": {"sampling": {"K": 3}}}}, "arms.a.sampling.K", "k"),
        ({"optional_arms": {"a": {"mixx": "replace"}}}, "arms.a.mixx", "'mix'"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_valid_one(changes: dict[str, Any], place: str, hint: str) -> None:
    said = refusal(**changes)
    assert said.startswith(place + ":")
    assert hint in said


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"rounds": "many"}, "rounds"),
        ({"rounds": 0}, "rounds"),
        ({"seeds": 3}, "seeds"),
        ({"seeds": []}, "seeds"),
        ({"sampling": 3}, "sampling"),
        ({"sampling": {"temperature": "hot"}}, "sampling.temperature"),
        ({"signals": ["exact"]}, "signals"),
        ({"mix": "stir"}, "mix"),
        ({"model": 7}, "model"),
        ({"arms": ["a"]}, "arms"),
        ({"arms": {}}, "arms"),
        ({"arms": {"a": 3}}, "arms.a"),
        ({"arms": {"a": {"mix": "stir"}}}, "arms.a.mix"),
        ({"real": 3}, "real"),
        ({"name": "../up"}, "name"),
        ({"name": ""}, "name"),
        ({"seeds": [2**63]}, "seeds.0"),
        ({"sampling": {"temperature": float("inf")}}, "sampling.temperature"),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_what_was_given(changes: dict[str, Any], place: str) -> None:
    said = refusal(**changes)
    assert said.startswith(place + ":")
    assert "got" in said


def test_a_missing_key_is_named() -> None:
    with pytest.raises(RecipeError, match="model: must be given; or `sampler` alone"):
        parse_recipe({})


def test_repeated_seeds_are_refused() -> None:
    assert "seeds must differ" in refusal(seeds=[1, 2, 1])


def test_an_arm_cannot_change_what_holds_for_the_whole_run() -> None:
    assert refusal(arms={"a": {"seeds": [1]}}) == "arms.a.seeds: no key of an arm; the same for all arms."


def test_arms_inherit_and_may_replace_signals_and_selection() -> None:
    recipe = parse_recipe(
        LEAST
        | {
            "signals": {"one": "exact", "two": "simulated"},
            "select": {"use": "threshold", "signal": "one", "accept": True},
            "sampling": {"k": 4, "temperature": 0.7},
            "arms": {
                "same": None,
                "other": {"signals": {"three": "exact"}, "select": "everything"},
                "cool": {"sampling": {"temperature": 0.1}},
            },
        }
    )
    assert list(recipe.arm("same").signals) == ["one", "two"]
    assert recipe.arm("same").select == [{"use": "threshold", "signal": "one", "accept": True}]
    assert recipe.arm("other").signals == {"three": "exact"}
    assert recipe.arm("other").select == ["everything"]
    assert (recipe.arm("cool").sampling.k, recipe.arm("cool").sampling.temperature) == (4, 0.1)


def test_optional_arms_run_when_asked_for() -> None:
    recipe = parse_recipe(LEAST | {"arms": {"a": {}}, "optional_arms": {"b": {}}})
    assert list(recipe.with_arms(None).arms) == ["a"]
    assert list(recipe.with_arms(["b"]).arms) == ["b"]
    assert list(recipe.with_arms(["all"]).arms) == ["a", "b"]
    with pytest.raises(RecipeError, match="arm 'c'"):
        recipe.with_arms(["c"])


def test_a_recipe_extends_another_key_by_key(tmp_path: Path) -> None:
    written(tmp_path / "base.yaml", LEAST | {"rounds": 5, "sampling": {"k": 4, "top_p": 0.5}})
    recipe = read_recipe(written(tmp_path / "mine.yaml", {"extends": "base.yaml", "rounds": 2, "sampling": {"k": 8}}))
    assert (recipe.rounds, recipe.sampling.k, recipe.sampling.top_p) == (2, 8, 0.5)


def test_extends_in_a_circle_or_of_nothing_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "a.yaml", {"extends": "b.yaml"})
    written(tmp_path / "b.yaml", {"extends": "a.yaml"})
    with pytest.raises(RecipeError, match=r"circle: a\.yaml → b\.yaml → a\.yaml"):
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


TASK = """
from openloop import signal

@signal(accepts=[("2", "2")], rejects=[("2", "3")])
def same(candidate):
    return candidate.prompt == candidate.completion

number = 3

def make(bias: float = 0.0):
    return same

def needs(bias):
    return same

def rows():
    return [{"prompt": "1+1=", "answer": "2"}]

def broken_rows():
    raise KeyError("no such table")

def no_rows():
    return 3
"""


@pytest.fixture
def referring(tmp_path: Path) -> Callable[..., Recipe]:
    """A recipe beside a task.py, with its parts made."""
    (tmp_path / "task.py").write_text(TASK)
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    (tmp_path / "rows.jsonl").write_text('{"prompt": "1+1=", "answer": "2"}\n')

    def make(**changes: Any) -> Recipe:
        recipe = parse_recipe(LEAST | changes, base=tmp_path)
        validate(recipe)
        return recipe

    return make


@pytest.mark.parametrize(
    "signal", ["exact", "exact:answer", "task.py:same", "task.py:make", {"use": "task.py:make", "bias": 1}]
)
def test_a_signal_may_be_shipped_or_your_own(referring: Callable[..., Recipe], signal: Any) -> None:
    recipe = referring(signals={"s": signal})
    assert list(Parts(recipe, recipe.arm("loop")).signals) == ["s"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"signals": {"s": "exacto"}}, "did you mean 'exact'"),
        ({"signals": {"s": {"use": "exact", "colum": "a"}}}, "has no option 'colum': did you mean 'column'"),
        ({"signals": {"s": {"column": "a"}}}, "add `use: NAME`"),
        ({"signals": {"s": "nosuch.py:f"}}, "nosuch.py does not exist"),
        ({"signals": {"s": "task.py:sam"}}, "task.py has no 'sam': did you mean 'same'"),
        ({"signals": {"s": "task.py:"}}, "task.py has no ''"),
        ({"signals": {"s": "task.py"}}, "file.py:name"),
        ({"signals": {"s": "task.py:number"}}, "signals.s: 'task.py:number' is no signal, but int"),
        ({"signals": {"s": "task.py:needs"}}, "bias"),
        ({"signals": {"s": {"use": "task.py:same", "bias": 1}}}, "takes no options"),
        ({"signals": {"s": "broken.py:f"}}, "nothing_of_that_name"),
        ({"signals": {"s": "json:nothing"}}, "json has no 'nothing'"),
        ({"signals": {"s": ".json:loads"}}, ".json"),
        ({"signals": {"s": {"use": "simulated", "phi": 2}}}, "phi"),
        ({"signals": {"s": {"use": "simulated", "phi": "high"}}}, "phi"),
        ({"select": ["threshhold"]}, "did you mean 'threshold'"),
        ({"select": {"use": "top"}}, "rate"),
        ({"select": {"use": "threshold", "accept": True}}, "needs the verdicts of one signal"),
        ({"model": {"use": "simulated", "eror": 1}}, "did you mean 'error'"),
        ({"model": "exact"}, "is not a name that openloop ships"),
        ({"model": "task.py:same"}, "model"),
        ({"sampler": "orcale"}, "did you mean 'oracle'"),
        ({"evaluate": "task.py:number"}, "evaluate"),
        ({"fit": {"steps": 3}}, "fit.steps"),
        ({"model": "tiny", "fit": {"stps": 3}}, "did you mean 'steps'"),
        ({"model": "tiny", "fit": {"steps": 3}}, "'lr' is missing"),
        ({"test": "nosuch.jsonl"}, "nosuch.jsonl"),
        ({"test": "task.py:nosuch"}, "task.py has no 'nosuch'"),
        ({"test": "task.py:number"}, "task.py:number"),
        ({"test": "task.py:broken_rows"}, "no such table"),
        ({"test": "task.py:no_rows"}, "no_rows"),
        ({"test": "task.py:make"}, "task.py:make"),
        ({"test": {}}, "path"),
        ({"real": None}, "prompts: must be given"),
        ({"real": None, "prompts": "rows.jsonl", "generator": {}}, "generator"),
        ({"prompts": {"call": "task.py:rows"}}, "rows(0, 0, 1024) raised TypeError"),
        ({"prompts": {"call": "task.py:number"}}, "task.py:number"),
    ],
)
def test_a_reference_that_does_not_fit_says_why(
    referring: Callable[..., Recipe], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as refused:
        referring(**changes)
    assert said in str(refused.value)


def test_two_recipes_may_have_files_of_the_same_names(tmp_path: Path) -> None:
    prompts = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "helper.py").write_text(f"rows = [{{'prompt': {folder.name!r}, 'answer': 'x'}}]\n")
        (folder / "task.py").write_text("import helper\n\ndef rows():\n    return helper.rows\n")
        recipe = parse_recipe(LEAST | {"test": "task.py:rows"}, base=folder)
        prompts.append(Parts(recipe, recipe.arm("loop")).test.load().rows[0]["prompt"])
    assert prompts == ["one", "two"]


RECIPES = sorted(path.relative_to(ROOT) for path in (ROOT / "examples").glob("**/recipe*.yaml"))


def test_there_are_example_recipes() -> None:
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=str)
def test_every_example_recipe_parses_and_its_references_exist(path: Path) -> None:
    recipe = read_recipe(ROOT / path)
    for name in recipe.arms | recipe.optional_arms:
        parts = Parts(recipe, recipe.arm(name))
        assert parts.judge and parts.selector
        assert (parts.model(0) and parts.test) or parts.samplers
        assert set(parts.signals) == set(recipe.arm(name).signals)
