"""Trainings as stages of a run: what is recorded, and what cannot be loaded again is refused."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import selection, signals, training
from openloop.errors import InputError, TrainingEnded
from openloop.models.transformers.network import HELD
from openloop.run.stages.train import recorded_curve
from openloop.testing import canonical
from openloop.training.checkpoint_folder import MANIFEST
from tests.support.kills import Program
from tests.support.small_models import make_model
from tests.training import killed_program
from tests.training.small_trainings import SUMS, small
from tests.training.test_command import program

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
    policy = training.grpo(signals=short, steps=1, held_out=0, max_tokens=5, lora=2, adapter="keep")
    with pytest.raises(InputError, match="adapter='merge' here"):
        run.train(whole, [row["prompt"] for row in ROWS], using=policy)
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


def test_a_program_of_ones_own_is_a_trainer(run: openloop.Run, model: Any) -> None:
    student = run.train(model, real=ROWS, using=program())
    assert student.counts["facts"]["said"].startswith("rows 20 ") and student.load().revision != model.revision
    with pytest.raises(TrainingEnded, match="ended with status 3"):
        run.train(model, real=ROWS, using=program("--do", "fails"))


# ---- killed ---------------------------------------------------------------------------------------------------


def events(run: openloop.Run, kind: str) -> list[dict[str, Any]]:
    return [detail for _, what, detail in run.store.journal.events() if what == kind]


def worker_of(run: openloop.Run) -> int:
    """The process that the trainings of a run work in."""
    pools: Any = run.session.executor._pools  # type: ignore[attr-defined]
    return int(pools[False]._workers[0].process.pid)


def test_a_training_whose_process_is_killed_goes_on_from_its_checkpoint(
    run: openloop.Run, model: Any, tmp_path: Path
) -> None:
    often = training.sft(steps=8, batch=4, checkpoint_steps=2, lora=2)
    whole = run.train(model, real=ROWS, using=often)
    other = openloop.Run(tmp_path / "other")
    told: list[float] = []

    def kill_once(event: str, detail: Any) -> None:
        if event == "training" and "step" in detail:
            told.append(detail["step"])
            if detail["step"] == 7 and told.count(7) == 1:
                os.kill(worker_of(other), signal.SIGKILL)

    other.store.observers.append(kill_once)
    again = other.train(model, real=ROWS, using=often)
    assert again.counts == whole.counts  # the revision among them
    curves = [recorded_curve(r.store, s.stage.fingerprint) for r, s in ((run, whole), (other, again))]
    assert curves[0] is not None and curves[0].equals(curves[1])
    assert told.count(1) == 1 and 7 in told[told.index(7) + 1 :], "it went on, and did not begin anew"
    assert [event["reason"] for event in events(other, "retry")] == ["worker died (signal 9)"]
    assert not list((tmp_path / "other" / "checkpoints").glob("*/*"))
    other.close()


def test_a_killed_run_ends_as_if_it_never_was(model: Any, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    program = Program([killed_program.__file__, killed, model.folder], killed)
    program.kill_at("training", 5)
    assert list(killed.glob(f"checkpoints/*/checkpoint-4/{MANIFEST}"))
    program.finish()
    killed_program.main(whole, model.folder)
    assert canonical(killed) == canonical(whole)
    assert [path.read_bytes() for path in sorted(killed.glob("curves/**/*.parquet"))] == [
        path.read_bytes() for path in sorted(whole.glob("curves/**/*.parquet"))
    ]


def test_what_ends_a_training_ends_its_arm_with_a_finding(run: openloop.Run, model: Any) -> None:
    def kill_always(event: str, detail: Any) -> None:
        if event == "training" and detail.get("of") == 5:
            os.kill(worker_of(run), signal.SIGKILL)

    run.store.observers.append(kill_always)
    for arm, trainer in (
        ("hot", training.sft(steps=4, lr=1e30, warmup=0.0)),
        ("doomed", training.sft(steps=5)),
        ("fails", program("--do", "fails")),
        ("well", training.sft(steps=3)),
    ):
        with run.session.chain(arm, 0):
            run.at(arm=arm).train(model, real=ROWS, using=trainer)
    run.store.observers.remove(kill_always)
    found = {event["arm"]: event["finding"] for event in events(run, "finding")}
    assert found == {"hot": "loss-not-finite", "doomed": "training-died", "fails": "training-failed"}
    ends = {arm: status for (arm, _), (status, _) in run.store.journal.chains().items()}
    assert ends == {"hot": "ended", "doomed": "ended", "fails": "ended", "well": "done"}


def test_the_process_that_samples_lets_go_of_its_network_while_another_one_trains(
    run: openloop.Run, model: Any
) -> None:
    HELD.release()
    held: list[int] = []

    def look(kind: str, _: Any) -> None:
        if kind == "training":
            held.append(HELD.count)

    run.store.observers.append(look)
    run.sample(model, ["1+1="], max_tokens=4)
    assert HELD.count == 1
    student = run.train(model, real=ROWS, seed=77, using=training.sft(steps=3))
    run.sample(student, ["1+1="], max_tokens=4)
    run.store.observers.remove(look)
    assert held and set(held) == {0}
    assert HELD.count == 1
