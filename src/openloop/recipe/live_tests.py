"""The tests of a recipe as live objects: what a model is evaluated on, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openloop.contracts import Model, Signal
from openloop.data.prompt_sources import RowSource
from openloop.evaluation import Harness
from openloop.recipe.evaluation_schema import RowTest
from openloop.run.results import Evaluation, Student
from openloop.run.run import Run
from openloop.seeds import derive


@dataclass(frozen=True)
class LiveTest:
    """One named test."""

    name: str
    test: RowSource | Harness
    signals: Mapping[str, Signal]
    """By the name of their estimates; none for a benchmark."""
    keys: RowTest

    @property
    def measure(self) -> str:
        """What its first estimate is called in tables; of a benchmark, where only a run tells, the test's name."""
        return next(iter(self.signals), self.name)

    @property
    def answers(self) -> int | None:
        """That one model gives; None where a benchmark's items are not known before it is run."""
        return None if isinstance(self.test, Harness) else len(self.test.load().rows) * self.keys.k

    def evaluate(self, at: Run, model: Model | Student, max_tokens: int) -> Evaluation:
        """What a model reaches. Sampled answers share their random numbers between arms, and differ between seeds."""
        if isinstance(self.test, Harness):
            return at.evaluate(model, self.test, name=self.name)
        keys = self.keys
        return at.evaluate(
            model,
            self.test,
            self.signals,
            name=self.name,
            k=keys.k,
            temperature=keys.temperature,
            top_p=keys.top_p,
            max_tokens=keys.max_tokens or max_tokens,
            seed=0 if keys.temperature == 0 else derive("evaluate", at.step.seed),
        )
