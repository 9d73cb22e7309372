"""Combine: several signals as one, for trainers and selectors that take one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from openloop.contracts import Kind, Scope, Signal
from openloop.errors import InputError
from openloop.records import Candidate, Outcome, Verdict
from openloop.scoring import checked_verdicts
from openloop.signals.base import Declaration, Declared
from openloop.signals.weights import normalised

How = Literal["all", "any", "weighted"]


@dataclass(frozen=True)
class Combine(Declared):
    """See :func:`combine`."""

    signals: tuple[Signal, ...]
    how: How
    weights: tuple[float, ...]
    threshold: float
    version: ClassVar[str] = "1"

    @cached_property
    def declared(self) -> Declaration:
        """Hard where every part is; else of the kind of the first other part."""
        kind: Kind = next((signal.kind for signal in self.signals if signal.kind != "hard"), "hard")
        depends_on = frozenset[str]().union(*(signal.depends_on for signal in self.signals))
        alone = all(signal.scope == "candidate" for signal in self.signals)
        scope: Scope = "candidate" if alone else "prompt"
        return Declaration("combine", depends_on, kind, accept_at=self.threshold, scope=scope)

    def score(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        columns = [checked_verdicts(signal, candidates) for signal in self.signals]
        return [self._one(row) for row in zip(*columns, strict=True)]

    def _one(self, row: Sequence[Verdict]) -> Verdict:
        parts = {f"{signal.name}": v.value for signal, v in zip(self.signals, row, strict=True) if v.value is not None}
        seconds, cost = sum(v.seconds for v in row), sum(v.cost for v in row)
        missing = next((v for v in row if v.value is None), None)
        if missing is not None:  # whatever the others say: a part that is not known is not 0
            return Verdict(None, missing.outcome, missing.reason, parts, missing.detail, seconds, cost)
        values = [
            (v.value - low) / (high - low)
            for v, (low, high) in zip(row, (signal.range for signal in self.signals), strict=True)
            if v.value is not None
        ]
        if self.how == "weighted":
            value = sum(w * x for w, x in zip(self.weights, values, strict=True))
        else:
            passed = [
                v.value is not None and s.accept_at is not None and v.value >= s.accept_at
                for v, s in zip(row, self.signals, strict=True)
            ]
            value = float(all(passed) if self.how == "all" else any(passed))
        return Verdict(min(1.0, max(0.0, value)), Outcome.SCORED, "", parts, "", seconds, cost)


def combine(
    *signals: Signal,
    how: How = "all",
    weights: Sequence[float] | Mapping[str, float] = (),
    accept_at: float | None = None,
) -> Combine:
    """Several signals as one: ``all`` accept, ``any`` accepts, or ``weighted``: the mean of values brought to [0, 1].

    Every signal is required: where one has no value, the combination has none either (in a trainer that adds up
    rewards, a missing one would count as 0). ``parts`` holds each one's value. ``weights``: in order or by name, scaled
    to add up to 1. ``accept_at``: of the weighted value, 0.5 unless given. Raises InputError.
    """
    if not signals or not all(isinstance(signal, Signal) for signal in signals):
        raise InputError("combine: give at least one signal, and signals only.")
    if how not in ("all", "any", "weighted"):
        raise InputError(f"combine: how must be 'all', 'any' or 'weighted', got {how!r}.")
    names = [signal.name for signal in signals]
    if len(set(names)) != len(names):
        raise InputError(f"combine: two signals have the same name: {names}.")
    if how != "weighted":
        lacking = [signal.name for signal in signals if signal.accept_at is None]
        if lacking or weights:
            raise InputError(f"combine: {how!r} needs signals with accept_at, and no weights; {lacking or weights}.")
        return Combine(signals, how, (), 1.0)
    given = [weights[n] for n in names] if isinstance(weights, Mapping) else weights
    made = normalised(given, names, "combine", "a signal")
    unbounded = [signal.name for signal in signals if not all(abs(end) < float("inf") for end in signal.range)]
    if unbounded:
        raise InputError(f"combine: weighted needs signals with a bounded range; {unbounded[0]!r} has none.")
    return Combine(signals, how, made, 0.5 if accept_at is None else accept_at)
