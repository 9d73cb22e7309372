"""What a run would do: per stage whether it is reused, recomputed or new, and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from openloop.data.html_table import html_table
from openloop.records import Usage
from openloop.run.expected_requests import ExpectedRound
from openloop.run.store import Step


@dataclass(frozen=True, slots=True)
class PlannedTraining:
    """What a training will take."""

    trainer: str
    parameters: int
    trained_parameters: int
    rows: int
    """At most."""
    tokens: int
    """Of all rows, each read once; 0 where no row is there yet to be counted."""
    steps: int
    memory_bytes: int
    """At its peak, an estimate."""
    seconds: float | None
    """From a few steps that were timed; None where they were not."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One stage of a plan."""

    step: Step
    kind: str
    fingerprint: str
    status: str
    """``reused`` (stored), ``recomputed`` (done before under another fingerprint) or ``new``."""
    requests: int = 0
    tokens: int = 0
    """At most: requests x max_tokens."""
    money: float = 0.0
    """Requests x the model's price per request, with prompts of the length that the rows have."""
    seconds: float | None = None
    """Expected from finished stages of the same kind here; None when there are none."""
    paid: bool = False
    model: str = ""
    """Name of the model that is asked."""
    budget: Mapping[str, float | None] = field(default_factory=dict)
    """What the model may spend in the run (requests, tokens, money), where it has a budget."""
    training: PlannedTraining | None = None


@dataclass
class Plan:
    """The stages of a run in order. Rounds that over-sample may need more than their first batch."""

    stages: list[Planned] = field(default_factory=list)
    unknown_prompts: bool = False
    """True when some prompts are still to be proposed: what they cost is then an upper bound."""
    open_ended: bool = False
    """True when the number of batches of some round is not known yet: counts are then of its next batch alone."""
    expected: list[ExpectedRound] = field(default_factory=list)
    """What such rounds will take, by what requests have given so far."""
    answered: Usage = field(default_factory=lambda: Usage(requests=0))
    """Of the requests that were answered here so far: what answers really take."""

    def count(self, status: str) -> int:
        """Number of stages with a status."""
        return sum(stage.status == status for stage in self.stages)

    @property
    def todo(self) -> list[Planned]:
        """What would be computed."""
        return [stage for stage in self.stages if stage.status != "reused"]

    def _repr_html_(self) -> str:
        rows = [
            [
                kind,
                *(f"{sum(s.status == status for s in mine):,}" for status in ("reused", "recomputed", "new")),
                f"{sum(s.requests for s in mine):,}",
                f"{sum(s.tokens for s in mine):,}",
                f"{sum(s.money for s in mine):.2f}",
            ]
            for kind in dict.fromkeys(stage.kind for stage in self.stages)
            for mine in [[stage for stage in self.stages if stage.kind == kind]]
        ]
        titles = ["stage", "reused", "recomputed", "new", "requests", "tokens ≤", "money ≤"]
        return html_table(titles, rows, "of rounds with train_rows, the next batch alone" if self.open_ended else "")

    @property
    def over_budget(self) -> list[str]:
        """A sentence for each limit of a model that what is to be done could exceed."""
        said = []
        for name, budget in {stage.model: stage.budget for stage in self.todo if stage.budget}.items():
            mine = [stage for stage in self.todo if stage.model == name]
            for what, most in budget.items():
                needed = sum(getattr(stage, what) for stage in mine)
                if most is not None and needed > most:
                    said.append(f"{name}: up to {needed:,.10g} {what}, and its budget is {most:,.10g}.")
        return said

    @property
    def pays_again(self) -> bool:
        """Whether something that was once paid for would be recomputed."""
        return any(stage.paid and stage.status == "recomputed" for stage in self.stages)

    @property
    def seconds(self) -> float | None:
        """Work still to do, in seconds of one worker; None when some kind has never been timed here."""
        times = [stage.seconds for stage in self.todo]
        return None if any(t is None for t in times) else float(sum(t or 0.0 for t in times))
