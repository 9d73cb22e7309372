"""A run directory as numbers: what `openloop show --json` prints. Reads what was recorded and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from openloop.evaluation import Comparison
from openloop.measures.diversity import distinct_share
from openloop.records import Estimate
from openloop.report.arms import ArmSummary, over_seeds
from openloop.report.decision import decide
from openloop.report.row_accounts import accounts, last_selection
from openloop.report.run_findings import run_findings
from openloop.report.solved import solved
from openloop.run.comparisons import against_start, compared
from openloop.run.kept_rows import recorded_selection
from openloop.run.partial import unfinished_replies
from openloop.run.record import ArmRecord, RunRecord
from openloop.run.rows_of_run import partial_rows
from openloop.run.store import Placed, Store
from openloop.run.store.lock import Lock

INTERRUPTED = ("interrupted", "its process is gone; the same `openloop run` goes on where it was")
"""Status, and why, of what was running when its process was killed."""


@dataclass(frozen=True)
class RunSummary:
    """Everything that is shown of a run of a recipe."""

    store: Store
    record: RunRecord
    arms: Sequence[ArmSummary]
    comparisons: Sequence[Comparison]
    """Every pair of arms, and every arm with its start, on every test."""

    @property
    def decision(self) -> str:
        """One sentence on what to train on."""
        return decide(self.arms, self.comparisons, trains=self.record.trains)


@dataclass(frozen=True)
class _Chain:
    """What stands in the rounds of one arm under one seed."""

    store: Store
    seed: int
    rounds: Mapping[int, Sequence[Placed]]

    def at(self, round: int) -> list[Placed]:
        return list(self.rounds.get(round, ()))

    def accuracies(self, rounds: int) -> list[float]:
        """The generator's, then one per finished round."""
        values = []
        for number in range(rounds + 1):
            found = [entry.result["estimates"] for entry in self.at(number) if entry.kind == "evaluate"]
            if not found:
                break
            values.append(float(next(iter(found[0].values()))["value"]))
        return values

    def selected(self, round: int) -> Placed | None:
        """The selection that covers a round."""
        loop = [entry for entry in self.at(round) if entry.step.purpose == "loop"]
        last = last_selection(loop, self.seed)
        return next((entry for entry in loop if entry.fingerprint == last), None)

    def measured(self, round: int) -> dict[str, Estimate]:
        """What the last selection of a round measured of itself."""
        selected = self.selected(round)
        held = {} if selected is None else selected.result.get("measured", {})
        return {name: Estimate(**estimate) for name, estimate in held.items()}

    def described(self, round: int) -> dict[str, Estimate]:
        """What the kept rows of a round are like."""
        held: dict[str, Any] = {}
        for entry in self.at(round):
            held = entry.result["estimates"] if entry.kind == "describe" else held
        return {name: Estimate(**estimate) for name, estimate in held.items()}

    def kept(self, round: int) -> tuple[list[str], list[float]]:
        """Completions (as text) and log-likelihoods of the rows kept in one round."""
        selected = self.selected(round)
        if selected is None:
            return [], []
        parts = recorded_selection(self.store, selected.fingerprint).parts
        table = parts.table(self.store.storage, ["completion", "logprob"])
        texts = [str(completion) for completion in table.column("completion").to_pylist()]
        return texts, table.column("logprob").drop_null().to_pylist()


def run_summary(store: Store) -> RunSummary | None:
    """The last run of a recipe into a directory; None for a run made by Python calls."""
    held = store.journal.run()
    if held is None:
        return None
    record = RunRecord.read(held)
    placed: dict[tuple[str, int], dict[int, list[Placed]]] = defaultdict(lambda: defaultdict(list))
    steps = store.journal.steps()
    for entry in steps:
        placed[entry.step.arm, entry.step.seed][entry.step.round].append(entry)
    comparisons = compared(store, record, steps)
    arms = [
        _arm(
            store,
            record,
            arm,
            [_Chain(store, seed, placed[arm.name, seed]) for seed in record.seeds],
            against_start(comparisons, arm.name, record),
        )
        for arm in record.arms.values()
    ]
    return RunSummary(store, record, arms, comparisons)


