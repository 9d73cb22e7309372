"""What can be checked of a recipe before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from openloop.contracts import Checks, Model, Pretrained, Signal, Trainer, Trains
from openloop.contracts.models import has_weights
from openloop.contracts.training import learns_from
from openloop.data import examples, prompts
from openloop.data.prompt_sources import RowSource
from openloop.errors import InputError, ProbeError, RecipeError, nearest
from openloop.evaluation import Harness
from openloop.recipe import Recipe, Round
from openloop.recipe.licence import licence_of
from openloop.recipe.openness import openness
from openloop.recipe.parts import Parts
from openloop.recipe.round_schema import Training
from openloop.records import Prompt
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool
from openloop.signals.function import FunctionSignal
from openloop.signals.probes import require_probes
from openloop.signals.remarks import changing_reads, guesses
from openloop.signals.reward import RewardSignal
from openloop.training import fit


def validate(recipe: Recipe) -> dict[str, Any]:
    """Make every part, read the data, run the probes, count the work. Raises the first thing that is wrong."""
    said = [f"recipe {recipe.name!r}: {len(recipe.arms)} arms x {recipe.rounds} rounds x {len(recipe.seeds)} seeds"]
    every = {chain.arm: Parts(recipe, chain.settings) for chain in recipe.chains()}
    for parts in every.values():
        _check_selection(parts)
        said += [vectors.text for vectors in parts.vectors if vectors.text not in said]
        said += [sentence for sentence in _check_training(recipe, parts) if sentence not in said]
        _check_benchmarks(recipe, parts)
        said += _check_data(recipe, parts, said)
        said += [sentence for sentence in _check_columns(parts) if sentence not in said]
    said += prove_signals(recipe)
    said += [said_of_it] if (said_of_it := licence_of(next(iter(every.values()))).said) else []
    said += [f"{name}: outside information: {openness(parts).text}" for name, parts in every.items()]
    work = count_work(recipe, every)
    said += [f"{name}: {count:,}" for name, count in work.items()]
    return {"name": recipe.name, "arms": list(recipe.arms), "work": work, "said": said}


def prove_signals(recipe: Recipe) -> list[str]:
    """Run every signal's accept and reject probes; returns a sentence each, raises ProbeError."""
    said: list[str] = []
    for arm in recipe.arms:
        parts = Parts(recipe, recipe.arm(arm))
        inner = parts.proposer.signals.values() if parts.proposer is not None else ()
        judges = [signal for test in parts.tests for signal in test.signals.values()]
        for signal in (*inner, *parts.signals.values(), *judges):
            try:
                sentence = require_probes(signal)
            except ProbeError as error:
                raise ProbeError(f"{error} Nothing was spent.") from None
            more = [sentence, *changing_reads(signal), *guesses(signal)]
            said += [one for one in dict.fromkeys(more) if one not in said]
    return said


def count_work(recipe: Recipe, arms: dict[str, Parts]) -> dict[str, int]:
    """Requests, trainings and test answers of a whole run; rounds with train_rows may need more requests."""
    turns = len(recipe.seeds) * recipe.rounds
    requests = sum(_requests(parts) * turns for parts in arms.values())
    evaluations = len(arms) * turns + len(recipe.seeds)
    first = arms[next(iter(arms))]
    if not first.tests:
        return {"requests at least": requests}
    trainings = len(arms) * turns + (len(recipe.seeds) if recipe.generator is not None else 0)
    answers = [test.answers for test in first.tests]
    work = {
        "requests at least": requests,
        "trainings": trainings,
        "test answers": evaluations * sum(count or 0 for count in answers),
    }
    return work | ({"benchmark runs": evaluations * answers.count(None)} if None in answers else {})


def _requests(parts: Parts) -> int:
    """Of one batch; where prompts are proposed, only those that propose them are known."""
    if parts.proposer is not None:
        return _requests(parts.proposer)
    settings = parts.settings
    rows = settings.train_rows if isinstance(settings, Round) else None
    return max(parts.prompts(0, 0).count * settings.sampling.k, rows or 0)


