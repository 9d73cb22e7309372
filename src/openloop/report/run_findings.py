"""What a run found out: trainings that came to nothing, policies that learned only their reward, tests that scored
nothing, arms that fell below their start or narrowed."""

from __future__ import annotations

from typing import Any

from openloop.auditing.reward_hacking import hacked_trainings
from openloop.report.blocks import Lines
from openloop.report.drift import drifted_arms
from openloop.report.narrowed import narrowed_arms
from openloop.run.store import Store

TEST_UNSCORED = "test-unscored"


def run_findings(store: Store) -> list[dict[str, Any]]:
    """As plain values: ``finding``, ``arm``, ``seed`` and ``text``; of a policy also its ``round``."""
    return [
        *ended_trainings(store),
        *hacked_trainings(store),
        *unscored_tests(store),
        *drifted_arms(store),
        *narrowed_arms(store),
    ]


def ended_trainings(store: Store) -> list[dict[str, Any]]:
    """Trainings that came to nothing and ended their chains.

    A chain that went on after all has found nothing, and one that ended again the same way is told of once.
    """
    ended = {chain: reason for chain, (status, reason) in store.journal.chains().items() if status == "ended"}
    events = [detail for _, kind, detail in store.journal.events() if kind == "finding"]
    found = {
        (one["arm"], one["seed"]): dict(one) for one in events if ended.get((one["arm"], one["seed"])) == one["text"]
    }
    return list(found.values())


def unscored_tests(store: Store) -> list[dict[str, Any]]:
    """Estimates of tests that rest on no answer at all, each reason once."""
    found: dict[str, dict[str, Any]] = {}
    for entry in store.journal.steps():
        for name, why in entry.result.get("unscored", {}).items() if entry.kind == "evaluate" else ():
            text = f"{name} on {entry.label!r} could not be measured: nothing was scored: {why}."
            step = entry.step
            found.setdefault(text, {"finding": TEST_UNSCORED, "arm": step.arm, "seed": step.seed, "text": text})
    return list(found.values())


def finding_lines(store: Store) -> Lines:
    """A sentence for each policy that learned only its reward, each test that scored nothing and each arm that fell or
    narrowed; a training that came to nothing is told with its arm."""
    return Lines([f"{one['finding']}: {one['text']}" for one in _of_the_run(store)], "warning")


def _of_the_run(store: Store) -> list[dict[str, Any]]:
    return [*hacked_trainings(store), *unscored_tests(store), *drifted_arms(store), *narrowed_arms(store)]
