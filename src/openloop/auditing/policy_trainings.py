"""The trainings of policies that a run recorded, as arrays: reward by step, reward and gold of held-out prompts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.data.tables import ROW
from openloop.run.kept_rows import signal_of
from openloop.run.store import Placed, Store
from openloop.training.rollouts import GOLD, STEP

ROLLOUTS = "rollouts"
Place = tuple[str, int, int, str]
"""Arm, seed, round and fingerprint of a training."""


@dataclass(frozen=True, slots=True)
class PolicyTraining:
    """One training in which a policy answered by itself."""

    arm: str
    seed: int
    round: int
    model: str
    step_reward: Values
    """Shape [S]: mean reward of each step's answers, as a share of the most that its signals can give."""
    held_reward: Values
    """Shape [C, P]: of the greedy answer to held-out prompt p at check c; NaN where unscored."""
    held_gold: Values | None
    """Shape [C, P]; None where the training was given no gold."""
    held_steps: tuple[int, ...]
    """After how many steps each check came."""

    @property
    def where(self) -> str:
        """``arm hacked, seed 1, round 2``; empty for the only training of a run made by Python calls."""
        said = [f"arm {self.arm}", f"seed {self.seed}"] if self.arm else []
        return ", ".join([*said, *([f"round {self.round}"] if self.round else [])])


def policy_trainings(store: Store, arm: str | None = None) -> list[PolicyTraining]:
    """Every one that has held-out answers, in the order of the journal; of one arm if named."""
    placed = [entry for entry in store.journal.steps() if arm is None or entry.step.arm == arm]
    pools: dict[Place, dict[str, Placed]] = {}
    gold: dict[str, str] = {}
    for entry in placed:
        if entry.kind == ROLLOUTS:
            record = store.finished_stage(entry.fingerprint).record
            where = (entry.step.arm, entry.step.seed, entry.step.round, record["training"])
            pools.setdefault(where, {})[record["part"]] = entry
        elif entry.kind == "score" and entry.label == GOLD:
            gold[store.finished_stage(entry.fingerprint).record["pool"]] = entry.fingerprint
    return list(_read(store, pools, gold))


def _read(
    store: Store, pools: Mapping[Place, Mapping[str, Placed]], gold: Mapping[str, str]
) -> Iterator[PolicyTraining]:
    for (arm, seed, round, training), parts in pools.items():
        if len(parts) < 2:  # nothing was held out
            continue
        recorded = store.finished_stage(training)
        most = sum(abs(weight) for weight in recorded.result["facts"]["weights"].values())
        steps, rewards = _rewards(store, parts["train"].fingerprint, most)
        held = parts["held_out"].fingerprint
        held_steps, held_rewards = _rewards(store, held, most)
        checks = np.unique(held_steps)
        score = gold.get(held)
        yield PolicyTraining(
            arm=arm,
            seed=seed,
            round=round,
            model=recorded.record["model"]["name"],
            step_reward=np.array([_mean(rewards[steps == number]) for number in np.unique(steps)]),
            held_reward=held_rewards.reshape(len(checks), -1),
            held_gold=None if score is None else _gold(store, score).reshape(len(checks), -1),
            held_steps=tuple(checks.tolist()),
        )


def _rewards(store: Store, pool: str, most: float) -> tuple[Values, Values]:
    """(step, reward) of the rows of a pool, shapes [N]."""
    table = store.table([pool], [ROW + STEP, "reward"])
    steps, rewards = (np.asarray(table.column(name).to_numpy(), dtype=np.float64) for name in (ROW + STEP, "reward"))
    return steps.astype(np.int64), rewards / most


def _gold(store: Store, score: str) -> Values:
    """1 and 0 where gold accepts or not, or its value by its range; NaN where unscored. Shape [N]."""
    values = np.asarray(store.table([score], ["value"]).column("value").to_numpy(), dtype=np.float64)
    signal = signal_of(store, score)
    low, high = signal.range
    if signal.accept_at is None:
        return (values - low) / (high - low) if np.isfinite(high - low) else values
    return np.where(np.isnan(values), np.nan, (values >= signal.accept_at).astype(np.float64))


def _mean(values: Values) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
