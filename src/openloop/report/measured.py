"""What a run measured beside counts: prompts solved, by each signal that checks answers; effects of selections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from rich.text import Text

from openloop.contracts import Signal
from openloop.data.tables import generated
from openloop.measures.pass_at import pass_at, sizes
from openloop.records import Estimate
from openloop.report.arms import ArmSummary
from openloop.run.store import Step, Store
from openloop.selection.base import accepted

Solved = Mapping[str, Mapping[int, Estimate]]
"""Signal → k → pass@k."""


def solved(store: Store, entries: Sequence[tuple[Step, str, str, object]], signals: Mapping[str, Signal]) -> Solved:
    """Of hard signals that accept: pass@k over all prompts of the loop's pools.

    A pool's score stages stand in the order of the signals.
    """
    pools: dict[str, list[str]] = {}
    for step, kind, fingerprint, _ in entries:
        stage = store.stage(fingerprint) if kind == "score" and step.purpose == "loop" else None
        if stage is not None:
            pools.setdefault(stage.upstream[0], []).append(fingerprint)
    found = {}
    for place, (name, signal) in enumerate(signals.items()):
        mine = {pool: scores[place] for pool, scores in pools.items() if len(scores) == len(signals)}
        if signal.kind != "hard" or signal.accept_at is None or not mine:
            continue
        prompts, correct = [], []
        for number, (pool, score) in enumerate(mine.items()):
            ids = generated(store.table([pool], ["prompt_id", "finish"])).column("prompt_id").to_pylist()
            values = store.table([score], ["value"]).column("value").to_numpy()
            prompts += [f"{number} {prompt}" for prompt in ids]
            correct.append(accepted(values, signal.accept_at))
        codes = np.unique(prompts, return_inverse=True)[1].astype(np.int64)
        verdicts = np.concatenate(correct)
        found[name] = {k: pass_at(verdicts, codes, k) for k in sizes(codes, verdicts)}
    return found


def show_solved(arms: Sequence[ArmSummary]) -> Iterator[Text]:
    """A line per arm and signal: ``passes: pass@1 .42 [.30, .54], pass@8 .81 [.57, .95] of 16 prompts``."""
    for arm in arms:
        for name, by_k in arm.solved.items():
            said = ", ".join(f"pass@{k} {_spoken(estimate)}" for k, estimate in by_k.items())
            n = max(estimate.n for estimate in by_k.values())
            yield Text(f"{arm.name}: {name}: {said} of {n:,} prompts")


def show_measured(arms: Sequence[ArmSummary]) -> Iterator[Text]:
    """A line for each thing that a selection measured of its own effect."""
    for arm in arms:
        for (seed, number), held in arm.measured.items():
            for name, estimate in held.items():
                yield Text(f"{arm.name}, seed {seed}, round {number}: {name} {_spoken(estimate)}")


def _spoken(estimate: Estimate) -> str:
    if estimate.low is None and estimate.high is None:
        return f"{estimate.value:.3f}"
    low, high = (bound if known is None else known for bound, known in ((0.0, estimate.low), (1.0, estimate.high)))
    return f"{estimate.value:.3f} [{low:.3f}, {high:.3f}]"
