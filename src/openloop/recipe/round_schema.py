"""The keys of a recipe that say how one round works: how rows come about, and what is trained on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Spec = str | dict[str, Any]
"""A shipped piece (``exact``, ``exact:answer``), your own (``task.py:checker``), or ``{use: NAME, option: ...}``."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _as_named(value: Any) -> Any:
    """``signals: exact:answer`` is short for ``signals: {exact: exact:answer}``."""
    if isinstance(value, str):
        return {value.rpartition("/")[2].rpartition(":")[2] if ".py:" in value else value.partition(":")[0]: value}
    if isinstance(value, Mapping) and "use" in value:
        name = str(value["use"])
        return {name.rpartition(":")[2]: dict(value)}
    return value


def _as_vectors(value: Any) -> Any:
    """``embed: hashed`` is short for ``embed: {vector: hashed}``."""
    return {"vector": value} if isinstance(value, str) or (isinstance(value, Mapping) and "use" in value) else value


class Keys(BaseModel):
    """Common to all groups of keys of a recipe: frozen, and nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SamplingKeys(Keys):
    """How candidates are drawn."""

    k: int = Field(default=1, ge=1, description="Candidates per prompt.")
    temperature: float = Field(default=1.0, ge=0, allow_inf_nan=False, description="0 is greedy.")
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=256, ge=1)


class Rows(Keys):
    """Rows from a file (``path``) or from a function (``call``)."""

    path: str | None = None
    call: str | None = Field(None, description="`file.py:name`: for prompts `name(seed, start, n)`; else `name()`.")
    prompt: str | None = Field(None, description="Column of the prompt, if it is not detected.")
    completion: str | None = Field(None, description="Column of the completion.")
    batch: int | None = Field(
        None, ge=1, description="Prompts per batch; a round samples batches until it has enough rows."
    )


def rows_keys(value: Any) -> Any:
    if isinstance(value, str):
        return {"call": value} if ".py:" in value else {"path": value}
    return value


RowsOrReference = Annotated[Rows, BeforeValidator(rows_keys)]


class Prompts(Rows):
    """What a model is asked: rows as they are, or what ``make`` makes of them (of ``real`` unless it says)."""

    make: Spec | None = Field(None, description="How prompts are made from rows: `{use: in_context, ...}`.")


PromptsOrReference = Annotated[Prompts, BeforeValidator(rows_keys)]


class Training(Keys):
    """How a model is trained: by its own `fit`, or by a trainer."""

    fit: dict[str, Any] = Field(default_factory=dict, description="Options of the model's `fit`.")
    train: Spec | None = Field(
        None, description="A trainer, in place of the model's `fit`: `{use: sft, ...}`, `dpo`, `grpo`, `command`."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.train is not None and self.fit:
            raise ValueError("fit: holds options of the model's own `fit`; with `train`, give options to the trainer")
        return self


class Generator(Training):
    """How the model that every arm starts from is made: trained on the real rows."""


class Pretrain(Training):
    """What a model that has no weights yet is trained on before anything else; one that has them needs none."""

    rows: RowsOrReference = Field(description="Texts (a column `text`), or rows with a prompt and a completion.")


class Unscored(Keys):
    """What becomes of rows without a score."""

    max_share: float = Field(0.5, ge=0, le=1, description="End the arm when a larger share has no score.")


class Mix(Keys):
    """What a model is trained on beside what was kept."""

    real: float | None = Field(None, gt=0, lt=1, description="Share of real rows, drawn anew each round.")
    accumulate: int | None = Field(
        None, ge=1, description="So many rows, drawn from the real rows and those kept in all rounds."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.real is None) == (self.accumulate is None):
            raise ValueError("give one of `real` (a share) and `accumulate` (a number of rows)")
        return self


class Generation(Keys):
    """How rows come about: a model answers prompts, its replies are read, judged and selected."""

    prompts: PromptsOrReference | None = Field(None, description="What the model is asked. Default: the real rows.")
    sampler: str | dict[str, Any] | list[str] | None = Field(
        None, description="The model that answers, or several by name with shares. Default: the student."
    )
    sampling: SamplingKeys = Field(default_factory=SamplingKeys)
    parse: Spec | None = Field(None, description="How a reply that holds several rows is read.")
    signals: Annotated[dict[str, Spec], BeforeValidator(_as_named)] = Field(default_factory=dict)
    embed: Annotated[dict[str, Spec], BeforeValidator(_as_vectors)] = Field(
        default_factory=dict,
        description="Vectors of the rows, by the column that selectors find: `hashed`, a folder or hub name "
        "of a sentence-transformers model, `http://HOST/v1#MODEL`, or `{use: ..., of: prompt}`.",
    )
    select: Annotated[list[Spec], BeforeValidator(_as_list)] = Field(default=["everything"])
    unscored: Unscored = Unscored(max_share=0.5)


class Round(Generation, Training):
    """How one round works: the keys that an arm may patch."""

    propose: Generation | None = Field(
        None, description="New prompts first: what it keeps is used in place of `prompts`."
    )
    train_rows: int | None = Field(None, ge=1, description="Sample until this many rows are kept, and train on them.")
    max_batches: int = Field(50, ge=1, description="Batches that a round may sample before it gives up.")
    mix: Literal["replace", "accumulate", "real"] | Mix = Field(
        "replace",
        description="What is trained on: this round's rows; the real rows and all rounds' (`accumulate`, or so many of "
        "them with `{accumulate: N}`); a share of real ones (`{real: 0.2}`); the real rows alone (`real`).",
    )
    start: Literal["previous", "generator", "model"] = Field(
        "previous",
        description="Weights that training starts from: the last round's, the generator's, or the model's own.",
    )

    @model_validator(mode="after")
    def _asked_once(self) -> Self:
        if self.propose is not None and self.prompts is not None:
            raise ValueError("prompts: belong inside `propose`, because its kept rows become the prompts")
        return self

    @property
    def real_share(self) -> float | None:
        """Share of real rows, drawn anew each round."""
        return self.mix.real if isinstance(self.mix, Mix) else None

    @property
    def accumulates(self) -> bool:
        """Whether the real rows and those of all rounds are trained on."""
        return self.mix == "accumulate" or (isinstance(self.mix, Mix) and self.mix.accumulate is not None)
