"""Trains rows leave the run of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openloop.data.prompt_sources import ExampleSource
from openloop.errors import InputError, nearest
from openloop.export.formats import require_format
from openloop.recipe import Mix, Recipe, Round
from openloop.recipe.openness import openness
from openloop.recipe.parts import Parts
from openloop.report.decision import best_arm
from openloop.report.summary import arm_summaries, stored_recipe
from openloop.run.exporting import Lot, card_path, write_lot
from openloop.run.kept_rows import sources_of
from openloop.run.store import Store


def release_run(
    directory: Path,
    to: str,
    *,
    arm: str | None = None,
    seed: int | None = None,
    round: int | None = None,
    out: Path | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write one selection of a recipe's run: by default of the arm that the decision names, its last round."""
    store = Store.read(directory)
    recipe = stored_recipe(store)
    if recipe is None:
        raise InputError(f"{directory} was made by Python calls, not by a recipe; export with `Run.export(kept, ...)`.")
    require_format(to)
    said = []
    if arm is None:
        arm, sentence = _chosen_arm(store, recipe)
        said.append(sentence)
    if arm not in recipe.arms:
        raise InputError(f"--arm {arm!r}: {nearest(arm, recipe.arms)}")
    if seed is None and len(recipe.seeds) > 1 and recipe.model is None:
        said.append(f"seed {recipe.seeds[0]} of {recipe.seeds}: export the others with --seed")
    seed = recipe.seeds[0] if seed is None else seed
    if seed not in recipe.seeds:
        raise InputError(f"--seed {seed}: allowed {recipe.seeds}.")
    mine = [entry for entry in store.journal.steps() if (entry[0].arm, entry[0].seed) == (arm, seed)]
    rounds = sorted({step.round for step, kind, _, _ in mine if kind == "select" and step.purpose == "loop"})
    if not rounds:
        raise InputError(f"arm {arm!r}, seed {seed} has no finished selection yet.")
    if round is None and len(rounds) > 1 and recipe.model is None:
        said.append(f"round {rounds[-1]} of {len(rounds)}: export the others with --round")
    round = rounds[-1] if round is None else round
    if round not in rounds:
        raise InputError(f"--round {round}: finished rounds are {rounds}.")
    parts = Parts(recipe, next(c.settings for c in recipe.chains() if c.arm == arm))
    selection = [fp for step, kind, fp, _ in mine if (step.round, step.purpose, kind) == (round, "loop", "select")][-1]
    pools, scores = sources_of(store, selection)
    # Verdicts stand signal by signal, in the recipe's order, one stage a pool.
    each = len(pools)
    verdicts = {
        name: (signal, scores[i * each : (i + 1) * each]) for i, (name, signal) in enumerate(parts.signals.items())
    }
    sources = [] if parts.real is None else [_source(recipe, parts)]
    lot = Lot(
        store,
        pools,
        selection,
        verdicts,
        title=f"{recipe.name}-{arm}-seed{seed}-round{round}",
        chain=openness(parts).chain,
        sources=sources,
        arms=[arm],
        round=round,
        licence=recipe.licence,
        **_mixed(parts),
    )
    written = write_lot(lot, to, out, overwrite)
    return {
        "file": str(written.path),
        "card": str(card_path(written.path)),
        "format": to,
        "arm": arm,
        "seed": seed,
        "round": round,
        "rows": written.rows,
        "said": [*said, *written.said],
    }


def _mixed(parts: Parts) -> dict[str, Any]:
    """The real rows that a recipe's ``mix`` adds."""
    mix = parts.settings.mix if isinstance(parts.settings, Round) else None
    if not isinstance(mix, Mix) or parts.real is None:
        return {}
    return {"real": ExampleSource(parts.real), "real_share": mix.real}


def _chosen_arm(store: Store, recipe: Recipe) -> tuple[str, str]:
    """The arm that the decision names, or else the one with the largest gain, and a sentence that says which."""
    if recipe.test is None:
        if len(recipe.arms) == 1:
            return next(iter(recipe.arms)), "the only arm there is"
        raise InputError(
            f"--arm: nothing was trained, so no arm is known to be better; name one of {', '.join(recipe.arms)}."
        )
    arms = arm_summaries(store, recipe)
    best = best_arm(arms)
    if best is not None:
        return best.name, f"arm {best.name!r}, which the decision names"
    finished = [(arm.gain.value, arm.name) for arm in arms if arm.gain is not None]
    if not finished:
        raise InputError(
            f"--arm: no arm has finished, so none is chosen for you; name one of {', '.join(recipe.arms)}."
        )
    name = max(finished)[1]
    return (
        name,
        f"arm {name!r}: the largest gain, but no arm is known to have improved; name another with --arm",
    )


def _source(recipe: Recipe, parts: Parts) -> dict[str, Any]:
    assert recipe.real is not None and parts.real is not None, "asked only where there is real data"
    name = recipe.real.path or recipe.real.call
    licence = recipe.licence.get("real", "unknown")
    return {
        "name": name,
        "rows": len(parts.real.load().rows),
        "fingerprint": parts.real.fingerprint,
        "license": licence,
    }
