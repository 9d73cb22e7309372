"""What a recipe may say. Unknown keys are refused with the nearest valid one.

An arm is a named patch: any of the keys that say how a round works, laid over the recipe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    field_validator,
    model_validator,
)

from openloop.errors import RecipeError, nearest
from openloop.recipe.evaluation_schema import RowTest, Signals, Tests
from openloop.recipe.round_schema import Describe, Generator, Pretrain, Round, RowsOrReference, Spec, describe_keys
from openloop.recipe.schema_errors import validated


class Recipe(Round):
    """A whole recipe."""

    name: str = Field("loop", description="Names the run directory; not a path.")
    models: dict[str, Spec] = Field(
        default_factory=dict, description="Models by name, for `model`, `sampler` and options called `model`."
    )
    model: Spec | None = Field(None, description="The model that answers and learns; leave it out to make rows only.")
    real: RowsOrReference | None = Field(None, description="Real data: rows with a prompt and a completion.")
    test: RowsOrReference | None = Field(None, description="Rows that accuracy is measured on; never trained on.")
    tests: Tests = Field(
        default_factory=dict, description="More, by name, benchmarks too; arms are compared by the first."
    )
    pretrain: Pretrain | None = Field(None, description="What a model without weights is trained on before all else.")
    generator: Generator | None = Field(None, description="Train the model on the real rows first.")
    rounds: int = Field(3, ge=1)
    seeds: list[Annotated[int, Field(ge=-(2**63), lt=2**63)]] = Field(default_factory=lambda: [0], min_length=1)
    evaluate: Signals = Field(
        "exact:answer", description="The signal that accuracy is measured with, or several by name."
    )
    arms: dict[str, dict[str, Any]] = Field(default={"loop": {}}, min_length=1)
    optional_arms: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Arms that run only when asked for: `--arms NAME` or `--arms all`."
    )
    describe: Annotated[Describe | None, BeforeValidator(describe_keys)] = Field(
        None,
        description="Measure what each round's kept rows are like, for `show`: how different, how near to `real`, what "
        "is missing. `hashed`, or what else makes vectors.",
    )
    keep_models: Literal["last", "best", "all"] = "all"
    workers: int = Field(2, ge=0, description="Worker processes; they do not change the result.")
    licence: dict[str, str] = Field(
        default_factory=dict,
        description="`real`, `outputs`, `data`, for the data-set card; `of`: content of the real rows they are for.",
    )
    base: Path = Field(
        Path(), exclude=True, description="Folder that references are relative to; set when the recipe is read."
    )

    @model_validator(mode="before")
    @classmethod
    def _made_once(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and values.get("model") is None:
            return {"rounds": 1, **values}
        return values

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.model is None:
            if self.sampler is None and not any("sampler" in patch for patch in self.arms.values()):
                raise ValueError("model: required; to make rows without training, give `sampler` instead")
            trains = [key for key in ("test", "tests", "generator") if getattr(self, key)]
            if trains:
                raise ValueError(f"{trains[0]}: needs a `model` to train; leave it out to make rows only")
        elif self.test is None and not self.tests:
            raise ValueError("test: required, because a `model` is trained; leave `model` out to make rows only")
        if self.test is not None and "test" in self.tests:
            raise ValueError("test: there is one of this name in `tests` too; leave one of them out")
        return self

    @field_validator("name")
    @classmethod
    def _no_path(cls, name: str) -> str:
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            raise ValueError("must be the name of a folder, without '/'")
        return name

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: list[int]) -> list[int]:
        if len(set(seeds)) != len(seeds):
            raise ValueError("seeds must differ: a repeated seed is the same run twice, not more evidence")
        return seeds

    @field_validator("arms", "optional_arms")
    @classmethod
    def _named(cls, arms: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        if not all(name.strip() for name in arms):
            raise ValueError("every arm needs a name")
        return arms

    @field_validator("arms", "optional_arms", mode="before")
    @classmethod
    def _empty_arms(cls, arms: Any) -> Any:
        return {name: patch or {} for name, patch in arms.items()} if isinstance(arms, Mapping) else arms

    def all_tests(self) -> dict[str, RowTest | dict[str, Any]]:
        """The tests by name, in the order in which they are taken; ``test`` is the one of that name, and the first."""
        if self.test is None:
            return dict(self.tests)
        return {"test": RowTest(**self.test.model_dump(exclude_unset=True)), **self.tests}

    def arm(self, name: str) -> Round:
        """The round settings of one arm: its patch laid over the recipe."""
        patches = self.arms | self.optional_arms
        if name not in patches:
            raise RecipeError(f"arm {name!r}: {nearest(name, patches)}")
        keys = Round.model_fields
        for key in patches[name]:
            if key not in keys:
                hint = "it is the same for all arms" if key in type(self).model_fields else nearest(key, keys)
                raise RecipeError(f"arms.{name}.{key}: not a key that an arm can change; {hint}.")
        inherited = self.model_dump(include=set(keys), exclude_unset=True)
        patch = dict(patches[name])
        # An arm that names its own signals or selection means those, not those of the recipe as well.
        whole = {key: patch.pop(key) for key in ("signals", "select") if key in patch}
        arm: Round = validated(Round, merged(inherited, patch) | whole, f"arms.{name}.")
        return arm

    def chains(self) -> list[Chain]:
        """Every arm under every seed, seed by seed."""
        return [Chain(arm, seed, self.arm(arm)) for seed in self.seeds for arm in self.arms]

    def with_arms(self, names: Sequence[str] | None) -> Recipe:
        """The recipe with these arms only (``all``: the optional ones too)."""
        if not names:
            return self
        every = self.arms | self.optional_arms
        chosen = list(every) if list(names) == ["all"] else list(names)
        for name in chosen:
            self.arm(name)
        return self.model_copy(update={"arms": {name: every[name] for name in chosen}})


@dataclass(frozen=True)
class Chain:
    """One arm under one seed."""

    arm: str
    seed: int
    settings: Round


def parse_recipe(values: Mapping[str, Any], *, base: Path = Path()) -> Recipe:
    """A recipe from plain values; every arm is parsed as well."""
    recipe: Recipe = validated(Recipe, values, "").model_copy(update={"base": base})
    for name in recipe.arms | recipe.optional_arms:
        recipe.arm(name)
    return recipe


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another, key by key; lists and plain values replace."""
    result = dict(below)
    for key, value in above.items():
        mine = result.get(key)
        both = isinstance(mine, Mapping) and isinstance(value, Mapping) and "use" not in value
        result[key] = merged(mine, value) if both else value  # type: ignore[arg-type]
    return result
