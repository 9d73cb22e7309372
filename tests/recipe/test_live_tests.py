"""The tests of a recipe: several by name, rows and benchmarks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.recipe import read_recipe
from tests.support.benchmarks import CHOICE, pick_rows, write_task
from tests.support.refusals import refused
from tests.support.rows import sums, write_rows
from tests.support.runs import finished, run_quietly, summary
from tests.support.small_models import make_model

Call = Callable[..., Any]
TESTS: dict[str, Any] = {
    "near": "rows.jsonl",
    "far": {"path": "far.jsonl", "k": 4, "temperature": 1.0, "evaluate": {"right": "exact", "judged": "simulated"}},
}


def small(recipe: Call, tmp_path: Path, **changes: Any) -> Path:
    write_rows(tmp_path / "far.jsonl", sums(20, 3))
    path: Path = recipe(**{"tests": TESTS, "rounds": 1, "seeds": [0], "arms": {"closed": {}}} | changes)
    text = "".join(line for line in path.read_text().splitlines(keepends=True) if not line.startswith("test:"))
    path.write_text(text)
    return path


def test_each_test_is_a_stage_with_its_name_in_the_order_of_the_recipe(recipe: Call, tmp_path: Path) -> None:
    run_quietly(read_recipe(small(recipe, tmp_path)), tmp_path / "run")
    stages = finished(tmp_path / "run", "evaluate")
    assert [(stage.step.round, stage.label) for stage in stages] == [(0, "near"), (0, "far"), (1, "near"), (1, "far")]
    assert list(stages[0].result["estimates"]) == ["accuracy"]
    assert list(stages[1].result["estimates"])[:3] == ["right", "right pass@1", "right pass@4"]


@pytest.mark.parametrize("order", [["near", "far"], ["far", "near"]])
def test_arms_are_compared_by_the_first_test(recipe: Call, tmp_path: Path, order: list[str]) -> None:
    path = small(recipe, tmp_path, tests={name: TESTS[name] for name in order})
    run_quietly(read_recipe(path), tmp_path / "run")
    first = [s.result["estimates"] for s in finished(tmp_path / "run", "evaluate") if s.label == order[0]]
    shown = summary(tmp_path / "run")["arms"]["closed"]
    expected = [next(iter(estimates.values()))["value"] for estimates in first]
    assert shown["seeds"]["0"]["accuracy"] == pytest.approx(expected)
    assert shown["measure"] == {"near": "accuracy", "far": "right"}[order[0]]


def test_one_test_is_the_same_under_either_key(recipe: Call, tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.jsonl", sums(12, 10))
    short, named = read_recipe(recipe("a.yaml")), read_recipe(small(recipe, tmp_path, tests={"test": "rows.jsonl"}))
    assert list(short.all_tests()) == list(named.all_tests()) == ["test"]
    for number, one in enumerate((short, named)):
        one = one.model_copy(update={"rounds": 1, "seeds": [0], "arms": {"closed": {}}})
        run_quietly(one, tmp_path / f"run{number}")
    a, b = ([s.fingerprint for s in finished(tmp_path / f"run{n}", "evaluate")] for n in (0, 1))
    assert a == b


def test_sampled_tests_differ_between_seeds_and_greedy_ones_are_taken_once(recipe: Call, tmp_path: Path) -> None:
    run_quietly(read_recipe(small(recipe, tmp_path, seeds=[0, 1])), tmp_path / "run")
    start = [s for s in finished(tmp_path / "run", "evaluate") if s.step.round == 0]
    near, far = ([s.fingerprint for s in start if s.label == name] for name in ("near", "far"))
    assert len(near) == len(far) == 2 == len(set(far))


def test_validate_counts_the_answers_of_all_tests(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    said = openloop("validate", small(recipe, tmp_path), "--json")
    # the generator and one student: 120 answers to `near`, 4 to each of 60 rows of `far`
    assert said.json["work"]["test answers"] == 2 * (120 + 4 * 60)


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ({"far": {"path": "far.jsonl", "kk": 2}}, "tests.far.kk: unknown key; did you mean 'k'?"),
        ({"far": {"path": "far.jsonl", "k": 4}}, "tests.far: at temperature 0 all 4 answers are the same"),
        ({"far": {"path": "far.jsonl", "evaluate": "exakt"}}, "exakt"),
        ({"far": {"path": "far.jsonl", "evaluate": {}}}, "name at least one signal"),
        ({"far": {"path": "none.jsonl"}}, "none.jsonl"),
        ({"far": {}}, "path"),
        ({" ": "far.jsonl"}, "every test needs a name"),
        ({"bench": {"use": "harness"}}, "name at least one task"),
        (
            {"bench": {"use": "harness", "tasks": ["gsm8k"], "limits": 3}},
            "has no option 'limits': did you mean 'limit'",
        ),
        (
            {"bench": {"use": "harness", "tasks": ["gsm8k"]}},
            "tests.bench: harness: 'simulated' cannot be evaluated by lm-eval",
        ),
        ({"bench": {"use": "harnes", "tasks": ["gsm8k"]}}, "harnes"),
        ({}, "test: required"),
    ],
)
def test_what_is_wrong_with_a_test_is_said_before_anything_is_spent(
    openloop: Call, recipe: Call, tmp_path: Path, tests: dict[str, Any], said: str
) -> None:
    pytest.importorskip("lm_eval")
    refused(openloop("run", small(recipe, tmp_path, tests=tests)), said)
    assert not (tmp_path / "runs").exists()


def test_the_short_form_is_the_first_of_all(openloop: Call, recipe: Call) -> None:
    assert list(read_recipe(recipe(tests={"near": "rows.jsonl"})).all_tests()) == ["test", "near"]
    refused(openloop("validate", recipe(tests={"test": "rows.jsonl"})), "test: there is one of this name in `tests`")


def test_probes_of_every_tests_signals_are_run(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import openloop\n\n@openloop.signal(rejects=[('1+1=', '3')])\ndef mine(candidate):\n    return True\n"
    )
    tests = {"near": "rows.jsonl", "far": {"path": "far.jsonl", "evaluate": "mine.py:mine"}}
    refused(openloop("validate", small(recipe, tmp_path, tests=tests)), "'mine' fails 1 of its probes")


def with_benchmark(recipe: Call, tmp_path: Path, **bench: Any) -> Path:
    """A model that is trained by SFT, and answers rows and tasks of its own."""
    make_model(tmp_path / "net", seed=1)
    write_task(tmp_path / "tasks", CHOICE, pick_rows(20))
    write_rows(tmp_path / "real.jsonl", [row | {"completion": row["answer"]} for row in sums(5, 4)])
    return small(
        recipe,
        tmp_path,
        model={"use": "transformers", "path": "net", "device": "cpu", "threads": 1, "batch": 8},
        real="real.jsonl",
        prompts={"path": "rows.jsonl", "batch": 8},
        sampling={"max_tokens": 4},
        train_rows=8,
        arms={"oracle": {"sampler": "oracle"}},
        train={"use": "sft", "steps": 2, "max_length": 64},
        tests={"near": "rows.jsonl", "bench": {"use": "harness", "tasks": ["tasks/pick.yaml"], **bench}},
    )


@pytest.mark.parametrize(
    ("bench", "said"),
    [
        ({"tasks": ["tasks/none.yaml"]}, "tests.bench: "),
        ({"tasks": ["tasks/broken.yaml"]}, "data.jsonl: cannot be read: No such file"),
    ],
)
def test_tasks_that_cannot_be_run_are_refused(
    openloop: Call, recipe: Call, tmp_path: Path, bench: dict[str, Any], said: str
) -> None:
    pytest.importorskip("lm_eval")
    path = with_benchmark(recipe, tmp_path, **bench)
    write_task(tmp_path / "tasks", {**CHOICE, "task": "broken"}, [], dataset_kwargs={"data_files": "data.jsonl"})
    refused(openloop("validate", path), said)


@pytest.mark.integration
def test_an_unknown_task_is_refused_with_the_nearest_one(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    refused(openloop("validate", with_benchmark(recipe, tmp_path, tasks=["gms8k"])), "did you mean 'gsm8k'?")


@pytest.mark.integration
def test_a_recipe_trains_and_takes_rows_and_a_benchmark(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    pytest.importorskip("lm_eval")
    path = with_benchmark(recipe, tmp_path, limit=15)
    said = openloop("validate", path, "--json")
    assert said.code == 0, said.err
    assert said.json["work"]["benchmark runs"] == 2
    run_quietly(read_recipe(path), tmp_path / "run")
    stages = finished(tmp_path / "run", "evaluate")
    assert [(s.step.round, s.label) for s in stages] == [(0, "near"), (0, "bench"), (1, "near"), (1, "bench")]
    assert stages[1].result["estimates"]["pick acc"]["n"] == 15
    assert stages[1].fingerprint != stages[3].fingerprint
    compared = summary(tmp_path / "run")["comparisons"]
    assert [(c["test"], c["estimate"]) for c in compared] == [("near", "accuracy"), ("bench", "pick acc")]
    run_quietly(read_recipe(path), tmp_path / "run")  # everything is there already
    assert finished(tmp_path / "run", "evaluate") == stages


def test_a_recipe_as_it_is_recorded_has_its_tests(recipe: Call, tmp_path: Path) -> None:
    from openloop.recipe.record import recipe_text

    text = recipe_text(read_recipe(small(recipe, tmp_path)))
    assert "near:" in text and "judged: simulated" in text
    assert json.dumps(TESTS["far"]["k"]) in text
