"""One arm of a run, over all its seeds and rounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from openloop.evaluation import Comparison
from openloop.measures.intervals import mean, paired
from openloop.records import Estimate
from openloop.run.best_arm import improved
from openloop.run.record import ArmRecord


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
    change: Comparison | None = None
    """After all rounds against its start, on the first test: what the decision rests on. None while unfinished."""
    solved: Mapping[str, Mapping[int, Estimate]] = field(default_factory=dict)
    """Where rows are only made, several a prompt: signal → k → pass@k."""
    measured: Mapping[tuple[int, int], Mapping[str, Estimate]] = field(default_factory=dict)
    """By seed and round: what the selection measured of its own effect."""
    described: Mapping[tuple[int, int], Mapping[str, Estimate]] = field(default_factory=dict)
    """By seed and round: what the kept rows are like, where the recipe asks for it."""

    @property
    def name(self) -> str:
        return self.record.name

    def mean_accuracy(self, round: int) -> Estimate | None:
        """Over the seeds that reached a round (0: the generator)."""
        return over_seeds(values[round] for values in self.accuracy.values() if len(values) > round)

    @cached_property
    def gain(self) -> Estimate | None:
        """Accuracy after the last round less that of the generator, paired over the seeds that got there.

        On this test and no other: the interval is over seeds alone. See :attr:`change` for one that decides.
        """
        pairs = [(values[-1], values[0]) for values in self.accuracy.values() if len(values) == self.rounds + 1]
        if not pairs:
            return None
        after, before = zip(*pairs, strict=True)
        return paired(after, before)

    @property
    def improved(self) -> bool | None:
        """Whether it got better than its start, or worse; None when that cannot be told."""
        return improved(self.change)


def over_seeds(values: Iterable[float]) -> Estimate | None:
    """The mean of one value per seed; None without seeds."""
    listed = list(values)
    return mean(listed) if listed else None
