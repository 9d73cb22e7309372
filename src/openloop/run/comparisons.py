"""The arms of a run compared in pairs, and with the start, on every test. Reads what was recorded and nothing else."""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.evaluation.comparison import Aligned, Comparison, Pair, judged, largest_difference
from openloop.evaluation.items import ItemResults
from openloop.run.record import RunRecord, SignalRecord
from openloop.run.store import Placed, Store

Reached = Mapping[str, Mapping[int, Mapping[int, Placed]]]
"""Arm → round → seed: the evaluation of the model there, on one test."""


@dataclass(frozen=True)
class Side:
    """One of two that are compared: a name, and the models that it stands for."""

    name: str
    arm: str
    round: int


def compared(store: Store, record: RunRecord, steps: Iterable[Placed]) -> list[Comparison]:
    """Every pair of arms after the last round that both finished, and every arm with its own start.

    In the order of the recipe, the start before all arms; ``a`` is the later one. Empty where nothing is trained.
    """
    if not record.trains:
        return []
    tests: dict[str, dict[str, dict[int, dict[int, Placed]]]] = {}
    for entry in steps:
        if entry.kind == "evaluate" and entry.step.arm in record.arms and entry.step.seed in record.seeds:
            arms = tests.setdefault(entry.label, {arm: {} for arm in record.arms})
            arms[entry.step.arm].setdefault(entry.step.round, {})[entry.step.seed] = entry
    return judged(pair for test, reached in tests.items() for pair in _pairs(store, test, reached))


def is_start(side: str, arms: Container[str]) -> bool:
    """Whether a side of a comparison is what the arms were before training."""
    return side not in arms


def against_start(comparisons: Sequence[Comparison], arm: str, record: RunRecord) -> Comparison | None:
    """What the decision about an arm rests on: by the first estimate of the first test, after all rounds."""
    if not comparisons:
        return None
    main = (comparisons[0].test, comparisons[0].estimate)
    mine = [c for c in comparisons if c.a == arm and (c.test, c.estimate) == main and c.round == record.rounds]
    return next((c for c in mine if is_start(c.b, record.arms)), None)


def _pairs(store: Store, test: str, reached: Reached) -> Iterator[Pair]:
    """By every estimate that the evaluations hold item by item."""
    couples = [(one, other, _seeds_of_both(reached, one, other)) for one, other in _sides(reached)]
    entries = {entry.fingerprint: entry for _, _, both in couples for pair in both for entry in pair}
    if not entries:
        return
    results = {fingerprint: items_of(store, fingerprint) for fingerprint in entries}
    place = {fingerprint: i for i, fingerprint in enumerate(results)}
    aligned = Aligned.of(list(results.values()))
    stages = [store.finished_stage(fingerprint).record.get("estimates", {}) for fingerprint in entries]
    record = {name: held for estimates in stages for name, held in estimates.items()}
    # Signals are recorded, one estimate each; what is derived from the same verdicts (pass@8) would be counted twice.
    # A benchmark says which of its numbers stand for what was asked; tasks inside a group are part of it.
    main = [name for entry in entries.values() for name in entry.result.get("main", ())]
    every = [name for items in results.values() for name in items.values]
    names = list(record) or list(dict.fromkeys(main or every))
    for name in names:
        values = aligned.values(name)
        largest = _largest(record.get(name, {}), values)
        for one, other, both in couples:
            rows = [
                (a, b) for a, b in both if name in results[a.fingerprint].values.keys() & results[b.fingerprint].values
            ]
            if rows:
                yield Pair.of(
                    (one.name, other.name),
                    (values[[place[a.fingerprint] for a, _ in rows]], values[[place[b.fingerprint] for _, b in rows]]),
                    name,
                    largest,
                    test=test,
                    same_model=all(a.fingerprint == b.fingerprint for a, b in rows),
                    lower_is_better=name in rows[0][0].result.get("lower_is_better", ()),
                    round=one.round,
                )


def _sides(reached: Reached) -> Iterator[tuple[Side, Side]]:
    """Two at a time, each after the last round that both have finished under some seed."""
    start = "start" if "start" not in reached else "start of all"
    for arm, rounds in reached.items():
        last = max(rounds, default=0)
        if last:
            yield Side(arm, arm, last), Side(start, arm, 0)
    for b, a in itertools.combinations(reached, 2):
        last = max((r for r in reached[a] if reached[a][r].keys() & reached[b].get(r, {}).keys()), default=0)
        if last:
            yield Side(a, a, last), Side(b, b, last)


def _seeds_of_both(reached: Reached, one: Side, other: Side) -> list[tuple[Placed, Placed]]:
    mine, theirs = (reached[side.arm].get(side.round, {}) for side in (one, other))
    return [(mine[seed], theirs[seed]) for seed in sorted(mine.keys() & theirs.keys())]


def items_of(store: Store, fingerprint: str) -> ItemResults:
    """What each item of an evaluation gave, as it was recorded."""
    table = store.table([fingerprint])
    columns = [name for name in table.column_names if name.startswith("value.")]
    values = {c.removeprefix("value."): np.asarray(table.column(c).to_numpy(), dtype=np.float64) for c in columns}
    return ItemResults(table.column("prompt_id").to_pylist(), values)


def _largest(record: Mapping[str, Any], values: Values) -> float:
    """The largest difference that an item can show: by the range that its signal recorded, else by the values."""
    if "signal" not in record:
        return largest_difference(values)
    signal = SignalRecord.read(record["signal"])
    for low, high in [(0.0, 1.0)] * (signal.accept_at is not None) + [signal.range]:
        if high > low and bool((np.isnan(values) | ((values >= low) & (values <= high))).all()):
            return high - low
    return math.inf
