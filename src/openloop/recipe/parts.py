"""The live objects that a recipe names: model, data, signals, selectors of one arm."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from openloop import evaluation, models, parsing, prompting, selection, signals, training
from openloop.contracts import Maker, Model, Parser, SamplesItself, Selector, Signal, Trainer
from openloop.contracts.models import require_model
from openloop.contracts.training import learns_from
from openloop.data import Source, from_rows
from openloop.data.prompt_sources import Drawn, Once, PromptSource, RowSource, Shuffled, rows_from
from openloop.errors import InputError, RecipeError, nearest
from openloop.evaluation import Harness
from openloop.evaluation.answers import main_measure
from openloop.recipe import Generation, Prompts, Recipe, Round, Rows, Spec
from openloop.recipe.evaluation_schema import RowTest
from openloop.recipe.live_tests import LiveTest
from openloop.recipe.live_vectors import LiveVectors, live_vectors
from openloop.seeds import derive
from openloop.specs import build
from openloop.user_code import resolve

if TYPE_CHECKING:
    from types import ModuleType

BATCH = 1024
"""Prompts per batch from a function; a file is asked as a whole, unless the recipe says otherwise."""


class Parts:
    """What one arm is made of. Everything is made on first use and checked against its contract."""

    def __init__(self, recipe: Recipe, settings: Generation) -> None:
        self.recipe, self.settings = recipe, settings
        self._files: dict[tuple[str | None, ...], RowSource] = {}

    @property
    def round(self) -> Round:
        """The settings of a round: a generation is asked for them only where it is one."""
        assert isinstance(self.settings, Round), "what proposes prompts is no round"
        return self.settings

    def model(self, seed: int) -> Model | None:
        """The untrained model under a seed: ``seed`` reaches its factory unless the recipe sets it."""
        spec = self.recipe.model
        return None if spec is None else self._model("model", spec, seed=derive("init", seed))

    @cached_property
    def samplers(self) -> list[tuple[Model, float]]:
        """Who answers instead of the student, with shares of the prompts that add up to 1; empty for the student."""
        spec = self.settings.sampler
        if spec is None:
            return []
        if isinstance(spec, str) or (isinstance(spec, dict) and "use" in spec):
            return [(self._model("sampler", spec), 1.0)]
        shares = spec if isinstance(spec, dict) else dict.fromkeys(spec, 1.0)
        if not shares or not all(isinstance(s, int | float) and s > 0 for s in shares.values()):
            raise RecipeError(
                f"sampler: name models with shares above 0, such as {{a: 0.7, b: 0.3}}; got {spec!r:.80}."
            )
        for name in shares:
            if name not in self.recipe.models:
                raise RecipeError(f"sampler: {name!r} is not one of `models`; {nearest(name, self.recipe.models)}")
        whole = sum(shares.values())
        return [(self._model("sampler", name), share / whole) for name, share in shares.items()]

    @cached_property
    def parser(self) -> Parser | None:
        """What reads several rows out of a reply."""
        spec = self.settings.parse
        return None if spec is None else self._made("parse", spec, parsing, Parser)

    @cached_property
    def proposer(self) -> Parts | None:
        """What writes the prompts that this generation answers."""
        inner = self.settings.propose if isinstance(self.settings, Round) else None
        return None if inner is None else Parts(self.recipe, inner)

    @cached_property
    def trainer(self) -> Trainer | None:
        """What trains in place of the model's own `fit`."""
        made = self._trainer("train", self.round.train)
        return made.completed(self.signals, self.gold) if isinstance(made, SamplesItself) else made

    @property
    def gold(self) -> Signal | None:
        """What the first test trusts: it judges the prompts that a policy holds out, and no training hears it."""
        return next((signal for test in self.tests[:1] for signal in test.signals.values()), None)

    @property
    def rewarded(self) -> bool:
        """Whether the student answers by itself in training, and the signals are its rewards."""
        return self.trainer is not None and learns_from(self.trainer) == "prompts"

    @cached_property
    def first_trainer(self) -> Trainer | None:
        """What makes the generator, in place of the model's own `fit`."""
        made = self.recipe.generator
        return None if made is None else self._trainer("generator.train", made.train)

    @cached_property
    def pretrainer(self) -> Trainer | None:
        """What trains a model that has no weights yet."""
        made = self.recipe.pretrain
        return None if made is None else self._trainer("pretrain.train", made.train)

    @cached_property
    def signals(self) -> dict[str, Signal]:
        """The arm's signals by the names the recipe gives them."""
        return {
            name: self._made(f"signals.{name}", spec, signals, Signal) for name, spec in self.settings.signals.items()
        }

    @cached_property
    def vectors(self) -> list[LiveVectors]:
        """What makes the arm's columns of vectors."""
        return [live_vectors(name, spec, self.recipe.base) for name, spec in self.settings.embed.items()]

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
    def tests(self) -> list[LiveTest]:
        """What models are evaluated on; arms are compared by the first."""
        return [self._test(name, keys) for name, keys in self.recipe.all_tests().items()]

    def _test(self, name: str, keys: RowTest | dict[str, Any]) -> LiveTest:
        if not isinstance(keys, RowTest):
            return LiveTest(
                name, self._made(f"tests.{name}", keys, evaluation, Harness), {}, RowTest.model_validate({})
            )
        said = self.recipe.evaluate if keys.evaluate is None else keys.evaluate
        where = "evaluate" if keys.evaluate is None else f"tests.{name}.evaluate"
        if isinstance(said, str) or "use" in said:
            signal = self._made(where, said, signals, Signal)
            return LiveTest(name, self._rows(keys), {main_measure(signal.accept_at): signal}, keys)
        named = {what: self._made(f"{where}.{what}", spec, signals, Signal) for what, spec in said.items()}
        if not named:
            raise RecipeError(f"{where}: name at least one signal.")
        return LiveTest(name, self._rows(keys), named, keys)

    @cached_property
    def pretraining(self) -> RowSource | None:
        """What a model that has no weights yet is trained on."""
        return None if self.recipe.pretrain is None else self._rows(self.recipe.pretrain.rows)

    def prompts(self, seed: int, batch: int) -> PromptSource:
        """The prompts of one batch of a round."""
        rows = self.settings.prompts or self.recipe.real
        if rows is None:
            raise RecipeError("prompts: required, because there is no `real` data to make prompts from.")
        if isinstance(rows, Prompts) and rows.make is not None:
            return self._prompts_made(rows, rows.make, seed, batch)
        if rows.call is not None:
            count = rows.batch or BATCH
            return Drawn(self._function(rows.call), seed, batch * count, count)
        source = self._file(rows) if rows.path is not None else self.real
        if source is None:
            raise RecipeError("prompts: give a `path` to a file, or `call: file.py:name`, as there is no `real` data.")
        count = rows.batch or len(source.load())
        return Shuffled(source, seed, batch * count, count)

    def _prompts_made(self, rows: Prompts, spec: Spec, seed: int, batch: int) -> PromptSource:
        maker = self._made("prompts.make", spec, prompting, Maker)
        source = self.real if rows.path is None and rows.call is None else self._rows(rows)
        count = rows.batch or maker.count(0 if source is None else len(source.load()))
        return prompting.make(maker, source, count=count, seed=seed, start=batch * count)

    def _rows(self, rows: Rows) -> RowSource:
        if rows.call is not None:
            return from_rows(rows_from(self._function(rows.call), rows.call))
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
            raise RecipeError(f"{reference!r} is not a function that returns rows, but a {type(function).__name__}.")
        return function

    def _trainer(self, key: str, spec: Spec | None) -> Trainer | None:
        return None if spec is None else self._made(key, spec, training, Trainer)

    def _model(self, key: str, spec: Spec, **defaults: Any) -> Model:
        """A model by its name in ``models``, or by a spec of its own."""
        named = self.recipe.models.get(spec) if isinstance(spec, str) else None
        key = key if named is None else f"models.{spec}"
        made = self._made(key, spec if named is None else named, models, Model, **defaults)
        try:
            return require_model(made, key)
        except InputError as error:
            raise RecipeError(str(error)) from None

    def _with_models(self, key: str, spec: Any) -> Any:
        """A spec, those of a combination's parts included, with models in the place of their names in ``models``."""
        if not isinstance(spec, Mapping):
            return spec
        model, parts = spec.get("model"), spec.get("signals")
        changed: dict[str, Any] = {}
        if isinstance(model, str) and model in self.recipe.models:
            changed["model"] = self._model(key, model)
        if isinstance(parts, list):
            changed["signals"] = [self._with_models(key, part) for part in parts]
        return {**spec, **changed}

    def _made(self, key: str, spec: Spec, shipped: ModuleType, contract: type, **defaults: Any) -> Any:
        if contract is not Model:
            spec = self._with_models(key, spec)
        made = build(spec, base=self.recipe.base, shipped=shipped, defaults={"base": self.recipe.base, **defaults})
        if not isinstance(made, contract):
            raise RecipeError(
                f"{key}: {spec!r} is not a {contract.__name__.lower()} (it is of type {type(made).__name__}); "
                f"see openloop.contracts.{contract.__name__}."
            )
        return made
