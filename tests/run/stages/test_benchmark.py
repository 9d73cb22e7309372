"""lm-eval as a stage: run once for each model and task, kept item by item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import evaluation, models, signals
from openloop.errors import InputError
from tests.support.benchmarks import CHOICE, WRITE, pick_rows, write_task
from tests.support.runs import finished
from tests.support.small_models import make_model

pytest.importorskip("lm_eval")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [make_model(tmp_path_factory.mktemp("model"), seed=seed) for seed in (1, 2)]


def model(folder: Path) -> Any:
    return models.transformers(str(folder), batch=8, device="cpu", threads=1)


def test_a_benchmark_is_an_evaluation(folders: list[Path], tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(30))
    write_task(tmp_path, WRITE, [{"question": f"{i}", "answer": "0"} for i in range(10)])
    run = openloop.Run(tmp_path / "run")
    bench = evaluation.harness("pick.yaml", "write.yaml", base=tmp_path)
    one, other = (run.evaluate(model(folder), bench, name="bench") for folder in folders)
    assert list(one.estimates) == ["pick acc", "write exact_match", "pick acc_norm"]
    assert (one.name, one.estimate.n) == ("pick acc", 30) and one.estimate.low is not None
    items = one.items()
    assert len(items.prompts) == 40 and len(items.by_prompt("pick acc")) == 30
    assert len(items.by_prompt("write exact_match")) == 10
    gain = one.less(other)
    assert gain.value == pytest.approx(one.value - other.value) and gain.n == 30
    run.close()


def test_it_is_run_once_and_again_only_for_what_changed(
    folders: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_task(tmp_path, CHOICE, pick_rows(5))
    run = openloop.Run(tmp_path / "run")

    def evaluate(folder: Path, **options: Any) -> str:
        found = run.evaluate(model(folder), evaluation.harness("pick.yaml", base=tmp_path, **options))
        return found.stage.fingerprint

    first = evaluate(folders[0])
    assert len({first, evaluate(folders[1]), evaluate(folders[0], limit=3)}) == 3
    monkeypatch.setattr("openloop.run.stages.benchmark.run_harness", lambda *_: pytest.fail("run again"))
    assert evaluate(folders[0]) == first
    run.close()


def test_what_ran_is_recorded_with_lm_evals_own_numbers(folders: list[Path], tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(20))
    run = openloop.Run(tmp_path / "run")
    found = run.evaluate(model(folders[0]), evaluation.harness("pick.yaml", base=tmp_path, limit=15), name="bench")
    row = run.store.finished_stage(found.stage.fingerprint)
    assert row.record["benchmark"]["tasks"] == ["pick.yaml"] and row.record["benchmark"]["limit"] == 15
    assert row.result["reported"]["pick acc"]["value"] == pytest.approx(found.value)
    assert row.result["reported"]["pick acc"]["stderr"] > 0 and row.result["lower_is_better"] == []
    assert row.result["main"] == ["pick acc"] and len(row.result["estimates"]) == 2
    table = run.store.table([found.stage.fingerprint])
    assert table.column_names[:5] == ["prompt_id", "task", "question", "target", "answer"]
    assert str(tmp_path) not in json.dumps(row.record["benchmark"])
    run.close()
    (placed,) = finished(tmp_path / "run", "evaluate")
    assert (placed.kind, placed.label) == ("evaluate", "bench")


@pytest.mark.integration
def test_it_runs_where_the_executor_says_with_the_same_result(folders: list[Path], tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(20))
    bench = evaluation.harness("pick.yaml", base=tmp_path)
    found = []
    for workers in (0, 1):
        run = openloop.Run(tmp_path / f"run{workers}", workers=workers)
        found.append(run.evaluate(model(folders[0]), bench).items())
        run.close()
    assert found[0].prompts == found[1].prompts
    assert found[0].values["pick acc"].tolist() == found[1].values["pick acc"].tolist()


def test_what_would_be_ignored_is_refused(folders: list[Path], tmp_path: Path) -> None:
    write_task(tmp_path, CHOICE, pick_rows(5))
    bench = evaluation.harness("pick.yaml", base=tmp_path)
    run = openloop.Run(tmp_path / "run")
    for options in ({"signal": signals.exact()}, {"k": 2}, {"temperature": 1.0}, {"top_p": 0.9}):
        with pytest.raises(InputError, match=f"evaluate: {next(iter(options))} would be ignored"):
            run.evaluate(model(folders[0]), bench, **options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="'simulated' cannot be evaluated by lm-eval"):
        run.evaluate(models.simulated(), bench)
    run.close()
