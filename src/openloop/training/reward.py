"""One reward from several signals, where what is not known stays unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openloop.contracts import Signal
from openloop.errors import InputError
from openloop.records import Candidate, Verdict
from openloop.scoring import checked_verdicts

Judged = Mapping[str, Sequence[Verdict]]
"""By the name of a signal: its verdicts on N candidates."""


@dataclass(frozen=True)
class Reward:
    """The weighted sum of what the signals say, each on a scale from 0 to 1 where its range is finite.

    Graded values stay graded: they tell the answers of one prompt apart where all are accepted, or none is.
    """

    signals: Mapping[str, Signal]
    weights: Mapping[str, float]

    def judge(self, candidates: Sequence[Candidate]) -> dict[str, list[Verdict]]:
        """The verdicts of every signal; what is wrong with one is an ERROR of its own row."""
        return {name: checked_verdicts(signal, candidates) for name, signal in self.signals.items()}

    def values(self, judged: Judged) -> list[float | None]:
        """Shape [N]. One part that is not known makes the whole unknown: unscored is not zero."""
        parts = [
            [None if v.value is None else self.weights[name] * scaled(signal, v.value) for v in judged[name]]
            for name, signal in self.signals.items()
        ]
        return [None if None in row else math.fsum(x for x in row if x is not None) for row in zip(*parts, strict=True)]

    def accepted(self, judged: Judged) -> list[bool | None]:
        """Shape [N]: whether every signal that can accept does; None where one of them is not known."""
        columns = [
            [None if v.value is None else v.value >= signal.accept_at for v in judged[name]]
            for name, signal in self.accepting.items()
            if signal.accept_at is not None
        ]
        if not columns:
            return [None] * len(next(iter(judged.values())))
        return [None if None in row else all(row) for row in zip(*columns, strict=True)]

    @property
    def accepting(self) -> dict[str, Signal]:
        """The signals that accept something, and are wanted to."""
        named = self.signals.items()
        return {name: signal for name, signal in named if signal.accept_at is not None and self.weights[name] > 0}


def scaled(signal: Signal, value: float) -> float:
    """A value by the range of its signal, from 0 to 1; as it is where the range has no end."""
    low, high = signal.range
    return (value - low) / (high - low) if math.isfinite(high - low) else value


def weights_of(signals: Mapping[str, Signal], weights: Mapping[str, float] | None) -> dict[str, float]:
    """The weight of every signal; 1 where none is given. Raises InputError."""
    given = dict(weights or {})
    for name, weight in given.items():
        if name not in signals:
            raise InputError(f"grpo: weights names {name!r}, which is none of the signals {', '.join(signals)}.")
        if not isinstance(weight, int | float) or not math.isfinite(weight):
            raise InputError(f"grpo: weights.{name} must be a finite number, got {weight!r}.")
    found = {name: float(given.get(name, 1.0)) for name in signals}
    if signals and not any(found.values()):
        raise InputError("grpo: all weights are 0, so no answer would be better than another.")
    return found