def _check_data(recipe: Recipe, parts: Parts, before: list[str]) -> list[str]:
    """Read each file of rows; what was recognised is said, once."""
    said: list[str] = []
    tests = [(test.name, test.test) for test in parts.tests]
    for name, source in (("real", parts.real), *tests):
        if source is not None and not isinstance(source, Harness):
            rows = source.load()
            said += [sentence for s in rows.said if (sentence := f"{name}: {s}") not in before]
    if recipe.generator is not None and parts.real is None:
        raise RecipeError("generator: needs `real` rows to train on, and there are none. Add `real`.")
    settings = parts.settings
    if isinstance(settings, Round) and settings.mix != "replace" and parts.real is None:
        raise RecipeError("mix: needs `real` rows to mix in, and there are none. Add `real`.")
    batch = (parts.proposer or parts).prompts(0, 0).load()
    if not batch:
        raise InputError("prompts: zero rows. At least one is needed.")
    return said


def _check_columns(parts: Parts) -> list[str]:
    """Refuse signals that read a column which no row has: not one row would be scored. Of functions it is said."""
    asked = [] if parts.proposer is not None or parts.settings.parse is not None else parts.prompts(0, 0).load()
    places: list[tuple[str, Mapping[str, Signal], Sequence[Prompt]]] = [("signals", parts.signals, asked)]
    for test in parts.tests:
        items = [] if isinstance(test.test, Harness) else prompts(test.test.load())
        places.append((f"tests.{test.name}", test.signals, items))
    said = []
    for place, signals, rows in places:
        held = {column for prompt in rows for column in prompt.row if prompt.row[column] is not None}
        for name, signal in signals.items() if rows else ():
            for column in sorted(c.removeprefix("row.") for c in signal.depends_on if c.startswith("row.")):
                if column not in held:
                    text = f"{place}: signal {name!r} reads {column!r}, which no row has: {nearest(column, held)}"
                    needed = signal.arguments.columns if isinstance(signal, FunctionSignal) else ()
                    if column in needed or not isinstance(signal, FunctionSignal | RewardSignal):
                        raise RecipeError(f"{text} Nothing would be scored.")
                    said.append(text)
    return said


def _check_benchmarks(recipe: Recipe, parts: Parts) -> None:
    """Every task is known, every local file is there, and the model's weights can be loaded by lm-eval."""
    for test in parts.tests:
        if isinstance(test.test, Harness):
            model = parts.model(recipe.seeds[0])
            assert model is not None, "the schema asks for a model where there are tests"
            try:
                test.test.require_runnable(model)
            except InputError as error:
                raise RecipeError(f"tests.{test.name}: {error}") from None


def _check_selection(parts: Parts) -> None:
    """Make samplers, parser and selector, and show the selector an empty pool: it finds its signals, or says so."""
    if parts.proposer is not None:
        _check_selection(parts.proposer)
    if not parts.samplers and parts.recipe.model is None:
        raise RecipeError("sampler: required, because there is no `model` to answer.")
    _ = parts.parser
    verdicts = {name: VerdictList(name, signal.accept_at, []) for name, signal in parts.signals.items()}
    columns = {vectors.name: np.zeros((0, 1), dtype=np.float32) for vectors in parts.vectors}
    try:
        parts.selector.select(CandidatePool([], verdicts, columns))
    except InputError as error:
        raise RecipeError(f"select: {error}") from None
    except (Exception, SystemExit) as error:
        raise RecipeError(
            f"select: {parts.selector!r:.120} raised {type(error).__name__} on an empty pool: {error}. A selector is "
            "shown one before anything is spent; let it return Selection((), {}) there."
        ) from error


