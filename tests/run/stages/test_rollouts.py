"""A policy's rollouts as a pool of the run, with the verdicts that were given while it was trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection, training
from openloop.errors import InputError
from openloop.run.results import Student
from openloop.run.stages.base import PART
from openloop.run.store import Store
from openloop.testing import canonical
from tests.support.policies import FakePolicy
from tests.support.rows import sums

ROWS = sums(8, 8)
LEARNS = FakePolicy(accepted=(0.2, 0.9), right=(0.2, 0.9))


def train(directory: Path, policy: FakePolicy = LEARNS, **options: Any) -> tuple[openloop.Run, Student]:
    run = openloop.Run(directory)
    return run, run.train(models.simulated(), ROWS, using=policy, **options)  # type: ignore[arg-type]


@pytest.fixture
def trained(tmp_path: Path) -> Any:
    run, student = train(tmp_path / "run")
    yield run, student
    run.close()


def test_a_students_rollouts_are_candidates_with_every_verdict(trained: Any) -> None:
    _, student = trained
    pool, verdicts = student.rollouts, student.verdicts["accepts"]
    assert pool.counts == {"requested": 800, "generated": 800, "request_failed": 0} and len(list(pool)) == 800
    rows = list(pool)
    assert len({row.id for row in rows}) == 800 and {row.row["step"] for row in rows} == set(range(1, 41))
    assert [verdict.value for verdict in verdicts] == [float(row.completion.startswith("yes")) for row in rows]
    assert verdicts.rows().table.column("id").to_pylist() == [row.id for row in rows]
    held, said = list(student.held_out), student.held_out_verdicts
    assert {row.row["step"] for row in held} == {0, 10, 20, 30, 40} and set(said) == {"accepts", "gold"}
    assert [verdict.value for verdict in said["gold"]] == [float(row.completion.endswith("right")) for row in held]
    assert not {row.prompt_id for row in held} & {row.prompt_id for row in rows}


def test_many_rollouts_lie_in_parts(tmp_path: Path) -> None:
    run, student = train(tmp_path / "run", FakePolicy((0.2, 0.9), (0.2, 0.9), steps=120))
    (stage,) = student.rollouts.stages
    parts = run.store.parts(stage.fingerprint)
    assert len(parts) == 3 and all(counts["generated"] >= PART for counts in list(parts.values())[:-1])
    assert sum(counts["generated"] for counts in parts.values()) == 2400
    (judged,) = student.verdicts["accepts"].stages
    assert list(run.store.parts(judged.fingerprint)) == list(parts)
    run.close()


def test_nothing_is_scored_again_and_the_same_call_finds_it_all(trained: Any, tmp_path: Path) -> None:
    run, student = trained
    seen: list[str] = []
    run.store.observers.append(lambda kind, _: seen.append(kind))
    again = openloop.Run.over(run.session, run.step).train(models.simulated(), ROWS, using=LEARNS)
    assert again.rollouts == student.rollouts and "started" not in seen and seen.count("reused") == 6


def test_retention_deletes_weights_and_no_rollout(trained: Any) -> None:
    run, student = trained
    run.session.drop_files(student.stage)
    assert not (run.store.root / "models" / student.stage.fingerprint).exists()
    assert len(list(student.rollouts)) == 800 and len(student.held_out_verdicts["gold"]) == 200


def test_runs_are_equal_by_their_rollouts_too(tmp_path: Path) -> None:
    for name, policy in (("a", LEARNS), ("b", LEARNS), ("c", FakePolicy((0.2, 0.8), (0.2, 0.9)))):
        train(tmp_path / name, policy)[0].close()
    a, b, c = (canonical(tmp_path / name) for name in "abc")
    assert (
        a == b and sum(key.startswith("rollouts") for key in a) == 2 and sum(key.startswith("score") for key in a) == 3
    )
    assert not set(a.values()) & {digest for key, digest in c.items() if key.startswith("rollouts")}


def test_a_damaged_pool_of_rollouts_is_made_again_from_the_training(trained: Any, tmp_path: Path) -> None:
    run, student = trained
    (stage,) = student.rollouts.stages
    before = [row.id for row in student.rollouts]
    for part in run.store.part_names(stage.fingerprint):
        (run.store.root / part.path).unlink()
    again = openloop.Run.over(run.session, run.step).train(models.simulated(), ROWS, using=LEARNS)
    assert [row.id for row in again.rollouts] == before


def test_show_audit_and_export_read_rollouts_as_any_pool(
    trained: Any, tmp_path: Path, openloop: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, student = trained
    kept = run.select(student.rollouts, student.verdicts, selection.threshold(signal="accepts", accept=True))
    path = run.export(kept, "trl", plain=True)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == kept.counts["kept"] > 100 and all(r["completion"].startswith("yes") for r in rows)
    assert run.export(kept, "dpo").exists()
    run.close()
    monkeypatch.chdir(tmp_path)
    shown = openloop("show", tmp_path / "run", "--json").json
    assert [s["stage"] for s in shown["stages"]].count("rollouts") == 2 and shown["findings"] == []
    audited = openloop("audit", tmp_path / "run", "--json", "-").out
    assert '"rows": 800' in audited and "verdict = the run's signal 'accepts'" in audited


def test_a_plan_knows_the_rollouts_that_will_come(tmp_path: Path) -> None:
    from openloop.run.planning import Planning
    from openloop.run.store import Step

    planning = Planning(Store.empty(tmp_path / "none"))
    student = openloop.Run.over(planning, Step()).train(models.simulated(), ROWS, using=LEARNS)  # type: ignore[arg-type]
    assert [stage.kind for stage in planning.plan.stages] == [
        "train",
        "rollouts",
        "score",
        "rollouts",
        "score",
        "score",
    ]
    assert student.rollouts.counts == {} and student.rollouts.stages[0].most == 40 * 2 * len(ROWS)


def test_who_learns_from_rows_has_no_rollouts_and_without_held_out_prompts_there_are_none(tmp_path: Path) -> None:
    run, student = train(tmp_path / "run", FakePolicy((0.2, 0.9), (0.2, 0.9), held_out=0))
    assert len(list(student.rollouts)) == 800
    with pytest.raises(InputError, match="held_out is 0"):
        _ = student.held_out
    fitted = run.train(models.simulated(), real=[row | {"completion": row["answer"]} for row in ROWS])
    with pytest.raises(InputError, match="fit learns from rows that are there"):
        _ = fitted.rollouts
    run.close()


@pytest.mark.integration
def test_a_real_policy_in_a_process_of_its_own_is_recorded_and_its_stages_resume(tmp_path: Path) -> None:
    from tests.support.killed_policy import letters
    from tests.support.small_models import make_model

    model = models.transformers(str(make_model(tmp_path / "model")), threads=1)
    trainer = training.grpo(
        signals=letters, gold=letters, steps=2, k=4, batch=8, accumulate=1, max_tokens=4, held_out=4, lr=1e-3
    )
    run = openloop.Run(tmp_path / "run")
    student = run.train(model, ROWS, using=trainer)
    assert len(student.rollouts) == 16 and len(student.held_out) == 8
    assert student.load().revision == student.counts["revision"]
    later = run.train(student, ROWS, using=trainer, seed=1)
    first = next(iter(later.rollouts))
    assert first.revision == student.counts["revision"], "the policy started from the student"
    run.close()
