"""What a recipe may say. Unknown keys are refused with the nearest valid one.

An arm is a named patch: any of the keys that say how a round works, laid over the recipe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from openloop.errors import RecipeError, nearest

Spec = str | dict[str, Any]
"""A shipped piece (``exact``, ``exact:answer``), your own (``task.py:checker``), or ``{use: NAME, option: ...}``."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _as_named(value: Any) -> Any:
    """``signals: exact:answer`` is short for ``signals: {exact: exact:answer}``."""
    if isinstance(value, str):
        return {
            value.rpartition("/")[2].rpartition(":")[2] if ".py:" in value else value.partition(":")[0]: value
        }
    if isinstance(value, Mapping) and "use" in value:
        name = str(value["use"])
        return {name.rpartition(":")[2]: dict(value)}
    return value


class Part(BaseModel):
    """Common to all parts of a recipe: frozen, and nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SamplingPart(Part):
    """How candidates are drawn."""

    k: int = Field(default=1, ge=1, description="Candidates per prompt.")
    temperature: float = Field(default=1.0, ge=0, allow_inf_nan=False, description="0 is greedy.")
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=256, ge=1)


class Rows(Part):
    """Rows from a file (``path``) or from a function (``call``)."""

    path: str | None = None
    call: str | None = Field(
        None, description="`file.py:name`: for prompts `name(seed, start, n)`; else `name()`."
    )
    prompt: str | None = Field(None, description="Column that holds the prompt, when it is not recognised.")
    completion: str | None = Field(None, description="Column that holds the completion.")
    batch: int | None = Field(
        None, ge=1, description="Prompts per batch; a round draws batches until it has enough."
    )


def _as_rows(value: Any) -> Any:
    if isinstance(value, str):
        return {"call": value} if ".py:" in value else {"path": value}
    return value


RowsPart = Annotated[Rows, BeforeValidator(_as_rows)]


class Generator(Part):
    """How the model that every arm starts from is made: trained on the real rows."""

    fit: dict[str, Any] = Field(default_factory=dict, description="Options of the model's `fit`.")


class Unscored(Part):
    """What becomes of rows without a score."""

    max_share: float = Field(
        0.5, ge=0, le=1, description="An arm ends when a larger share could not be scored."
    )


class Round(Part):
    """How one round works: the keys that an arm may patch."""

    prompts: RowsPart | None = Field(None, description="What the model is asked; the real rows unless given.")
    sampler: Spec | None = Field(None, description="Who answers; the student itself unless given.")
    sampling: SamplingPart = Field(default_factory=SamplingPart)
    signals: Annotated[dict[str, Spec], BeforeValidator(_as_named)] = Field(default_factory=dict)
    select: Annotated[list[Spec], BeforeValidator(_as_list)] = Field(default=["everything"])
    train_rows: int | None = Field(
        None, ge=1, description="Sample until so many rows are kept; all arms train on N."
    )
    max_batches: int = Field(
        50, ge=1, description="Batches a round may draw before it gives up on `train_rows`."
    )
    mix: Literal["replace", "accumulate"] = Field(
        "replace", description="Train on this round's rows only, or on the real rows and those of all rounds."
    )
    start: Literal["previous", "generator", "model"] = Field(
        "previous",
        description="Weights that training starts from: the last round's, the generator's, or fresh.",
    )
    fit: dict[str, Any] = Field(default_factory=dict, description="Options of the model's `fit`.")
    unscored: Unscored = Unscored(max_share=0.5)


class Recipe(Round):
    """A whole recipe."""

    name: str = Field("loop", description="Names the run directory, so no path.")
    model: Spec
    real: RowsPart | None = Field(None, description="Real data: rows with a prompt and a completion.")
    test: RowsPart = Field(description="Rows that accuracy is measured on; never trained on.")
    generator: Generator | None = Field(None, description="Train the model on the real rows first.")
    rounds: int = Field(3, ge=1)
    seeds: list[Annotated[int, Field(ge=-(2**63), lt=2**63)]] = Field(
        default_factory=lambda: [0], min_length=1
    )
    evaluate: Spec = Field("exact:answer", description="The signal that accuracy is measured with.")
    arms: dict[str, dict[str, Any]] = Field(default={"loop": {}}, min_length=1)
    optional_arms: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Arms that run only when asked for: `--arms NAME` or `--arms all`."
    )
    keep_models: Literal["last", "best", "all"] = "all"
    workers: int = Field(2, ge=0, description="Worker processes; no part of the result.")
    licence: dict[str, str] = Field(
        default_factory=dict, description="`real` and `outputs`, for the data-set card."
    )
    base: Path = Field(
        Path(), exclude=True, description="Folder that references are relative to; set when read."
    )

    @field_validator("name")
    @classmethod
    def _no_path(cls, name: str) -> str:
        if name in ("", ".", "..") or "/" in name or "\0" in name:
            raise ValueError("the name of a folder, without '/'")
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

    def arm(self, name: str) -> Round:
        """The round settings of one arm: its patch laid over the recipe."""
        patches = self.arms | self.optional_arms
        if name not in patches:
            raise RecipeError(f"arm {name!r}: {nearest(name, patches)}")
        keys = Round.model_fields
        for key in patches[name]:
            if key not in keys:
                hint = "the same for all arms" if key in type(self).model_fields else nearest(key, keys)
                raise RecipeError(f"arms.{name}.{key}: no key of an arm; {hint}.")
        inherited = self.model_dump(include=set(keys), exclude_unset=True)
        patch = dict(patches[name])
        # An arm that names its own signals or selection means those, not those of the recipe as well.
        whole = {key: patch.pop(key) for key in ("signals", "select") if key in patch}
        arm: Round = _validated(Round, merged(inherited, patch) | whole, f"arms.{name}.")
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
    recipe: Recipe = _validated(Recipe, values, "").model_copy(update={"base": base})
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


def _validated(kind: type[Any], values: Mapping[str, Any], prefix: str) -> Any:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise RecipeError("\n".join(_sentence(kind, problem, prefix) for problem in error.errors())) from None


def _sentence(kind: type[BaseModel], problem: Any, prefix: str) -> str:
    where = [part for part in problem["loc"] if not _is_internal(part)]
    place = prefix + ".".join(map(str, where))
    match problem["type"]:
        case "extra_forbidden":
            return f"{place}: no such key; {nearest(str(where[-1]), _keys_at(kind, where[:-1]))}"
        case "missing":
            return f"{place}: must be given."
        case _:
            return f"{place}: {problem['msg']}, got {problem['input']!r:.80}."


def _is_internal(part: object) -> bool:
    """Whether a step of pydantic's path is the name of a type in a union, which no recipe writes."""
    return isinstance(part, str) and ("[" in part or part in {"str"})


def _keys_at(kind: type[BaseModel], where: Sequence[Any]) -> list[str]:
    for part in where:
        inner = _parts_in(kind.model_fields[part].annotation) if part in kind.model_fields else []
        if not inner:
            return []
        kind = inner[0]
    return [key for key in kind.model_fields if key != "base"] + (["extends"] if kind is Recipe else [])


def _parts_in(annotation: Any) -> list[type[BaseModel]]:
    """The parts of a recipe that a key may hold, however deep they stand in its type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for option in get_args(annotation) for part in _parts_in(option)]