def _check_training(recipe: Recipe, parts: Parts) -> list[str]:
    """Each training that the recipe asks for is checked against model and rows before hours are spent."""
    model = parts.model(recipe.seeds[0])
    if model is None:
        return []
    _check_room(model, parts)
    wanted: list[tuple[str, Training, Trainer | None, RowSource | None]] = []
    said: list[str] = []
    if not has_weights(model) and recipe.pretrain is None:
        said.append(
            f"model: {model.name!r} has no weights and starts from random ones; `pretrain` would train it first"
        )
    if recipe.pretrain is not None and not has_weights(model):
        wanted.append(("pretrain", recipe.pretrain, parts.pretrainer, parts.pretraining))
    if recipe.generator is not None:
        wanted.append(("generator", recipe.generator, parts.first_trainer, parts.real))
    if isinstance(parts.settings, Round):
        wanted.append(("", parts.settings, parts.trainer, None if parts.settings.mix == "replace" else parts.real))
    for key, asked, trainer, rows in wanted:
        try:
            said += [f"{key or 'train'}: {line}" for line in _check_trainer(model, key, asked, trainer, rows, parts)]
        except InputError as error:
            raise RecipeError(f"{key or 'train'}: {error}" if trainer is not None else str(error)) from None
    return said


def _check_room(model: Model, parts: Parts) -> None:
    """Refuse answers as long as the model's whole context: no prompt would have room, and every sample would fail."""
    if not isinstance(model, Pretrained):
        return
    asked = {"sampling": parts.settings.sampling.max_tokens}
    asked |= {f"tests.{t.name}": t.keys.max_tokens for t in parts.tests if t.keys.max_tokens is not None}
    for name, most in asked.items():
        if most >= model.context:
            raise RecipeError(
                f"{name}: max_tokens={most:,} leaves no room for a prompt: the context of {model.name!r} is "
                f"{model.context:,} tokens. Lower max_tokens."
            )


def _check_trainer(
    model: Model, key: str, asked: Training, trainer: Trainer | None, rows: RowSource | None, parts: Parts
) -> Sequence[str]:
    """By the trainer itself; a model's own `fit` by its signature."""
    if trainer is None:
        if not isinstance(model, Trains):
            raise InputError(
                f"model: {model.name!r} cannot be trained by itself (it has no `fit`). Name a trainer, such as "
                "`train: {use: sft}`. Name it as `sampler` instead of `model` to make rows only."
            )
        fit(**asked.fit).check_options(model, f"{key}.fit" if key else "fit")
        return []
    _check_rows_fit(key, trainer, parts)
    if not isinstance(trainer, Checks):
        return []
    return trainer.check(model, _shown(trainer, rows, parts))


def _check_rows_fit(key: str, trainer: Trainer, parts: Parts) -> None:
    """Refuse a trainer that would be given other rows than it learns from, or would ignore some."""
    learns = learns_from(trainer)
    if key and learns != "examples":
        raise InputError(f"{trainer.name} learns from {learns}, and here are rows to imitate; use a trainer like sft.")
    if key or learns == "examples":
        return
    if parts.round.mix != "replace":
        raise InputError(
            f"{trainer.name} learns from {learns}, so the rows of `mix` would be ignored; let it be replace."
        )
    if learns == "pairs" and parts.settings.sampling.k < 2:
        raise InputError(f"{trainer.name} sets answers to one prompt against each other; let sampling.k be at least 2.")
    if learns == "pairs" and all(signal.accept_at is None for signal in parts.signals.values()):
        raise InputError(
            f"{trainer.name} needs a signal that accepts and rejects (accept_at); name it under `signals`."
        )


def _shown(trainer: Trainer, rows: RowSource | None, parts: Parts) -> Sequence[Any]:
    """What of a training's rows is there before a run: real ones, and prompts that nobody has to propose first."""
    learns = learns_from(trainer)
    if learns == "prompts" and parts.proposer is None:
        return parts.prompts(0, 0).load()
    return examples(rows.load()) if learns == "examples" and rows is not None else []
