"""What the durable calls return: names of stored results, which are read only when looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from openloop.contracts import Model, SamplesItself
from openloop.data import content_id, told_apart
from openloop.data.content import text_of
from openloop.data.tables import CandidateRows, VerdictRows
from openloop.errors import InputError
from openloop.evaluation import ItemResults, paired_difference
from openloop.identity import fingerprint
from openloop.records import Candidate, Estimate, Prompt, Verdict
from openloop.run.kept_rows import recorded_selection
from openloop.run.partial import partial_selection
from openloop.run.result_text import html_counts, html_estimates, spoken, spoken_estimate
from openloop.run.session import Batch, Session
from openloop.run.stages.base import PoolStage, Stage, VerdictStage, add_up
from openloop.run.stages.benchmark import BenchmarkStage
from openloop.run.stages.evaluate import EvaluateStage
from openloop.run.stages.rollouts import RolloutScoreStage, RolloutStage, rollout_stages
from openloop.run.stages.select import SelectStage
from openloop.run.stages.train import TrainStage
from openloop.training.rollouts import Part


@dataclass(frozen=True)
class Pool:
    """Candidates. ``pool + more`` is a pool over both."""

    session: Session
    stages: tuple[PoolStage, ...]

    @property
    def counts(self) -> dict[str, Any]:
        """``requested``, ``generated``, ``request_failed``; of parsed items ``found``, ``generated``, ``broken``."""
        return add_up(dict(enumerate(self.session.result(stage) for stage in self.stages)))

    def first_broken(self) -> str:
        """What stands in the first row that failed, with its reason, as an excerpt; empty without one."""
        for stage in self.stages:
            for table in self.session.store.tables(stage.fingerprint, ["completion", "failure"]):
                for row in table.to_pylist():
                    if row["failure"]:
                        return f"{row['failure']}: {text_of(row['completion'])!r:.160}"
        return ""

    def __add__(self, other: Pool) -> Pool:
        return Pool(self.session, self.stages + other.stages)

    def __len__(self) -> int:
        return int(self.counts.get("generated", 0))

    def __iter__(self) -> Iterator[Candidate]:
        for stage in self.stages:
            for table in self.session.store.tables(stage.fingerprint):
                yield from CandidateRows.of(table)

    def __repr__(self) -> str:
        return spoken("Pool", self.counts)

    def _repr_html_(self) -> str:
        return html_counts("Pool", self.counts)


@dataclass(frozen=True)
class Verdicts:
    """The verdicts of one signal over a pool, in pool order."""

    session: Session
    stages: tuple[VerdictStage, ...]

    @property
    def signal(self) -> str:
        """Name of the signal."""
        return self.stages[0].signal.name

    @property
    def counts(self) -> dict[str, int]:
        """``generated`` and each outcome: ``scored``, ``abstained``, ``timeout``, ``error``."""
        return add_up(dict(enumerate(self.session.result(stage) for stage in self.stages)))

    def rows(self) -> VerdictRows:
        """All verdicts with their values as an array."""
        table = self.session.store.table([stage.fingerprint for stage in self.stages])
        return VerdictRows(self.signal, self.stages[0].signal.accept_at, table)

    def __add__(self, other: Verdicts) -> Verdicts:
        return Verdicts(self.session, self.stages + other.stages)

    def __len__(self) -> int:
        return self.counts.get("generated", 0)

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.rows())

    def __repr__(self) -> str:
        return spoken(f"Verdicts of {self.signal!r}", self.counts)

    def _repr_html_(self) -> str:
        return html_counts(f"Verdicts of {self.signal!r}", self.counts)


@dataclass(frozen=True)
class Kept:
    """What a selection kept."""

    session: Session
    stage: SelectStage

    @property
    def counts(self) -> dict[str, Any]:
        """``generated``, ``kept``, and ``dropped`` by reason."""
        counts = self.session.result(self.stage)
        return {name: held for name, held in counts.items() if name != "measured"}

    @property
    def measured(self) -> dict[str, Estimate]:
        """What the selector measured of its own effect: of ``balance``, the association before and after."""
        held = self.session.result(self.stage).get("measured", {})
        return {name: Estimate(**estimate) for name, estimate in held.items()}

    def __len__(self) -> int:
        return int(self.counts.get("kept", 0))

    @property
    def partial(self) -> str:
        """Why these are fewer rows than were to be made, where a model might spend no more; empty otherwise."""
        store = self.session.store
        return partial_selection(store, recorded_selection(store, self.stage.fingerprint))

    def reaches(self, rows: int | None = None, batch: Batch | None = None) -> bool:
        """Whether at least ``rows`` rows (one, if None) were kept. In a plan, what is not known yet is enough.

        ``batch``: the last one that was drawn, where another follows if not; a plan says what those would cost.
        """
        return self.session.keeps(self.stage, rows, batch)

    def as_prompts(self) -> KeptPrompts:
        """The kept completions as prompts: what a model was asked to write, asked in turn."""
        return KeptPrompts(self)

    def __iter__(self) -> Iterator[Candidate]:
        store = self.session.store
        table = recorded_selection(store, self.stage.fingerprint).parts.table(store.storage)
        return iter(CandidateRows.of(table))

    def __repr__(self) -> str:
        return spoken("Kept", self.counts)

    def _repr_html_(self) -> str:
        return html_counts("Kept", self.counts)


@dataclass(frozen=True)
class KeptPrompts:
    """New prompts that a model wrote: named before they are written. See :meth:`Kept.as_prompts`."""

    kept: Kept

    @property
    def fingerprint(self) -> str:
        return fingerprint(["kept prompts", self.kept.stage.fingerprint])

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (self.kept.stage,)

    @property
    def count(self) -> int:
        """While the selection has not been computed (in a plan), the most that it could keep."""
        return self.kept.session.kept(self.kept.stage)

    def load(self) -> list[Prompt]:
        candidates = list(self.kept)
        for candidate in candidates:
            if not text_of(candidate.completion).strip():
                raise InputError(
                    f"candidate {candidate.id} is empty and cannot be a prompt; drop such rows with `incomplete` first."
                )
        names = told_apart(content_id(candidate.completion) for candidate in candidates)
        return [
            Prompt(name, candidate.completion, {"reply": candidate.id, **candidate.row})
            for name, candidate in zip(names, candidates, strict=True)
        ]


@dataclass(frozen=True)
class Student:
    """A trained model."""

    session: Session
    stage: TrainStage
    round: int = 0

    @property
    def rollouts(self) -> Pool:
        """What it answered while it was trained, where a trainer lets it answer: see ``row.step``."""
        return Pool(self.session, (self._answered("train")[0],))

    @property
    def verdicts(self) -> dict[str, Verdicts]:
        """What the trainer's signals said of its rollouts, by their names there."""
        return {name: Verdicts(self.session, (held,)) for name, held in self._answered("train")[1].items()}

    @property
    def held_out(self) -> Pool:
        """Its greedy answers to prompts that were held out, after each ``row.step``."""
        return Pool(self.session, (self._answered("held_out")[0],))

    @property
    def held_out_verdicts(self) -> dict[str, Verdicts]:
        """What was said of those by the trainer's signals and by ``gold``, which training did not hear."""
        return {name: Verdicts(self.session, (held,)) for name, held in self._answered("held_out")[1].items()}

    def _answered(self, part: Part) -> tuple[RolloutStage, dict[str, RolloutScoreStage]]:
        trainer = self.stage.trainer
        if not isinstance(trainer, SamplesItself):
            raise InputError(f"{trainer.name} learns from rows that are there: its student answered nothing by itself.")
        if part == "held_out" and not trainer.held_out:
            raise InputError(f"{trainer.name}: held_out is 0, so nothing was held out.")
        return rollout_stages(self.stage, part, self.round)

    @property
    def counts(self) -> dict[str, Any]:
        """``rows`` it was trained on, and the ``revision`` of its weights."""
        return dict(self.session.result(self.stage))

    def load(self) -> Model:
        """The model itself."""
        self.session.ensure_files(self.stage)
        return self.stage.source.load(self.session.store.storage)

    def __repr__(self) -> str:
        plain = {name: held for name, held in self.counts.items() if not isinstance(held, Mapping)}
        measured = {name: f"{value:.4g}" for name, value in self.counts.get("metrics", {}).items()}
        return spoken(f"Student {self.stage.origin.name!r}", plain | measured)


