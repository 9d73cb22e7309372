"""Whether an arm's kept rows have come to say fewer different things than those of its first round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from openloop.measures.combined_intervals import ratio
from openloop.records import Estimate
from openloop.run.record import RunRecord
from openloop.run.store import Placed, Store

COLLAPSE = "collapse"
LEVEL = 0.95
HALF = 0.5
"""Of the different things that the first round's rows said: a finding where surely fewer are left."""


def narrowed_arms(store: Store) -> list[dict[str, Any]]:
    """A finding for each arm and seed whose kept rows surely narrowed, with the first round that shows it.

    The chance of any false one in a run is at most 1 − LEVEL, however many arms, seeds and rounds there are
    (Bonferroni): the intervals of both rounds are taken at a level that is high enough for all.
    """
    held = store.journal.run()
    if held is None:
        return []
    series = _series(store, RunRecord.read(held))
    looks = sum(len(rounds) - 1 for rounds in series.values())
    if not looks:
        return []
    level = 1 - (1 - LEVEL) / looks
    found = []
    for (arm, seed), rounds in series.items():
        first, *later = sorted(rounds)
        for number in later:
            text = _narrowed(_at(rounds[number], level), _at(rounds[first], level))
            if text:
                text = f"{arm}, seed {seed}: the rows kept in round {number} say {text.format(first=first)}"
                found.append({"finding": COLLAPSE, "arm": arm, "seed": seed, "round": number, "text": text})
                break
    return found


def _narrowed(now: Estimate | None, before: Estimate | None) -> str:
    """What to say of two rounds; empty where the later one is not surely below half of the first."""
    if now is None or before is None:
        return ""
    high = ratio(now, before)[1]
    if high is None or high >= HALF:
        return ""
    return (
        f"{now.value / before.value:.0%} as many different things as those of round {{first}} ({before.value:,.0f} "
        f"then, {now.value:,.0f} now, order-2 Vendi score; at most {high:.0%}, all rounds together; a finding below "
        f"{HALF:.0%}). Sample at a higher temperature, mix real rows in, or select with `diverse`."
    )


def _series(store: Store, record: RunRecord) -> Mapping[tuple[str, int], dict[int, Placed]]:
    """By arm and seed: the last description of each round."""
    series: dict[tuple[str, int], dict[int, Placed]] = defaultdict(dict)
    for entry in store.journal.steps():
        if entry.kind == "describe" and entry.step.arm in record.arms and entry.step.seed in record.seeds:
            series[entry.step.arm, entry.step.seed][entry.step.round] = entry
    return {key: rounds for key, rounds in series.items() if len(rounds) > 1}


def _at(entry: Placed, level: float) -> Estimate | None:
    """The round's diversity at this level or the next higher one that was stored; None where there is none."""
    stored = [entry.result["estimates"].get("diversity.vendi2"), *entry.result["surer"]]
    fit = [one for one in stored if one is not None and one["level"] >= level - 1e-12 and one["high"] is not None]
    return Estimate(**min(fit, key=lambda one: one["level"])) if fit else None
