"""Trainable rows leave a run here, with a data-set card that says where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openloop.errors import InputError, nearest
from openloop.loop import chains
from openloop.openness import openness
from openloop.parts import Parts
from openloop.report.decision import best_arm
from openloop.report.summary import arm_summaries, stored_recipe
from openloop.store import Store

if TYPE_CHECKING:
    from openloop.contracts import Signal
    from openloop.handles import Kept


@dataclass(frozen=True)
class Lot:
    """One selection of a run, by fingerprints, and what is to be said of it."""

    store: Store
    pools: Sequence[str]
    selection: str
    verdicts: Mapping[str, tuple[Signal, Sequence[str]]]
    """By name: the signal, and its score stages, one per pool."""
    title: str
    chain: Sequence[str] = ()
    licence: Mapping[str, str] = field(default_factory=dict)


def release(kept: Kept, to: str, path: str | Path | None = None, *, overwrite: bool = False) -> Path:
    """Write what a selection kept; returns the file. See :data:`openloop.export.FORMATS`."""
    stage = kept.stage
    verdicts = {
        name: (stages[0].signal, [scored.fingerprint for scored in stages])
        for name, stages in stage.verdicts.items()
    }
    pools = [pool.fingerprint for pool in stage.pools]
    lot = Lot(kept.run.store, pools, stage.fingerprint, verdicts, f"kept-{stage.fingerprint[:8]}")
    return _write(lot, to, Path(path) if path is not None else None, overwrite)


def release_run(directory: Path, to: str, *, arm: str | None = None, seed: int | None = None,
                round: int | None = None, out: Path | None = None, overwrite: bool = False) -> dict[str, Any]:  # fmt: skip
    """Write one selection of a recipe's run: by default of the arm that the decision names, its last round."""
    store = Store.read(directory)
    recipe = stored_recipe(store)
    if recipe is None:
        raise InputError(
            f"{directory} was made by Python calls, not by a recipe; export with `Run.export(kept, ...)`."
        )
    if arm is None:
        best = best_arm(arm_summaries(store, recipe))
        if best is None:
            raise InputError(
                f"--arm: no arm improved, so none is chosen for you; name one of {', '.join(recipe.arms)}."
            )
        arm = best.name
    if arm not in recipe.arms:
        raise InputError(f"--arm {arm!r}: {nearest(arm, recipe.arms)}")
    seed = recipe.seeds[0] if seed is None else seed
    if seed not in recipe.seeds:
        raise InputError(f"--seed {seed}: allowed {recipe.seeds}.")
    mine = [entry for entry in store.journal.steps() if (entry[0].arm, entry[0].seed) == (arm, seed)]
    rounds = sorted({step.round for step, kind, _, _ in mine if kind == "select"})
    if not rounds:
        raise InputError(f"arm {arm!r}, seed {seed} has no finished selection yet.")
    round = rounds[-1] if round is None else round
    if round not in rounds:
        raise InputError(f"--round {round}: finished rounds are {rounds}.")
    parts = Parts(recipe, next(c.settings for c in chains(recipe) if c.arm == arm))
    here = [(kind, fp) for step, kind, fp, _ in mine if step.round == round and step.purpose == "loop"]
    pools = [fp for kind, fp in here if kind == "sample"]
    scores = [fp for kind, fp in here if kind == "score"]
    # Batches are scored signal by signal, in the recipe's order.
    names = list(parts.signals)
    verdicts = {name: (parts.signals[name], scores[i :: len(names)]) for i, name in enumerate(names)}
    lot = Lot(store, pools, [fp for kind, fp in here if kind == "select"][-1], verdicts,
              f"{recipe.name}-{arm}-seed{seed}-round{round}", openness(parts).chain, recipe.licence)  # fmt: skip
    file = _write(lot, to, out, overwrite)
    rows = store.stage(lot.selection)
    return {"file": str(file), "card": str(file.with_suffix(".md")), "format": to, "arm": arm, "seed": seed,
            "round": round, "kept": rows.counts["kept"] if rows else None}  # fmt: skip
