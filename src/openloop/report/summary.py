"""A run directory as numbers: what `openloop show --json` prints. Reads the directory and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from openloop.errors import RecipeError, StoreError
from openloop.measures.diversity import distinct_share
from openloop.recipe import Chain, Recipe, load_yaml, parse_recipe
from openloop.recipe.openness import openness
from openloop.recipe.parts import Parts
from openloop.records import Estimate, Outcome
from openloop.report.arms import ArmSummary, over_seeds
from openloop.report.decision import decide
from openloop.report.funnel import made_sentence
from openloop.report.measured import solved
from openloop.run.kept_rows import kept_table, sources_of
from openloop.run.stages.base import add_up
from openloop.run.store import Step, Store

OUTCOMES = [outcome.value for outcome in Outcome]
Placed = tuple[Step, str, str, dict[str, Any]]


def summarise(directory: str | Path) -> dict[str, Any]:
    """Everything `show` says of a run, as plain values."""
    store = Store.read(directory)
    recipe = stored_recipe(store)
    if recipe is None:
        return {"directory": str(store.root), "stages": loose_stages(store), "arms": {}, "decision": None}
    arms = arm_summaries(store, recipe)
    return {
        "directory": str(store.root),
        "name": recipe.name,
        "rounds": recipe.rounds,
        "decision": decide(arms) if recipe.model is not None else made_sentence(arms),
        "arms": {arm.name: _plain(arm) for arm in arms},
        "events": [{"time": when, "event": kind, **detail} for when, kind, detail in store.journal.events()],
    }


def stored_recipe(store: Store) -> Recipe | None:
    """The recipe a run directory was made by; None for a run made by Python calls."""
    path = store.root / "recipe.yaml"
    if not path.exists():
        return None
    try:
        values = load_yaml(path.read_text(encoding="utf-8"))
        return parse_recipe(dict(values["recipe"]), base=Path(values["base"]))
    except (RecipeError, yaml.YAMLError, TypeError, KeyError, ValueError) as error:
        raise StoreError(
            f"{path} is not what openloop wrote ({error}). Run the recipe again with --dir: that "
            "writes it anew and recomputes nothing."
        ) from error


def arm_summaries(store: Store, recipe: Recipe) -> list[ArmSummary]:
    """Every arm of the run."""
    placed: dict[tuple[str, int, int], list[Placed]] = {}
    for entry in store.journal.steps():
        placed.setdefault((entry[0].arm, entry[0].seed, entry[0].round), []).append(entry)
    every = recipe.chains()
    return [_arm(store, recipe, [c for c in every if c.arm == name], placed) for name in recipe.arms]


def _arm(
    store: Store, recipe: Recipe, mine: Sequence[Chain], placed: dict[tuple[str, int, int], list[Placed]]
) -> ArmSummary:
    name = mine[0].arm
    status = store.journal.chains()
    rounds = range(1, recipe.rounds + 1)

    def at(seed: int, number: int) -> list[Placed]:
        return placed.get((name, seed, number), [])

    parts = Parts(recipe, mine[0].settings)
    several = recipe.model is None and mine[0].settings.sampling.k > 1 and mine[0].settings.parse is None
    everything = [entry for c in mine for r in rounds for entry in at(c.seed, r)]
    kept = {(c.seed, r): _kept_rows(store, at(c.seed, r)) for c in mine for r in rounds}
    return ArmSummary(
        name=name,
        openness=openness(parts),
        accuracy={c.seed: _accuracies([at(c.seed, r) for r in range(recipe.rounds + 1)]) for c in mine},
        status={c.seed: status.get((name, c.seed), ("not started", "")) for c in mine},
        rows=[_accounting([entry for c in mine for entry in at(c.seed, r)]) for r in rounds],
        distinct=[over_seeds(distinct_share(kept[c.seed, r][0]) for c in mine if kept[c.seed, r][0]) for r in rounds],
        logprob=[over_seeds(_mean(kept[c.seed, r][1]) for c in mine if kept[c.seed, r][1]) for r in rounds],
        rounds=recipe.rounds,
        measure="accuracy" if recipe.test is None or parts.judge.accept_at is not None else "mean value",
        trains=recipe.model is not None,
        measured={(c.seed, r): held for c in mine for r in rounds if (held := _measured(at(c.seed, r), c.seed))},
        solved=solved(store, everything, parts.signals) if several else {},
    )


def _accuracies(rounds: Iterable[list[Placed]]) -> list[float]:
    values = []
    for entries in rounds:
        found = [counts["value"] for _, kind, _, counts in entries if kind == "evaluate"]
        if not found:
            break
        values.append(float(found[-1]))
    return values


def _accounting(entries: Sequence[Placed]) -> dict[str, Any]:
    """Rows of one round over all seeds, and apart from them those of what proposed its prompts."""
    rows = _account([entry for entry in entries if entry[0].purpose == "loop"])
    proposed = [entry for entry in entries if entry[0].purpose == "propose"]
    return rows | {"propose": _account(proposed)} if proposed else rows


def _account(entries: Sequence[Placed]) -> dict[str, Any]:
    """requested = generated + request_failed; found = items + broken; kept + dropped = items, or else generated.

    In the loop the last selection of a chain covers all its batches; each batch of proposals has one of its own.
    """
    rows: dict[str, Any] = dict.fromkeys(["requested", "generated", "request_failed", "found", "kept"], 0)
    rows |= {"remarks": {}, "failures": {}, "broken": {}, "dropped": {}, **dict.fromkeys(OUTCOMES, 0)}
    for step, kind, fingerprint, counts in entries:
        covered = step.purpose == "loop" and fingerprint != _last_selection(entries, step.seed)
        if kind == "select" and covered:
            continue
        taken = rows.keys() & counts.keys() - (set() if kind == "sample" else {"generated"})
        rows = rows | add_up({0: {key: rows[key] for key in taken}, 1: {key: counts[key] for key in taken}})
    return rows


def _last_selection(entries: Sequence[Placed], seed: int) -> str | None:
    mine = [fingerprint for step, kind, fingerprint, _ in entries if kind == "select" and step.seed == seed]
    return mine[-1] if mine else None


def _measured(entries: Sequence[Placed], seed: int) -> dict[str, Estimate]:
    """What the last selection of a round measured of itself."""
    loop = [entry for entry in entries if entry[0].purpose == "loop"]
    last = _last_selection(loop, seed)
    found: dict[str, Any] = next((counts for _, _, name, counts in loop if name == last), {})
    return {name: Estimate(**held) for name, held in found.get("measured", {}).items()}


def _kept_rows(store: Store, entries: Sequence[Placed]) -> tuple[list[str], list[float]]:
    """Completions (as text) and log-likelihoods of the rows kept in one round of one chain."""
    loop = [(kind, fingerprint) for step, kind, fingerprint, _ in entries if step.purpose == "loop"]
    selections = [fingerprint for kind, fingerprint in loop if kind == "select"]
    if not selections:
        return [], []
    table = kept_table(store, sources_of(store, selections[-1])[0], selections[-1], ["completion", "logprob"])
    texts = [str(completion) for completion in table.column("completion").to_pylist()]
    return texts, table.column("logprob").drop_null().to_pylist()


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _plain(arm: ArmSummary) -> dict[str, Any]:
    def plain(estimate: Estimate | None) -> dict[str, Any] | None:
        return None if estimate is None else asdict(estimate)

    return {
        "outside_information": arm.openness.outside,
        "chain": arm.openness.chain,
        "measure": arm.measure,
        "improved": arm.improved,
        "gain": plain(arm.gain),
        "accuracy": [plain(arm.mean_accuracy(r)) for r in range(arm.rounds + 1)],
        "rows": arm.rows,
        "pass_at": {name: {str(k): plain(e) for k, e in by_k.items()} for name, by_k in arm.solved.items()},
        "measured": [
            {"seed": seed, "round": number, **{name: plain(e) for name, e in held.items()}}
            for (seed, number), held in arm.measured.items()
        ],
        "distinct": [plain(e) for e in arm.distinct],
        "logprob": [plain(e) for e in arm.logprob],
        "seeds": {
            str(seed): {"accuracy": values, "status": arm.status[seed][0], "reason": arm.status[seed][1]}
            for seed, values in arm.accuracy.items()
        },
    }


def loose_stages(store: Store) -> list[dict[str, Any]]:
    """The stages of a run that no recipe made."""
    return [
        {
            "arm": step.arm,
            "seed": step.seed,
            "round": step.round,
            "purpose": step.purpose,
            "stage": kind,
            "fingerprint": fingerprint,
            "counts": counts,
        }
        for step, kind, fingerprint, counts in store.journal.steps()
    ]
