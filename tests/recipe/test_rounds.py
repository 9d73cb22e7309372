"""Recipes that make rows: proposals, parsed replies, several teachers, real rows mixed in."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import openloop as package
from openloop import models, parsing, prompting, selection, signals
from openloop.auditing.runs import RunRows
from openloop.data.tables import CandidateRows
from openloop.errors import InputError, RecipeError
from openloop.recipe import Recipe, parse_recipe, read_recipe
from openloop.recipe.execute import execute, plan_recipe
from openloop.report.run_summary import summarise
from openloop.run.store import Store
from openloop.sandbox.bubblewrap import Bubblewrap
from openloop.testing import FaultyServer, canonical
from openloop.user_code import import_user_file

EXAMPLES = Path(__file__).parents[2] / "examples"
TEACHERS = """
from openloop import models

def first(prompt, seed):
    return f"one {seed % 3}"

def second(prompt, seed):
    return f"two {seed % 3}"

def silent(prompt, seed):
    return "nothing"

one, two, mute = models.function(first), models.function(second), models.function(silent)
"""


@pytest.fixture
def making(tmp_path: Path) -> Callable[..., Recipe]:
    """A recipe that makes rows from twenty questions; keywords replace its keys."""
    rows = [{"prompt": f"question {i}", "completion": f"real {i}"} for i in range(20)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "teachers.py").write_text(TEACHERS)

    def make(**changes: Any) -> Recipe:
        named = {name: f"teachers.py:{name}" for name in ("one", "two", "mute")}
        values = {"name": "made", "models": named, "real": "rows.jsonl", "sampler": "one", "workers": 0}
        return parse_recipe(values | changes, base=tmp_path)

    return make


def candidates(directory: Path, kind: str = "sample", purpose: str = "loop") -> list[Any]:
    store = Store.read(directory)
    found = [at.fingerprint for at in store.journal.steps() if (at.kind, at.step.purpose) == (kind, purpose)]
    return list(CandidateRows.of(store.table(found)))


@pytest.mark.parametrize("name", ["instructions", "reasoning"])
def test_an_example_runs_as_it_stands_and_loses_no_row(name: str, tmp_path: Path, openloop: Callable[..., Any]) -> None:
    recipe = EXAMPLES / name / "recipe.yaml"
    assert openloop("run", recipe, "--dir", tmp_path / "run").code == 0
    result = summarise(tmp_path / "run")
    (rows,) = result["arms"]["loop"]["rows"]
    assert rows["requested"] == rows["generated"] + rows["request_failed"]
    assert rows["generated"] == rows["kept"] + sum(rows["dropped"].values())
    if name == "instructions":
        inner = rows["propose"]
        assert inner["found"] - sum(inner["broken"].values()) == inner["kept"] + sum(inner["dropped"].values())
        assert inner["broken"]["no JSON"] > 5 and rows["requested"] == inner["kept"] > 300
    else:
        kept = Counter(row["prompt"] for row in exported(tmp_path / "run", openloop))
        assert max(kept.values()) <= 2 and 10 < len(kept) < 55
        assert {"always_solved", "never_solved", "rejected"} <= rows["dropped"].keys()
    assert result["decision"].startswith(f"MADE {rows['kept']:,} rows")
    plan = plan_recipe(read_recipe(recipe), tmp_path / "run")
    assert not plan.todo and not plan.unknown_prompts


def exported(directory: Path, openloop: Callable[..., Any], *words: str) -> list[dict[str, Any]]:
    said = openloop("export", directory, "--to", "trl", "--json", "--overwrite", *words)
    assert said.code == 0, said.err
    return [json.loads(line) for line in Path(said.json["file"]).read_text().splitlines()]


def test_one_line_puts_an_endpoint_in_the_place_of_the_stand_in(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    answer = import_user_file(EXAMPLES / "instructions" / "stand_in.py").answer
    with FaultyServer(["429", "half", "html", "reset", "length", "empty"], share=0.3, answer=answer) as server:
        line = f"models.teacher={{use: endpoint, url: '{server.url}', model: m, backoff: 0.01}}"
        directory = tmp_path / "run"
        assert openloop("run", EXAMPLES / "instructions" / "recipe.yaml", "--dir", directory, "--set", line).code == 0
        assert set(server.answered.values()) == {1}
    (rows,) = summarise(directory)["arms"]["loop"]["rows"]
    inner = rows["propose"]
    assert inner["request_failed"] > 0 and rows["request_failed"] > 0 and "cut by length" in inner["broken"]
    for held in (inner, rows):
        assert held["requested"] == held["generated"] + held["request_failed"]
    assert rows["requested"] == inner["kept"] and rows["kept"] > 200
    real = [json.loads(line) for line in (EXAMPLES / "instructions" / "real.jsonl").read_text().splitlines()]
    prompts = {row["prompt"] for row in real}
    share = sum(row["prompt"] in prompts for row in exported(directory, openloop)) / (rows["kept"] / 0.9)
    assert abs(share - 0.1) < 0.005


def test_a_recipe_of_two_stages_is_killed_and_loses_nothing(tmp_path: Path) -> None:
    answer = import_user_file(EXAMPLES / "instructions" / "stand_in.py").answer

    def start(server: FaultyServer, directory: Path) -> subprocess.Popen[bytes]:
        line = f"models.teacher={{use: endpoint, url: '{server.url}', model: m, backoff: 0.01, concurrency: 8}}"
        words = [
            "run",
            str(EXAMPLES / "instructions" / "recipe.yaml"),
            "--dir",
            str(directory),
            "--set",
            line,
        ]
        return subprocess.Popen([sys.executable, "-m", "openloop", *words], stdout=subprocess.DEVNULL)

    rng, kills = random.Random(3), 0
    with FaultyServer(["429", "half", "reset"], share=0.2, latency=0.03, slots=8, answer=answer) as server:
        while True:
            process = start(server, tmp_path / "killed")
            try:
                assert process.wait(timeout=rng.uniform(0.7, 1.6)) == 0
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
        answered, distinct = sum(server.answered.values()), len(server.answered)
    with FaultyServer(answer=answer) as server:
        assert start(server, tmp_path / "whole").wait(timeout=120) == 0
        assert len(server.answered) == distinct
    assert kills >= 3
    assert canonical(tmp_path / "killed") == canonical(tmp_path / "whole")
    events = Store.read(tmp_path / "killed").journal.events()
    assert answered - distinct <= sum(detail["requests"] for _, kind, detail in events if kind == "possibly_paid")


def test_every_row_says_which_real_rows_stood_in_its_prompt(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    recipe = EXAMPLES / "instructions" / "recipe.yaml"
    assert openloop("run", recipe, "--dir", tmp_path / "run").code == 0
    rows = package.read(EXAMPLES / "instructions" / "real.jsonl")
    from openloop.data import prompts

    ids = {prompt.id for prompt in prompts(rows)}
    asked = candidates(tmp_path / "run", purpose="propose")
    used = Counter(name for reply in asked for name in reply.row["demos"])
    assert set(used) == ids and set(used.values()) == {3}
    replies = {reply.id: reply.row["demos"] for reply in asked}
    answers = candidates(tmp_path / "run")
    assert all(replies[answer.row["reply"]] == answer.row["demos"] for answer in answers)


def test_the_bare_prefix_gives_prompts_and_answers(making: Callable[..., Recipe], tmp_path: Path) -> None:
    (tmp_path / "base.py").write_text(
        "from openloop import models\n"
        "def talk(prompt, seed):\n"
        "    said = ['', ' Assistant: sure', ' Assistant: sure\\nUser: and then?', ' Assistant:'][seed % 4]\n"
        "    return f'tell me {seed % 1000}' + said\n"
        "teacher = models.function(talk)\n"
    )
    recipe = making(
        models={},
        real=None,
        sampler="base.py:teacher",
        parse="exchange",
        prompts={"make": "prefix", "batch": 200},
    )
    assert not execute(recipe, tmp_path / "run")
    items = candidates(tmp_path / "run", "parse")
    assert {item.completion for item in items} == {"sure"} and all(item.prompt.startswith("tell me") for item in items)
    (rows,) = summarise(tmp_path / "run")["arms"]["loop"]["rows"]
    assert rows["found"] == 200 and set(rows["broken"]) == {"no answer"} and 60 < rows["broken"]["no answer"] < 140
    assert rows["kept"] == len(items) == 200 - rows["broken"]["no answer"]


def test_text_rows_become_turns_beside_chat_messages(
    making: Callable[..., Recipe], tmp_path: Path, openloop: Callable[..., Any]
) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{ prompt }}?"}]
    recipe = making(prompts={"make": {"use": "template", "messages": turns}}, mix={"real": 0.5})
    assert not execute(recipe, tmp_path / "run")
    rows = exported(tmp_path / "run", openloop)
    assert len(rows) == 40 and {len(row["prompt"]) for row in rows} == {1, 2}
    assert all(row["completion"][0]["role"] == "assistant" for row in rows)


def test_several_teachers_share_the_prompts(making: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = making(sampler={"one": 0.7, "two": 0.3}, sampling={"k": 2})
    assert not execute(recipe, tmp_path / "run")
    rows = candidates(tmp_path / "run")
    assert Counter(row.model for row in rows) == {"first": 28, "second": 12}
    assert all(row.completion.startswith("one" if row.model == "first" else "two") for row in rows)
    by_prompt = {row.prompt: row.model for row in rows}
    assert len(by_prompt) == 20 and Counter(by_prompt.values()) == {"first": 14, "second": 6}
    halves = making(sampler=["one", "two"])
    assert not execute(halves, tmp_path / "halves")
    assert Counter(row.model for row in candidates(tmp_path / "halves")) == {"first": 10, "second": 10}


def test_verdicts_of_several_teachers_reach_export_and_audit(
    making: Callable[..., Recipe], tmp_path: Path, openloop: Callable[..., Any]
) -> None:
    (tmp_path / "judge.py").write_text(
        "from openloop import signal\n"
        "@signal(accepts=[('p', 'one 1')], rejects=[('p', 'two 2')])\n"
        "def is_one(candidate): return candidate.completion.startswith('one') or candidate.completion == 'x'\n"
        "@signal(accepts=[('p', 'two 2')], rejects=[('p', '')])\n"
        "def says_something(candidate): return bool(candidate.completion)\n"
    )
    recipe = making(
        sampler=["one", "two"],
        sampling={"k": 4},
        signals={"a": "judge.py:is_one", "b": "judge.py:says_something"},
        select={"use": "threshold", "signal": "a", "accept": True},
    )
    assert not execute(recipe, tmp_path / "run")
    rows = exported(tmp_path / "run", openloop)
    assert len(rows) == 40 and all(row["completion"].startswith("one") for row in rows)
    audited = [row for block in RunRows(tmp_path / "run").blocks() for row in block]
    assert len(audited) == 80 and {row["signal.b"] for row in audited} == {1.0}
    assert all(row["signal.a"] == row["completion"].startswith("one") for row in audited)


def test_proposals_of_which_none_is_kept_end_the_arm(making: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = making(
        propose={
            "sampler": "mute",
            "parse": "items:instruction",
            "prompts": {"make": {"use": "in_context", "task": "Write."}},
        }
    )
    assert not execute(recipe, tmp_path / "run")
    (reason,) = [why for status, why in Store.read(tmp_path / "run").journal.chains().values() if status == "ended"]
    assert "no proposed prompt was kept" in reason and "The first that failed: no list: 'nothing'" in reason


def test_a_plan_counts_proposals_at_most(making: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = making(
        sampling={"k": 2},
        propose={
            "sampler": "two",
            "parse": "items:instruction",
            "prompts": {"batch": 6, "make": {"use": "in_context", "task": "Write.", "new": 10}},
        },
    )
    plan = plan_recipe(recipe, tmp_path / "run")
    assert plan.unknown_prompts and sum(stage.requests for stage in plan.todo) == 6 + 6 * 10 * 2


def test_real_rows_are_mixed_into_training_and_export(tmp_path: Path) -> None:
    run = package.Run(tmp_path / "run")
    rows = [{"prompt": f"{i} + 1 =", "answer": str(i + 1), "completion": str(i + 1)} for i in range(30)]
    pool = run.sample(models.simulated(error=0.5), rows, k=4)
    kept = run.select(pool, run.score(pool, signals.exact()), selection.threshold(accept=True))
    student = run.train(models.simulated(), kept, real=rows, real_share=0.25)
    assert student.counts["real"] == round(len(kept) / 3) == student.counts["rows"] - len(kept)
    path = run.export(kept, "parquet", real=rows, real_share=0.5)
    held = package.read(path).rows
    real = Counter(row["prompt"] for row in held if row.get("model") == "real")
    assert real.total() == len(kept) == len(held) / 2 and max(real.values()) - min(real.values()) <= 1
    assert f"{len(kept)} of the rows are real" in path.with_name(path.stem + ".card.md").read_text()
    with pytest.raises(InputError, match="above 0 and below 1"):
        run.train(models.simulated(), kept, real=rows, real_share=1.0)
    with pytest.raises(InputError, match="give real too"):
        run.export(kept, "trl", real_share=0.5)
    run.close()


def test_a_mix_in_a_recipe_trains_on_a_share_of_real_rows(recipe: Callable[..., Path], tmp_path: Path) -> None:
    parsed = read_recipe(recipe(mix={"real": 0.2}, arms={"loop": {}}, seeds=[0]))
    assert not execute(parsed, tmp_path / "run")
    trained = [at.result for at in Store.read(tmp_path / "run").journal.steps() if at.kind == "train"]
    assert [counts["real"] for counts in trained] == [20, 20] and {counts["rows"] for counts in trained} == {100}


def test_python_calls_do_the_same(tmp_path: Path) -> None:
    def write(prompt: Any, seed: int) -> str:
        return (
            f'{{"instruction": "task {seed % 50}"}}\n{{"instruction": "broken' if "JSON" in prompt else f"did {prompt}"
        )

    run = package.Run(tmp_path / "run")
    teacher = models.function(write)
    rows = [f"Do {i}." for i in range(10)]
    replies = run.sample(teacher, prompting.make(prompting.in_context(task="Write."), rows, count=30))
    items = run.parse(replies, parsing.items("instruction"))
    assert items.counts == {"replies": 30, "found": 60, "generated": 30, "broken": {"no JSON": 30}}
    fresh = run.select(items, None, selection.duplicates(of="completion"))
    answers = run.sample(teacher, fresh.as_prompts(), k=2)
    assert {row.completion for row in answers} == {f"did {row.completion}" for row in fresh}
    assert len(answers) == 2 * len(fresh) < 60
    with pytest.raises(InputError, match="holds items already"):
        run.parse(items, parsing.items())
    run.close()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sampler": None}, "model: must be given; or `sampler` alone"),
        ({"test": "rows.jsonl"}, "test: needs a `model` that learns"),
        ({"model": "simulated"}, "test: must be given"),
        ({"prompts": "rows.jsonl", "propose": {"sampler": "one"}}, "belong inside `propose`"),
        ({"propose": {"train_rows": 3}}, "propose.train_rows: no such key"),
        ({"mix": {"real": 1.5}}, "mix.*less than 1"),
        ({"sampler": {"one": 0.5, "tow": 0.5}}, "'tow' is none of `models`; did you mean 'two'"),
        ({"sampler": {"one": -1}}, "shares above 0"),
        ({"parse": "item"}, "did you mean 'items'"),
        ({"prompts": {"make": {"use": "in_context"}}}, "task"),
        ({"prompts": {"make": "prefx"}}, "did you mean 'prefix'"),
        ({"real": None}, "prompts: must be given"),
        ({"model": "one", "test": "rows.jsonl"}, "Name it as `sampler` instead"),
        ({"mix": {"real": 0.5}, "real": None, "prompts": "rows.jsonl"}, "mix: takes rows from `real`"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_spent(
    changes: dict[str, Any], says: str, making: Callable[..., Recipe], tmp_path: Path
) -> None:
    with pytest.raises((RecipeError, InputError), match=says):
        execute(making(**changes), tmp_path / "run")
    assert not (tmp_path / "run" / "candidates").exists()


@pytest.mark.parametrize("template", ["loop", "instructions", "reasoning", "code", "judge"])
def test_init_offers_recipes_that_run(template: str, tmp_path: Path, openloop: Callable[..., Any]) -> None:
    if template == "code" and (why := Bubblewrap().missing()):
        pytest.skip(why)
    folder = tmp_path / "my own"
    assert openloop("init", folder, "--template", template).code == 0
    assert yaml.safe_load((folder / "recipe.yaml").read_text())["name"] == "my own"
    assert openloop("validate", folder / "recipe.yaml").code == 0
    assert openloop("run", folder / "recipe.yaml", "--set", "seeds=[0]").code == 0
    assert (folder / "runs" / "my own" / "store.sqlite").exists()


def test_init_refuses_a_template_that_is_none(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    said = openloop("init", tmp_path / "mine", "--template", "instruction")
    assert said.code == 2 and "did you mean 'instructions'" in said.err and not (tmp_path / "mine").exists()


def test_a_panel_of_judges_is_given_models_by_name(making: Callable[..., Recipe], tmp_path: Path) -> None:
    (tmp_path / "panel.py").write_text(
        "from openloop import signal\n"
        "from openloop.records import Prompt, Sampling\n"
        "def agrees(model):\n"
        "    @signal(name=f'agrees_{model.name}', depends_on={f'model:{model.name}'}, version=model.revision,\n"
        "            accepts=[('p', model.sample([Prompt('x', 'p')], 1, Sampling(temperature=0))[0][0].content)],\n"
        "            rejects=[('p', '')])\n"
        "    def judge(candidate):\n"
        "        said = model.sample([Prompt('x', candidate.prompt)], 1, Sampling(temperature=0))[0][0]\n"
        "        return said.content == candidate.completion\n"
        "    return judge\n"
    )
    judges = {name: {"use": "panel.py:agrees", "model": name} for name in ("one", "two")}
    recipe = making(signals=judges, sampler="one", sampling={"k": 3})
    assert not execute(recipe, tmp_path / "run")
    audited = [row for block in RunRows(tmp_path / "run").blocks() for row in block]
    assert {row["signal.two"] for row in audited} == {0.0}
    assert all(row["signal.one"] == (row["completion"] == "one 0") for row in audited)
