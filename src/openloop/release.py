"""Trainable rows leave a run here, with a data-set card that says where they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from openloop import filesystem
from openloop.errors import InputError, nearest
from openloop.export import CardFacts, Export, card, write
from openloop.kept import kept_mask, kept_table
from openloop.loop import chains
from openloop.openness import openness
from openloop.parts import Parts
from openloop.recipe import Recipe
from openloop.report.decision import best_arm
from openloop.report.summary import arm_summaries, stored_recipe
from openloop.store import Store
from openloop.tables import CandidateRows

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
    sources: Sequence[Mapping[str, Any]] = ()
    arms: Sequence[str] = ()
    round: int | None = None
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
    return _write(lot, to, Path(path) if path is not None else None, overwrite).path


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
    sources = [] if parts.real is None else [_source(recipe, parts)]
    lot = Lot(store, pools, [fp for kind, fp in here if kind == "select"][-1], verdicts,
              title=f"{recipe.name}-{arm}-seed{seed}-round{round}", chain=openness(parts).chain, sources=sources,
              arms=[arm], round=round, licence=recipe.licence)  # fmt: skip
    written = _write(lot, to, out, overwrite)
    return {"file": str(written.path), "card": str(_card_path(written.path)), "format": to, "arm": arm,
            "seed": seed, "round": round, "rows": written.rows, "said": list(written.said)}  # fmt: skip


def _write(lot: Lot, to: str, path: Path | None, overwrite: bool) -> Export:
    suffix = "parquet" if to == "parquet" else "jsonl"
    path = path or lot.store.root / "export" / f"{lot.title}-{to}.{suffix}"
    if to == "dpo":
        rows = CandidateRows(lambda columns: lot.store.table(lot.pools, columns))
        written = write(rows, path, to=to, accepted=_pair_flags(lot), overwrite=overwrite)
    else:
        kept = CandidateRows.of(kept_table(lot.store, lot.pools, lot.selection))
        written = write(kept, path, to=to, overwrite=overwrite)
    filesystem.write_text(_card_path(path), card(_facts(lot, written)))
    return written


def _source(recipe: Recipe, parts: Parts) -> dict[str, Any]:
    assert recipe.real is not None and parts.real is not None, "asked only where there is real data"
    name = recipe.real.path or recipe.real.call
    licence = recipe.licence.get("real", "unknown")
    return {"name": name, "rows": len(parts.real.load().rows), "fingerprint": parts.real.fingerprint,
            "license": licence}  # fmt: skip


def _card_path(path: Path) -> Path:
    return path.with_name(path.name.split(".")[0] + ".card.md")


def _pair_flags(lot: Lot) -> list[bool | None]:
    """True where kept, False where a signal scored the row and rejects it, None elsewhere. Shape [N]."""
    judged = [(signal, stages) for signal, stages in lot.verdicts.values() if signal.accept_at is not None]
    if not judged:
        raise InputError(
            "dpo: pairs need the verdicts of a signal with accept_at, and this selection has none."
        )
    keep = kept_mask(lot.store, lot.selection).to_pylist()
    rejected = np.zeros(len(keep), dtype=np.bool_)
    for signal, stages in judged:
        values = lot.store.table(stages, ["value"]).column("value").to_numpy()
        rejected |= values < signal.accept_at  # NaN, unscored, compares false
    return [True if mine else False if no else None for mine, no in zip(keep, rejected.tolist(), strict=True)]


def _facts(lot: Lot, written: Export) -> CardFacts:
    counts = lot.store.stage(lot.selection)
    assert counts is not None, "a selection is released after it has finished"
    samplers = kept_table(lot.store, lot.pools, lot.selection, ["model", "revision"])
    names = sorted(set(zip(*(samplers.column(c).to_pylist() for c in ("model", "revision")), strict=True)))
    return CardFacts(
        name=lot.title,
        rows=written.rows,
        to=written.to,
        license=lot.licence.get("data", "unknown"),
        license_sources=lot.licence.get("real", "unknown"),
        license_outputs=lot.licence.get("outputs", "unknown"),
        sources=lot.sources,
        models=[{"name": name, "revision": revision} for name, revision in names],
        signals=[
            {"name": name, "kind": signal.kind, "range": signal.range, "accept_at": signal.accept_at}
            for name, (signal, _) in lot.verdicts.items()
        ],
        generated=counts.counts["generated"],
        kept=counts.counts["kept"],
        dropped=counts.counts["dropped"],
        arms=lot.arms,
        rounds=lot.round,
        notes=[f"Made by: {' → '.join(lot.chain)}."] if lot.chain else [],
    )
