"""The contract of a signal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from openloop.contracts import Signal
from openloop.errors import ProbeError
from openloop.records import Candidate, Outcome, Verdict
from openloop.signals.probes import require_probes
from openloop.signals.scoring import scored_together
from openloop.testing.base import check_identity, require, some_candidates, unchanged


def check_signal(signal: Signal, candidates: Sequence[Candidate] | None = None) -> None:
    """Order, length, scope, values in range, inputs untouched, same input → same verdict, probes, identity.

    ``candidates`` are rows the signal is meant for; sums with answers unless given.
    """
    name = f"signal {getattr(signal, 'name', signal)!r}"
    require(isinstance(signal, Signal), f"{name} lacks something of openloop.contracts.Signal.")
    rows = list(candidates) if candidates is not None else some_candidates()
    verdicts = unchanged(name, rows, lambda: list(signal.score(rows)))
    require(len(verdicts) == len(rows), f"{name} returned {len(verdicts)} verdicts for {len(rows)} candidates.")
    for verdict in verdicts:
        _check_verdict(name, signal, verdict)
    again = list(signal.score(rows))
    require(_values(again) == _values(verdicts), f"{name} gives another verdict on the same candidates.")
    require(len(list(signal.score([]))) == 0, f"{name} returns verdicts for no candidates.")
    groups = scored_together(signal, rows)
    alone = {c.id: v for group in groups for c, v in zip(group, signal.score(group), strict=True)}
    batched = [alone[row.id] for row in rows]
    require(
        _values(batched) == _values(verdicts),
        f"{name} depends on what else is in the batch; its scope says it needs one {signal.scope} only.",
    )
    mixed = sorted(rows, key=lambda row: (row.index, row.id), reverse=True)
    found = {row.id: verdict for row, verdict in zip(mixed, signal.score(mixed), strict=True)}
    require(
        _values([found[row.id] for row in rows]) == _values(verdicts),
        f"{name} depends on the order of the batch, or does not keep it.",
    )
    try:
        require_probes(signal)
    except ProbeError as error:
        raise AssertionError(str(error)) from error
    check_identity(name, signal)


def _check_verdict(name: str, signal: Signal, verdict: object) -> None:
    require(isinstance(verdict, Verdict), f"{name} returned {type(verdict).__name__}, not a Verdict.")
    assert isinstance(verdict, Verdict), "required above"
    scored = verdict.outcome is Outcome.SCORED
    require(scored == (verdict.value is not None), f"{name}: a value and only a value is SCORED, got {verdict}.")
    if verdict.value is not None:
        low, high = signal.range
        inside = not math.isnan(verdict.value) and low <= verdict.value <= high
        require(inside, f"{name}: {verdict.value} is outside its range [{low}, {high}].")


def _values(verdicts: Sequence[Verdict]) -> list[tuple[float | None, Outcome]]:
    return [(verdict.value, verdict.outcome) for verdict in verdicts]
