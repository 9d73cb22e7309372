"""What a run found out about its trainings: those that came to nothing, and policies that learned only their reward."""

from __future__ import annotations

from typing import Any

from openloop.auditing.reward_hacking import hacked_trainings
from openloop.report.blocks import Lines
from openloop.run.store import Store


def run_findings(store: Store) -> list[dict[str, Any]]:
    """As plain values: ``finding``, ``arm``, ``seed`` and ``text``; of a policy also its ``round``."""
    recorded = [dict(detail) for _, kind, detail in store.journal.events() if kind == "finding"]
    return [*recorded, *hacked_trainings(store)]


def hacking_lines(store: Store) -> Lines:
    """A sentence for each policy that learned only its reward; a training that came to nothing is told with its arm."""
    return Lines([f"{one['finding']}: {one['text']}" for one in hacked_trainings(store)], "warning")
