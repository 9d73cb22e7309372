"""The live objects that a recipe names: model, data, signals, selectors of one arm."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from openloop import models, selection, signals
from openloop.contracts import Model, Selector, Signal
from openloop.data import Source, from_rows
from openloop.errors import RecipeError
from openloop.prompts import Drawn, Loaded, Once, PromptSource, RowSource, Shuffled, rows_from
from openloop.recipe import Recipe, Round, Rows, Spec
from openloop.references import build, resolve
from openloop.seeds import derive

if TYPE_CHECKING:
    from types import ModuleType

BATCH = 1024
"""Prompts per batch from a function; a file is asked as a whole, unless the recipe says otherwise."""


class Parts:
    """What one arm is made of. Everything is made on first use and checked against its contract."""

    def __init__(self, recipe: Recipe, settings: Round) -> None:
        self.recipe, self.settings = recipe, settings
        self._files: dict[tuple[str | None, ...], RowSource] = {}

    def model(self, seed: int) -> Model:
        """The untrained model under a seed: ``seed`` reaches its factory unless the recipe sets it."""
        return self._made("model", self.recipe.model, models, Model, seed=derive("init", seed))  # type: ignore[no-any-return]

    @cached_property
    def sampler(self) -> Model | None:
        """A model that answers instead of the student."""
        spec = self.settings.sampler
        return None if spec is None else self._made("sampler", spec, models, Model)

    @cached_property
    def judge(self) -> Signal:
        """What accuracy is measured with."""
        return self._made("evaluate", self.recipe.evaluate, signals, Signal)  # type: ignore[no-any-return]

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """The arm's signals by the names the recipe gives them."""
        return {
            name: self._made(f"signals.{name}", spec, signals, Signal)
            for name, spec in self.settings.signals.items()
        }

    @cached_property
    def selector(self) -> Selector:
        """The arm's selectors, one after the other."""
        made = [self._made("select", spec, selection, Selector) for spec in self.settings.select]
        return made[0] if len(made) == 1 else selection.chain(*made)

    @cached_property
    def real(self) -> RowSource | None:
        """Real data."""
        return None if self.recipe.real is None else self._rows(self.recipe.real)

    @cached_property
    def test(self) -> RowSource:
        """Rows that accuracy is measured on."""
        return self._rows(self.recipe.test)

    def prompts(self, seed: int, batch: int) -> PromptSource:
        """The prompts of one batch of a round."""
        rows = self.settings.prompts or self.recipe.real
        if rows is None:
            raise RecipeError("prompts: must be given when there is no `real` data to ask about.")
        if rows.call is not None:
            count = rows.batch or BATCH
            return Drawn(self._function(rows.call), seed, batch * count, count)
        source = self._file(rows)
        count = rows.batch or len(source.load())
        return Shuffled(source, seed, batch * count, count)

    def _rows(self, rows: Rows) -> RowSource:
        if rows.call is not None:
            return Loaded(from_rows(rows_from(self._function(rows.call), rows.call)))
        return self._file(rows)

    def _file(self, rows: Rows) -> RowSource:
        if rows.path is None:
            raise RecipeError("rows: give a `path` to a file, or `call: file.py:name` of a function.")
        key = (rows.path, rows.prompt, rows.completion)
        if key not in self._files:
            self._files[key] = Once(Source(self.recipe.base / rows.path, rows.prompt, rows.completion))
        return self._files[key]

    def _function(self, reference: str) -> Any:
        function = resolve(reference, base=self.recipe.base)
        if not callable(function):
            raise RecipeError(f"{reference!r} is no function that makes rows, but {type(function).__name__}.")
        return function

    def _made(self, key: str, spec: Spec, shipped: ModuleType, contract: type, **defaults: Any) -> Any:
        made = build(
            spec, base=self.recipe.base, shipped=shipped, defaults={"base": self.recipe.base, **defaults}
        )
        if not isinstance(made, contract):
            raise RecipeError(
                f"{key}: {spec!r} is no {contract.__name__.lower()}, but {type(made).__name__}; "
                f"see openloop.contracts.{contract.__name__}."
            )
        return made
