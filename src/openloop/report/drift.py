"""Whether the models of an arm have got worse than its start on the same test, round by round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from openloop.evaluation.comparison import Aligned
from openloop.measures.drift import Look, looks
from openloop.run.comparisons import items_of
from openloop.run.record import RunRecord
from openloop.run.store import Placed, Store

DRIFT = "drift"
LEVEL = 0.95
MATERIAL = 0.02
"""A fall must surely be larger than this."""


def drifted_arms(store: Store) -> list[dict[str, Any]]:
    """A finding for each arm and seed whose models surely fell below its start, on each test, as plain values.

    The chance of any false one in a run is at most 1 − LEVEL, however many arms, seeds and rounds there are.
    """
    held = store.journal.run()
    if held is None:
        return []
    record = RunRecord.read(held)
    series = _series(store, record)
    level = 1 - (1 - LEVEL) / max(1, len(series))
    found = []
    for (test, arm, seed), entries in series.items():
        name = next(iter(entries[0].result["estimates"]))
        if name in entries[0].result.get("lower_is_better", ()):
            continue
        fallen = _first_fall(store, entries, name, level)
        if fallen is not None:
            round, look = fallen
            text = (
                f"{arm}, seed {seed}: {name} on {test!r} fell below its start for sure in round {round}: "
                f"by {-look.change.value:.1%} on the same {look.change.n:,} items (exact test, all rounds together)."
            )
            found.append({"finding": DRIFT, "arm": arm, "seed": seed, "round": round, "text": text})
    return found


def _series(store: Store, record: RunRecord) -> Mapping[tuple[str, str, int], dict[int, Placed]]:
    """By test, arm and seed: the evaluation of each round, the start's among them."""
    series: dict[tuple[str, str, int], dict[int, Placed]] = defaultdict(dict)
    for entry in store.journal.steps():
        if entry.kind == "evaluate" and entry.step.arm in record.arms and entry.step.seed in record.seeds:
            series[entry.label, entry.step.arm, entry.step.seed].setdefault(entry.step.round, entry)
    return {key: entries for key, entries in series.items() if 0 in entries and len(entries) > 1}


def _first_fall(store: Store, entries: Mapping[int, Placed], name: str, level: float) -> tuple[int, Look] | None:
    rounds = sorted(entries)
    values = Aligned.of([items_of(store, entries[number].fingerprint) for number in rounds]).values(name)
    known = values[~np.isnan(values)]
    if not len(known) or known.min() < 0 or known.max() > 1:
        return None  # no share: a rating, a perplexity
    for number, look in zip(rounds[1:], looks(list(values), level), strict=True):
        if look.moved and look.change.high is not None and look.change.high < -MATERIAL:
            return number, look
    return None
