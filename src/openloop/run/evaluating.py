"""What ``Run.evaluate`` does: rows are answered and judged, a benchmark is run, both become an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from openloop.contracts import Model, Signal
from openloop.errors import InputError
from openloop.evaluation import Harness
from openloop.evaluation.answers import main_measure
from openloop.evaluation.harness import require_weights
from openloop.records import Sampling
from openloop.run.results import Evaluation, Student
from openloop.run.stages.base import ModelStage
from openloop.run.stages.benchmark import BenchmarkStage
from openloop.run.stages.evaluate import EvaluateStage

if TYPE_CHECKING:
    from openloop.run.run import Run

DEFAULTS = {"signal": None, "k": 1, "temperature": 0.0, "top_p": 1.0}
"""Of rows; the tasks of a benchmark say how they are asked."""


def on_rows(
    run: Run,
    model: Model | Student,
    rows: Any,
    signal: Signal | Mapping[str, Signal],
    name: str,
    k: int,
    sampling: Sampling,
) -> Evaluation:
    """K answers to each row, judged by one signal or by several by name."""
    inner = run.during("evaluate")
    signals = {main_measure(signal.accept_at): signal} if isinstance(signal, Signal) else signal
    if not signals:
        raise InputError("evaluate: needs at least one signal, got none.")
    pool = inner.sample(model, rows, k=k, **asdict(sampling))
    scored = {what: inner.score(pool, mine, name=what).stages[0] for what, mine in signals.items()}
    stage = EvaluateStage(scored)
    run.do(stage, name)
    return Evaluation(run.session, stage, name)


def on_benchmark(run: Run, model: Model | ModelStage, benchmark: Harness, name: str, **given: Any) -> Evaluation:
    """Tasks of lm-eval. What was ``given`` of how rows are answered must be the default. Raises InputError."""
    for what, value in given.items():
        if value != DEFAULTS[what]:
            raise InputError(f"evaluate: {what} would be ignored; the tasks of a harness say how they are asked.")
    stage = BenchmarkStage(model, benchmark)
    require_weights(stage.origin)
    run.do(stage, name)
    return Evaluation(run.session, stage, name)
