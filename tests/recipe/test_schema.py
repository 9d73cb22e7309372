"""The keys and values of a recipe: what is wrong, where, and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from openloop.errors import RecipeError
from openloop.recipe import parse_recipe
from tests.support.recipes import LEAST


def refusal(**changes: Any) -> str:
    with pytest.raises(RecipeError) as refused:
        parse_recipe(LEAST | changes)
    return str(refused.value)


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
    with pytest.raises(RecipeError, match="model: required; to make rows without training, give `sampler`"):
        parse_recipe({})


def test_repeated_seeds_are_refused() -> None:
    assert "seeds must differ" in refusal(seeds=[1, 2, 1])


def test_an_arm_cannot_change_what_holds_for_the_whole_run() -> None:
    assert (
        refusal(arms={"a": {"seeds": [1]}})
        == "arms.a.seeds: not a key that an arm can change; it is the same for all arms."
    )


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
