"""What a run tells while it goes on, and what it leaves to read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

import openloop
from openloop import models, selection, signals
from openloop.recipe import read_recipe
from openloop.recipe.execute import execute
from openloop.report.run_summary import summarise
from openloop.report.terminal_progress import ProgressDisplay
from openloop.run.plan import Plan, Planned
from openloop.run.store import Step, Store

ROWS = [{"prompt": f"{i}+{i}=", "answer": str(2 * i)} for i in range(40)]


def test_metrics_hold_a_line_per_stage_and_survive_a_torn_one(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    run.sample(models.simulated(), ROWS)
    run.close()
    metrics = tmp_path / "run" / "metrics.jsonl"
    with metrics.open("a") as file:
        file.write('{"time": 1, "sta')  # a kill in the middle of a line
    run = openloop.Run(tmp_path / "run")
    run.score(run.sample(models.simulated(), ROWS), signals.exact())
    run.close()
    first, torn, last = metrics.read_text().splitlines()
    assert (json.loads(first)["stage"], json.loads(last)["stage"]) == ("sample", "score")
    assert json.loads(first)["requested"] == len(ROWS)
    assert torn.startswith('{"time": 1')


def test_progress_says_what_is_left() -> None:
    plan = Plan([Planned(Step(), kind, str(i), "new") for i, kind in enumerate(["train", "train", "sample", "score"])])
    text = io.StringIO()
    with ProgressDisplay(plan, Console(file=text, force_terminal=True, width=140)) as display:
        step = Step("closed", 3, 1)
        display("started", {"stage": "train", "step": step, "fingerprint": "0"})
        assert display._remaining() is None
        display.began -= 10.0  # one training took ten seconds ...
        display("finished", {"stage": "train", "fingerprint": "0", "seconds": 10.0, "counts": {}})
        left = display._remaining()
        display.bar.refresh()
    assert left is not None and 10.0 < left < 20.0  # ... so another and a little more is left
    assert (
        "closed seed 3 round 1" in text.getvalue() and "1 of 4 stages" in text.getvalue() and "ETA" in text.getvalue()
    )


def test_without_a_terminal_progress_is_a_line_now_and_then() -> None:
    plan = Plan([Planned(Step(), "sample", str(i), "new") for i in range(2)])
    text = io.StringIO()
    with ProgressDisplay(plan, Console(file=text, force_terminal=False)) as display:
        display("finished", {"stage": "sample", "fingerprint": "0", "seconds": 1.0, "counts": {}})
        assert text.getvalue() == ""
        display.spoke -= 60.0
        display("finished", {"stage": "sample", "fingerprint": "1", "seconds": 1.0, "counts": {}})
    assert text.getvalue().startswith("2 of 2 stages")


def test_the_best_model_and_the_last_are_kept(recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe(
        keep_models="best",
        rounds=4,
        seeds=[0],
        arms={"closed": {}},
        train_rows=None,
        model={"use": "simulated", "error": 0.4, "drift": 0.1, "systematic": 1.0, "spread": 0.3},
    )
    execute(read_recipe(path), tmp_path / "run")
    accuracy = summarise(tmp_path / "run")["arms"]["closed"]["seeds"]["0"]["accuracy"][1:]
    trained = [at.fingerprint for at in Store.read(tmp_path / "run").journal.steps() if at.kind == "train"]
    best = trained[accuracy.index(max(accuracy))]
    left = {path.name for path in (tmp_path / "run" / "models").iterdir()}
    assert left == {best, trained[-1]} and best != trained[-1]


def test_a_python_loop_can_be_planned_by_eye(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(error=0.5), ROWS, k=2)
    verdicts = run.score(pool, signals.exact())
    kept = run.select(pool, verdicts, selection.threshold(accept=True))
    assert repr(pool) == "Pool: requested 80, generated 80, request_failed 0"
    assert repr(verdicts).startswith("Verdicts of 'exact': generated 80, scored 80")
    assert len(kept) + kept.counts["dropped"]["rejected"] == 80
    assert all(candidate.completion == candidate.row["answer"] for candidate in kept)
    assert [verdict.value for verdict in verdicts].count(1.0) == len(kept)
