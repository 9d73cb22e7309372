"""What a run found out about its trainings: those that came to nothing, and policies that learned only their reward."""

from __future__ import annotations

from typing import Any

from openloop.auditing.reward_hacking import hacked_trainings
from openloop.report.blocks import Lines
from openloop.run.store import Store


def run_findings(store: Store) -> list[dict[str, Any]]:
    """As plain values: ``finding``, ``arm``, ``seed`` and ``text``; of a policy also its ``round``."""
    return [*ended_trainings(store), *hacked_trainings(store)]


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


def hacking_lines(store: Store) -> Lines:
    """A sentence for each policy that learned only its reward; a training that came to nothing is told with its arm."""
    return Lines([f"{one['finding']}: {one['text']}" for one in hacked_trainings(store)], "warning")
