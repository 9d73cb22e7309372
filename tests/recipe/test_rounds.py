"""What a round of a recipe gathers: proposals, parsed replies, several teachers, verdicts, real rows mixed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.errors import InputError, RecipeError
from openloop.recipe import Recipe, parse_recipe, read_recipe
from openloop.recipe.execute import plan_recipe
from tests.support.rows import write_rows
from tests.support.runs import audited, candidates, chains, exported, finished, run_quietly, summary
from tests.support.user_files import signal_text, write_code, write_signals

OpenLoop = Callable[..., Any]
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
BASE = """
    from openloop import models

    def talk(prompt, seed):
        said = ["", " Assistant: sure", " Assistant: sure\\nUser: and then?", " Assistant:"][seed % 4]
        return f"tell me {seed % 1000}" + said

    teacher = models.function(talk)
"""
PANEL = """
    from openloop import signal
    from openloop.records import Prompt, Sampling

    def says(model, prompt):
        return model.sample([Prompt("x", prompt)], 1, Sampling(temperature=0))[0][0].content

    def agrees(model):
        @signal(name=f"agrees_{model.name}", depends_on={f"model:{model.name}"}, version=model.revision,
                accepts=[("p", says(model, "p"))], rejects=[("p", "")])
        def judge(candidate):
            return says(model, candidate.prompt) == candidate.completion
        return judge
