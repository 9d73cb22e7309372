"""One arm of a run, over all its seeds and rounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from openloop.measures.intervals import mean, paired
from openloop.records import Estimate
from openloop.run.record import ArmRecord

SEEDS = 3
"""Fewest seeds that a decision is made on."""


@dataclass(frozen=True)
class ArmSummary:
    """One arm over all seeds and rounds."""

    record: ArmRecord
    accuracy: dict[int, list[float]]
    """By seed: the generator's, then one per finished round."""
    status: dict[int, tuple[str, str]]
    """By seed: ``done``, ``running``, ``ended`` or ``failed``, and why."""
    rows: list[dict[str, Any]]
    """Per round, over all seeds: the row accounting."""
    distinct: list[Estimate | None]
    """Per round: share of distinct completions among the kept rows, over seeds."""
    logprob: list[Estimate | None]
    """Per round: mean log-likelihood of the kept rows under what sampled them (nats a row), over seeds."""
    rounds: int
    solved: Mapping[str, Mapping[int, Estimate]] = field(default_factory=dict)
    """Where rows are only made, several a prompt: signal → k → pass@k."""
    measured: Mapping[tuple[int, int], Mapping[str, Estimate]] = field(default_factory=dict)
    """By seed and round: what the selection measured of its own effect."""

    @property
    def name(self) -> str:
        return self.record.name

    def mean_accuracy(self, round: int) -> Estimate | None:
        """Over the seeds that reached a round (0: the generator)."""
        return over_seeds(values[round] for values in self.accuracy.values() if len(values) > round)

    @cached_property
    def gain(self) -> Estimate | None:
        """Accuracy after the last round less that of the generator, paired over the seeds that got there."""
        pairs = [(values[-1], values[0]) for values in self.accuracy.values() if len(values) == self.rounds + 1]
        if not pairs:
            return None
        after, before = zip(*pairs, strict=True)
        return paired(after, before)

    @property
    def improved(self) -> bool | None:
        """True or False when the interval of the gain lies on one side of 0; None when it does not tell.

        Two seeds can agree by accident to the last digit, so fewer than :data:`SEEDS` never tell.
        """
        if self.gain is None or self.gain.n < SEEDS or self.gain.low is None or self.gain.high is None:
            return None
        return True if self.gain.low > 0 else False if self.gain.high <= 0 else None


def over_seeds(values: Iterable[float]) -> Estimate | None:
    """The mean of one value per seed; None without seeds."""
    listed = list(values)
    return mean(listed) if listed else None
