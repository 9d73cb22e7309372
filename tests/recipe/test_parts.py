"""The parts that a recipe names: shipped ones and your own, and what is said of those that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.errors import InputError, RecipeError
from openloop.recipe import Recipe, parse_recipe, read_recipe
from openloop.recipe.parts import Parts
from openloop.recipe.validation import validate
from tests.support.recipes import EXAMPLES, LEAST
from tests.support.user_files import write_code

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
        ({"signals": {"s": "task.py:number"}}, "signals.s: 'task.py:number' is not a signal (it is of type int)"),
        ({"signals": {"s": "task.py:needs"}}, "bias"),
        ({"signals": {"s": {"use": "task.py:same", "bias": 1}}}, "takes no options"),
        ({"signals": {"s": "broken.py:f"}}, "nothing_of_that_name"),
        ({"signals": {"s": "json:nothing"}}, "json has no 'nothing'"),
        ({"signals": {"s": ".json:loads"}}, ".json"),
        ({"signals": {"s": {"use": "simulated", "phi": 2}}}, "phi"),
        ({"signals": {"s": {"use": "simulated", "phi": "high"}}}, "phi"),
        ({"select": ["threshhold"]}, "did you mean 'threshold'"),
        ({"select": {"use": "top"}}, "rate"),
        ({"select": {"use": "threshold", "accept": True}}, "needs the verdicts of a signal, and there are none"),
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
        ({"real": None}, "prompts: required"),
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


def test_a_model_with_half_a_capability_is_refused_before_anything_is_spent(
    referring: Callable[..., Recipe], tmp_path: Path
) -> None:
    write_code(
        tmp_path / "half.py",
        """
        class Half:
            name, revision = "half", "1"

            def sample(self, prompts, k, sampling):
                raise AssertionError("nothing is asked")

            def logprobs(self, prompts, completions):
                return []
        """,
    )
    arms = {"mine": {"sampler": "half.py:Half"}}
    with pytest.raises(RecipeError, match=r"sampler: 'half' has `logprobs` but no `token_counts`"):
        referring(arms=arms)


def test_two_recipes_may_have_files_of_the_same_names(tmp_path: Path) -> None:
    prompts = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "helper.py").write_text(f"rows = [{{'prompt': {folder.name!r}, 'answer': 'x'}}]\n")
        (folder / "task.py").write_text("import helper\n\ndef rows():\n    return helper.rows\n")
        recipe = parse_recipe(LEAST | {"test": "task.py:rows"}, base=folder)
        prompts.append(Parts(recipe, recipe.arm("loop")).tests[0].test.load().rows[0]["prompt"])
    assert prompts == ["one", "two"]


RECIPES = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.glob("**/recipe*.yaml"))


def test_there_are_example_recipes() -> None:
    assert RECIPES


@pytest.mark.parametrize("path", RECIPES, ids=str)
def test_every_example_recipe_parses_and_its_references_exist(path: Path) -> None:
    recipe = read_recipe(EXAMPLES / path)
    for name in recipe.arms | recipe.optional_arms:
        parts = Parts(recipe, recipe.arm(name))
        assert parts.selector and all(test.measure for test in parts.tests)
        assert (parts.model(0) and parts.tests) or parts.samplers
        assert set(parts.signals) == set(recipe.arm(name).signals)
