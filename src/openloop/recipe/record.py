"""What a run records of the recipe that it carries out, so that its readers need neither the recipe nor its code."""

from __future__ import annotations

import json
from typing import Any

import yaml

from openloop.recipe.licence import UNKNOWN, Licence, licence_of
from openloop.recipe.openness import openness
from openloop.recipe.parts import Parts
from openloop.recipe.round_schema import Round
from openloop.recipe.schema import Recipe
from openloop.run.record import ArmRecord, RunRecord, versions, without_keys


def recipe_text(recipe: Recipe) -> str:
    """The recipe as YAML, with everything that was inherited or set on the command line, and without keys."""
    values = json.loads(recipe.model_dump_json(exclude_unset=True)) | {"arms": recipe.arms}
    return yaml.safe_dump(without_keys(values), sort_keys=False, allow_unicode=True)


def record_of(recipe: Recipe) -> RunRecord:
    """A recipe as it is about to be run."""
    every = {chain.arm: Parts(recipe, chain.settings) for chain in recipe.chains()}
    first = next(iter(every.values()))
    licence = licence_of(first)
    return RunRecord(
        name=recipe.name,
        rounds=recipe.rounds,
        seeds=tuple(recipe.seeds),
        arms={name: _arm(name, parts) for name, parts in every.items()},
        trains=recipe.model is not None,
        measure=first.tests[0].measure if first.tests else "accuracy",
        licence=licence.states,
        sources=_sources(recipe, first, licence),
        recipe=recipe_text(recipe),
        versions=versions(),
    )


def _arm(name: str, parts: Parts) -> ArmRecord:
    found, settings = openness(parts), parts.settings
    return ArmRecord(
        name,
        found.outside,
        tuple(found.chain),
        tuple(parts.signals),
        several_samples=settings.sampling.k > 1 and settings.parse is None,
        real_share=settings.real_share if isinstance(settings, Round) else None,
    )


def _sources(recipe: Recipe, parts: Parts, licence: Licence) -> list[dict[str, Any]]:
    """The real data, for the data-set card."""
    if recipe.real is None or parts.real is None:
        return []
    return [
        {
            "name": recipe.real.path or recipe.real.call,
            "rows": len(parts.real.load().rows),
            "fingerprint": parts.real.fingerprint,
            "license": licence.states.get("real", UNKNOWN),
            **({"note": licence.said} if licence.said else {}),
        }
    ]