def _arm(
    store: Store, record: RunRecord, arm: ArmRecord, chains: Sequence[_Chain], change: Comparison | None
) -> ArmSummary:
    status = store.journal.chains()
    if Lock.holder_is_gone(store.root / "lock"):
        # A process that was killed could not say so.
        status = {chain: INTERRUPTED if said[0] == "running" else said for chain, said in status.items()}
    rounds = range(1, record.rounds + 1)
    everything = [entry for chain in chains for r in rounds for entry in chain.at(r)]
    kept = {r: [chain.kept(r) for chain in chains] for r in rounds}
    return ArmSummary(
        record=arm,
        accuracy={chain.seed: chain.accuracies(record.rounds) for chain in chains},
        status={chain.seed: status.get((arm.name, chain.seed), ("not started", "")) for chain in chains},
        rows=[accounts([entry for chain in chains for entry in chain.at(r)]) for r in rounds],
        distinct=[over_seeds(distinct_share(texts) for texts, _ in kept[r] if texts) for r in rounds],
        logprob=[over_seeds(sum(nats) / len(nats) for _, nats in kept[r] if nats) for r in rounds],
        rounds=record.rounds,
        change=change,
        measured={(chain.seed, r): held for chain in chains for r in rounds if (held := chain.measured(r))},
        described={(chain.seed, r): held for chain in chains for r in rounds if (held := chain.described(r))},
        solved=solved(store, everything, arm.signals) if arm.several_samples and not record.trains else {},
    )


def summarise(directory: str | Path) -> dict[str, Any]:
    """Everything `show` says of a run, as plain values."""
    store = Store.read(directory)
    summary = run_summary(store)
    if summary is None:
        return {
            "directory": str(store.root),
            "stages": loose_stages(store),
            "arms": {},
            "findings": run_findings(store),
            "comparisons": [],
            "decision": None,
        }
    record = summary.record
    return {
        "directory": str(store.root),
        "name": record.name,
        "rounds": record.rounds,
        "decision": summary.decision,
        "comparisons": [comparison.to_json() for comparison in summary.comparisons],
        "arms": {arm.name: _plain(arm, record.measure) for arm in summary.arms},
        "findings": run_findings(store),
        "partial": [
            {
                "arm": one.step.arm,
                "seed": one.step.seed,
                "round": one.step.round,
                "kept": one.counts["kept"],
                "why": why,
            }
            for one, why in partial_rows(store, record)
        ],
        "unfinished_replies": None if (left := unfinished_replies(store)) is None else asdict(left),
        "events": [{"time": when, "event": kind, **detail} for when, kind, detail in store.journal.events()],
        "versions": dict(record.versions),
    }


def loose_stages(store: Store) -> list[dict[str, Any]]:
    """The stages of a run that no recipe made."""
    return [
        {
            "arm": entry.step.arm,
            "seed": entry.step.seed,
            "round": entry.step.round,
            "purpose": entry.step.purpose,
            "stage": entry.kind,
            "label": entry.label,
            "fingerprint": entry.fingerprint,
            "counts": entry.result,
        }
        for entry in store.journal.steps()
    ]


def _plain(arm: ArmSummary, measure: str) -> dict[str, Any]:
    def plain(estimates: Iterable[Estimate | None]) -> list[dict[str, Any] | None]:
        return [None if estimate is None else asdict(estimate) for estimate in estimates]

    return {
        "outside_information": arm.record.outside,
        "chain": list(arm.record.chain),
        "measure": measure,
        "improved": arm.improved,
        "gain": plain([arm.gain])[0],
        "accuracy": plain(arm.mean_accuracy(r) for r in range(arm.rounds + 1)),
        "rows": arm.rows,
        "pass_at": {name: {str(k): asdict(e) for k, e in by_k.items()} for name, by_k in arm.solved.items()},
        "measured": [
            {"seed": seed, "round": number, **{name: asdict(e) for name, e in held.items()}}
            for (seed, number), held in arm.measured.items()
        ],
        "described": [
            {"seed": seed, "round": number, **{name: asdict(e) for name, e in held.items()}}
            for (seed, number), held in arm.described.items()
        ],
        "distinct": plain(arm.distinct),
        "logprob": plain(arm.logprob),
        "seeds": {
            str(seed): {"accuracy": values, "status": arm.status[seed][0], "reason": arm.status[seed][1]}
            for seed, values in arm.accuracy.items()
        },
    }