"""


@pytest.fixture
def making(tmp_path: Path) -> Callable[..., Recipe]:
    """A recipe that makes rows from twenty questions; keywords replace its keys."""
    rows = [{"prompt": f"question {i}", "completion": f"real {i}"} for i in range(20)]
    write_rows(tmp_path / "rows.jsonl", rows)
    write_code(tmp_path / "teachers.py", TEACHERS)

    def make(**changes: Any) -> Recipe:
        named = {name: f"teachers.py:{name}" for name in ("one", "two", "mute")}
        values = {"name": "made", "models": named, "real": "rows.jsonl", "sampler": "one", "workers": 0}
        return parse_recipe(values | changes, base=tmp_path)

    return make


def test_the_bare_prefix_gives_prompts_and_answers(making: Callable[..., Recipe], tmp_path: Path) -> None:
    write_code(tmp_path / "base.py", BASE)
    recipe = making(
        models={},
        real=None,
        sampler="base.py:teacher",
        parse="exchange",
        prompts={"make": "prefix", "batch": 200},
    )
    run_quietly(recipe, tmp_path / "run")
    items = candidates(tmp_path / "run", "parse")
    assert {item.completion for item in items} == {"sure"} and all(item.prompt.startswith("tell me") for item in items)
    (rows,) = summary(tmp_path / "run")["arms"]["loop"]["rows"]
    assert rows["found"] == 200 and set(rows["broken"]) == {"no answer"} and 60 < rows["broken"]["no answer"] < 140
    assert rows["kept"] == len(items) == 200 - rows["broken"]["no answer"]


def test_text_rows_become_turns_beside_chat_messages(
    making: Callable[..., Recipe], tmp_path: Path, openloop: OpenLoop
) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{ prompt }}?"}]
    recipe = making(prompts={"make": {"use": "template", "messages": turns}}, mix={"real": 0.5})
    run_quietly(recipe, tmp_path / "run")
    rows = exported(openloop, tmp_path / "run")
    assert len(rows) == 40 and {len(row["prompt"]) for row in rows} == {1, 2}
    assert all(row["completion"][0]["role"] == "assistant" for row in rows)


def test_several_teachers_share_the_prompts(making: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = making(sampler={"one": 0.7, "two": 0.3}, sampling={"k": 2})
    run_quietly(recipe, tmp_path / "run")
    rows = candidates(tmp_path / "run")
    assert Counter(row.model for row in rows) == {"first": 28, "second": 12}
    assert all(row.completion.startswith("one" if row.model == "first" else "two") for row in rows)
    by_prompt = {row.prompt: row.model for row in rows}
    assert len(by_prompt) == 20 and Counter(by_prompt.values()) == {"first": 14, "second": 6}
    halves = making(sampler=["one", "two"])
    run_quietly(halves, tmp_path / "halves")
    assert Counter(row.model for row in candidates(tmp_path / "halves")) == {"first": 10, "second": 10}


def test_verdicts_of_several_teachers_reach_export_and_audit(
    making: Callable[..., Recipe], tmp_path: Path, openloop: OpenLoop
) -> None:
    is_one = "return candidate.completion.startswith('one')"
    write_signals(
        tmp_path / "judge.py",
        signal_text("is_one", is_one, accepts=[("p", "one 1")], rejects=[("p", "two 2")]),
        signal_text("says_something", "return bool(candidate.completion)", rejects=[("p", "")]),
    )
    recipe = making(
        sampler=["one", "two"],
        sampling={"k": 4},
        signals={"a": "judge.py:is_one", "b": "judge.py:says_something"},
        select={"use": "threshold", "signal": "a", "accept": True},
    )
    run_quietly(recipe, tmp_path / "run")
    rows = exported(openloop, tmp_path / "run")
    assert len(rows) == 40 and all(row["completion"].startswith("one") for row in rows)
    rows = audited(tmp_path / "run")
    assert len(rows) == 80 and {row["signal.b"] for row in rows} == {1.0}
    assert all(row["signal.a"] == row["completion"].startswith("one") for row in rows)


def test_proposals_of_which_none_is_kept_end_the_arm(making: Callable[..., Recipe], tmp_path: Path) -> None:
    recipe = making(
        propose={
            "sampler": "mute",
            "parse": "items:instruction",
            "prompts": {"make": {"use": "in_context", "task": "Write."}},
        }
    )
    run_quietly(recipe, tmp_path / "run")
    (reason,) = [why for status, why in chains(tmp_path / "run").values() if status == "ended"]
    assert "no proposed prompt was kept" in reason and "First failure: no list: 'nothing'" in reason


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


def test_a_mix_in_a_recipe_trains_on_a_share_of_real_rows(recipe: Callable[..., Path], tmp_path: Path) -> None:
    parsed = read_recipe(recipe(mix={"real": 0.2}, arms={"loop": {}}, seeds=[0]))
    run_quietly(parsed, tmp_path / "run")
    trained = [stage.result for stage in finished(tmp_path / "run", "train")]
    assert [counts["real"] for counts in trained] == [20, 20] and {counts["rows"] for counts in trained} == {100}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sampler": None}, "model: required; to make rows without training, give `sampler`"),
        ({"test": "rows.jsonl"}, "test: needs a `model` to train"),
        ({"model": "simulated"}, "test: required"),
        ({"prompts": "rows.jsonl", "propose": {"sampler": "one"}}, "belong inside `propose`"),
        ({"propose": {"train_rows": 3}}, "propose.train_rows: unknown key"),
        ({"mix": {"real": 1.5}}, "mix.*less than 1"),
        ({"sampler": {"one": 0.5, "tow": 0.5}}, "'tow' is not one of `models`; did you mean 'two'"),
        ({"sampler": {"one": -1}}, "shares above 0"),
        ({"parse": "item"}, "did you mean 'items'"),
        ({"prompts": {"make": {"use": "in_context"}}}, "task"),
        ({"prompts": {"make": "prefx"}}, "did you mean 'prefix'"),
        ({"real": None}, "prompts: required"),
        ({"model": "one", "test": "rows.jsonl"}, "Name it as `sampler` instead"),
        ({"mix": {"real": 0.5}, "real": None, "prompts": "rows.jsonl"}, "mix: needs `real` rows"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_spent(
    changes: dict[str, Any], says: str, making: Callable[..., Recipe], tmp_path: Path
) -> None:
    with pytest.raises((RecipeError, InputError), match=says):
        run_quietly(making(**changes), tmp_path / "run")
    assert not (tmp_path / "run" / "candidates").exists()


def test_a_panel_of_judges_is_given_models_by_name(making: Callable[..., Recipe], tmp_path: Path) -> None:
    write_code(tmp_path / "panel.py", PANEL)
    judges = {name: {"use": "panel.py:agrees", "model": name} for name in ("one", "two")}
    recipe = making(signals=judges, sampler="one", sampling={"k": 3})
    run_quietly(recipe, tmp_path / "run")
    rows = audited(tmp_path / "run")
    assert {row["signal.two"] for row in rows} == {0.0}
    assert all(row["signal.one"] == (row["completion"] == "one 0") for row in rows)
