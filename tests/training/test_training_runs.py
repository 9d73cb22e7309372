"""Trainings as stages of a run: what is recorded, and what cannot be loaded again is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import selection, signals, training
from openloop.errors import InputError
from openloop.run.stages.train import recorded_curve
from tests.support.small_models import make_model
from tests.training.small_trainings import SUMS, small

pytest.importorskip("trl")
pytestmark = pytest.mark.integration
ROWS = [{"prompt": row.prompt, "completion": row.completion} for row in SUMS]


@openloop.signal
def short(candidate: Any) -> bool:
    """A verdict that half of the random answers pass."""
    return sum(map(ord, candidate.completion)) % 2 == 0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return small(make_model(tmp_path_factory.mktemp("runs") / "model"))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[openloop.Run]:
    """One for all: the process of its trainings takes seconds to start."""
    made = openloop.Run(tmp_path_factory.mktemp("runs") / "run")
    yield made
    made.close()


def test_what_was_learned_is_recorded(run: openloop.Run, model: Any) -> None:
    student = run.train(model, real=ROWS, using=training.sft(steps=2))
    assert student.counts["facts"]["mask"]["batch_tokens_in_loss"] > 0
    assert student.counts["rows"] == 20 and student.counts["metrics"]["steps"] == 2
    curve = recorded_curve(run.store, student.stage.fingerprint)
    assert curve is not None and curve["step"].to_pylist() == [1, 2]
    assert student.load().revision == student.counts["revision"]


def test_tool_turns_of_a_file_are_read_and_not_learned(run: openloop.Run, model: Any) -> None:
    said = [("user", "ab"), ("assistant", "cd"), ("tool", "5"), ("assistant", "fgh")]
    rows = [{"messages": [{"role": role, "content": content} for role, content in said]}]
    facts = run.train(model, real=rows, using=training.sft(steps=1, loss="assistant")).counts["facts"]
    assert facts["tokens_in_loss"] == 7


def test_an_adapter_over_weights_of_an_earlier_training_is_refused(run: openloop.Run, model: Any) -> None:
    """It would be loaded over the model that the chain began with, which has other weights."""
    whole = run.train(model, real=ROWS, using=training.sft(steps=1, lr=0.1))
    keeps = training.sft(steps=1, lora=2, adapter="keep")
    with pytest.raises(InputError, match="adapter='merge' here"):
        run.train(whole, real=ROWS, using=keeps)
    twice = run.train(run.train(model, real=ROWS, using=keeps), real=ROWS, using=keeps, seed=1)
    assert twice.load().revision == twice.counts["revision"]


def test_pairs_are_made_of_verdicts(run: openloop.Run, model: Any) -> None:
    asked = [{"prompt": f"{i}+{i}=", "answer": "1"} for i in range(10)]
    pool = run.sample(model, asked, k=6, max_tokens=2)
    kept = run.select(pool, run.score(pool, short), selection.threshold(accept=True))
    student = run.train(model, kept, using=training.dpo(steps=2, lora=2))
    assert student.counts["facts"]["mask"]["batch_tokens_in_loss"] > 0 and student.counts["rows"] > 0
    none = run.select(pool, run.score(pool, signals.exact()), selection.threshold(accept=True))
    with pytest.raises(InputError, match="none of 10 prompts has an accepted and a different rejected"):
        run.train(model, none, using=training.dpo(steps=1))