@dataclass(frozen=True)
class Evaluation:
    """What a model reached on a test: estimates by name, the first being what arms are compared by."""

    session: Session
    stage: EvaluateStage | BenchmarkStage
    test: str = "test"
    """Name of the test."""

    @property
    def estimates(self) -> dict[str, Estimate]:
        """By name, each with its interval over test rows or items."""
        held = self.session.result(self.stage).get("estimates", {})
        return {name: Estimate(**estimate) for name, estimate in held.items()}

    @property
    def name(self) -> str:
        """Of the first estimate: ``accuracy``, unless signals were named; the test's while none is computed."""
        return next(iter(self.estimates), self.test)

    @property
    def estimate(self) -> Estimate:
        """The first one."""
        return self.estimates[self.name]

    @property
    def value(self) -> float:
        """Of the first estimate; NaN when it has not been computed (in a plan)."""
        return self.estimate.value if self.estimates else math.nan

    def items(self) -> ItemResults:
        """What every answer to a test row, or every item of a benchmark, gave."""
        table = self.session.store.table([self.stage.fingerprint])
        values = {
            name.removeprefix("value."): np.asarray(table.column(name).to_numpy(), dtype=np.float64)
            for name in table.column_names
            if name.startswith("value.")
        }
        return ItemResults(table.column("prompt_id").to_pylist(), values)

    def less(self, other: Evaluation, name: str | None = None) -> Estimate:
        """How much better this one is than another on the same test, paired by test row, with its interval."""
        return paired_difference(self.items(), other.items(), name or self.name)

    def __repr__(self) -> str:
        if not self.estimates:
            return f"{self.name}: not computed yet"
        why = self.session.result(self.stage).get("unscored", {})
        return "; ".join(spoken_estimate(name, estimate, why.get(name)) for name, estimate in self.estimates.items())

    def _repr_html_(self) -> str:
        return html_estimates(self.test, self.estimates)
