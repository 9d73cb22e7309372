"""What a student has already when an arm begins: its weights, the rows it is trained on, what it writes itself.

The D of information-open's I(S; E | D): a verdict that is computed from these alone tells the student nothing new about
which answers are right. docs/understand.md states the rule, docs/decisions/0015-openness.md why it is this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from openloop.contracts.models import weights_of
from openloop.data import examples
from openloop.data.canonical import canonical
from openloop.data.content import text_of
from openloop.data.prompt_sources import RowSource
from openloop.recipe.parts import Parts
from openloop.recipe.round_schema import Round, Rows
from openloop.records import Content, Prompt
from openloop.run.record import ModelRecord

TAUGHT = "rows that it was trained on"


@dataclass(frozen=True)
class Known:
    """What one arm's student has already. Everything is read on first use."""

    parts: Parts

    def why_inside(self, source: str, models: Sequence[ModelRecord]) -> str | None:
        """Why a source of verdicts or answers tells nothing new; None where it may.

        ``source``: an entry of ``depends_on``; ``models``: those that the signal asks, by which ``judge:NAME`` and
        ``model:NAME`` are known by their weights and not by their names.
        """
        kind, _, name = source.partition(":")
        if source == "generator":
            return "the model itself"
        if source == "completion":
            return "the text alone"
        if source == "real" or (kind == "rows" and self._trained_on(name)):
            return TAUGHT
        if kind in ("judge", "model"):
            return self._of_model(name, [model for model in models if model.name == name])
        if source.startswith("row."):
            return self._of_column(source.removeprefix("row."))
        return None

    # ---- weights ----------------------------------------------------------------------------------------

    @cached_property
    def _weights(self) -> frozenset[str]:
        """Names of the student's weights; where nothing is trained, of the models that answer."""
        recipe = self.parts.recipe
        student = self.parts.model(recipe.seeds[0])
        models = [student] if student is not None else [model for model, _ in self.parts.samplers]
        return frozenset(name for model in models for name in weights_of(model))

    def _of_model(self, name: str, models: Sequence[ModelRecord]) -> str | None:
        """Of models that are there by their weights; of a name that was declared, where it names the student's."""
        named = [model.weights[0] for model in models] or [name]
        if not all(one in self._weights for one in named):
            return None
        whose = "the student's" if self.parts.recipe.model is not None else "the sampler's"
        return f"{whose} own weights, as {name}"

    # ---- rows -------------------------------------------------------------------------------------------

    @cached_property
    def _trained(self) -> Sequence[tuple[Rows, RowSource]]:
        """The rows that the student is trained on beside those of the loop."""
        parts, recipe, found = self.parts, self.parts.recipe, []
        settings = parts.settings
        mixes = isinstance(settings, Round) and settings.mix != "replace"
        if recipe.real is not None and parts.real is not None and (recipe.generator is not None or mixes):
            found.append((recipe.real, parts.real))
        if recipe.pretrain is not None and parts.pretraining is not None:
            found.append((recipe.pretrain.rows, parts.pretraining))
        return found

    def _trained_on(self, name: str) -> bool:
        """Whether a file (or function) that somebody named is one of them."""
        base = self.parts.recipe.base
        mine = {_place(base, rows) for rows, _ in self._trained}
        return name in mine or (base / name).resolve() in mine

    @cached_property
    def _taught(self) -> Mapping[bytes, str]:
        """Prompt → the completion that the student is trained to give."""
        found: dict[bytes, str] = {}
        for _, source in self._trained:
            rows = source.load()
            if rows.layout != "text":
                found |= {_key(example.prompt): text_of(example.completion) for example in examples(rows)}
        return found

    @cached_property
    def _asked(self) -> Sequence[Prompt]:
        """The prompts of a first batch, as they come with their rows."""
        return (self.parts.proposer or self.parts).prompts(0, 0).load()

    def _of_column(self, column: str) -> str | None:
        writer = self.parts.proposer or self.parts
        if self.parts.proposer is not None or self.parts.settings.parse is not None:
            if not any(column in prompt.row for prompt in self._asked):
                own = all(weights_of(model)[0] in self._weights for model, _ in writer.samplers)
                return f"row.{column}, which it wrote itself" if own else None
            if self.parts.proposer is not None:
                return None
        if not self._trained:
            return None
        held = [(prompt, prompt.row.get(column)) for prompt in self._asked]
        taught = self._taught
        shown = bool(held) and all(_stands_in(value, taught.get(_key(prompt.content))) for prompt, value in held)
        return f"row.{column}, which it was trained on" if shown else None


def _key(prompt: Content) -> bytes:
    return canonical({"prompt": prompt})


def _stands_in(value: object, completion: str | None) -> bool:
    """Whether a column's value (one of them, of a list) is part of the completion that was taught."""
    values = value if isinstance(value, list | tuple) else [value]
    return completion is not None and any(str(v).strip() in completion for v in values if v is not None and str(v))


def _place(base: Path, rows: Rows) -> Path | str | None:
    return rows.call if rows.path is None else (base / rows.path).resolve()
