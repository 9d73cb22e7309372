"""The examples that make rows: new instructions and their answers, and reasoning that is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.data import prompts, read
from openloop.recipe import read_recipe
from openloop.recipe.execute import plan_recipe
from openloop.testing import FaultyServer, canonical
from openloop.user_code import import_user_file
from tests.support.kills import ASKED, Killer, Program
from tests.support.recipes import EXAMPLES
from tests.support.rows import read_rows
from tests.support.runs import candidates, exported, possibly_paid, summary

OpenLoop = Callable[..., Any]
INSTRUCTIONS = EXAMPLES / "instructions" / "recipe.yaml"


@pytest.mark.parametrize("name", ["instructions", "reasoning"])
def test_an_example_runs_as_it_stands_and_loses_no_row(name: str, tmp_path: Path, openloop: OpenLoop) -> None:
    recipe = EXAMPLES / name / "recipe.yaml"
    assert openloop("run", recipe, "--dir", tmp_path / "run").code == 0
    result = summary(tmp_path / "run")
    (rows,) = result["arms"]["loop"]["rows"]
    assert rows["requested"] == rows["generated"] + rows["request_failed"]
    assert rows["generated"] == rows["kept"] + sum(rows["dropped"].values())
    if name == "instructions":
        inner = rows["propose"]
        assert inner["found"] - sum(inner["broken"].values()) == inner["kept"] + sum(inner["dropped"].values())
        assert inner["broken"]["no JSON"] > 5 and rows["requested"] == inner["kept"] > 300
    else:
        kept = Counter(row["prompt"] for row in exported(openloop, tmp_path / "run"))
        assert max(kept.values()) <= 2 and 10 < len(kept) < 55
        assert {"always_solved", "never_solved", "rejected"} <= rows["dropped"].keys()
    assert result["decision"].startswith(f"MADE {rows['kept']:,} rows")
    plan = plan_recipe(read_recipe(recipe), tmp_path / "run")
    assert not plan.todo and not plan.unknown_prompts


def test_one_line_puts_an_endpoint_in_the_place_of_the_stand_in(tmp_path: Path, openloop: OpenLoop) -> None:
    answer = import_user_file(EXAMPLES / "instructions" / "stand_in.py").answer
    with FaultyServer(["429", "half", "html", "reset", "length", "empty"], share=0.3, answer=answer) as server:
        line = f"models.teacher={{use: endpoint, url: '{server.url}', model: m, backoff: 0.01}}"
        directory = tmp_path / "run"
        assert openloop("run", INSTRUCTIONS, "--dir", directory, "--set", line).code == 0
        assert set(server.answered.values()) == {1}
    (rows,) = summary(directory)["arms"]["loop"]["rows"]
    inner = rows["propose"]
    assert inner["request_failed"] > 0 and rows["request_failed"] > 0 and "cut by length" in inner["broken"]
    for held in (inner, rows):
        assert held["requested"] == held["generated"] + held["request_failed"]
    assert rows["requested"] == inner["kept"] and rows["kept"] > 200
    real = read_rows(EXAMPLES / "instructions" / "real.jsonl")
    prompts = {row["prompt"] for row in real}
    share = sum(row["prompt"] in prompts for row in exported(openloop, directory)) / (rows["kept"] / 0.9)
    assert abs(share - 0.1) < 0.005


@pytest.mark.integration
def test_a_recipe_of_two_stages_is_killed_and_loses_nothing(tmp_path: Path) -> None:
    killer = Killer(import_user_file(INSTRUCTIONS.with_name("stand_in.py")).answer)

    def program(server: FaultyServer, directory: Path) -> Program:
        line = f"models.teacher={{use: endpoint, url: '{server.url}', model: m, backoff: 0.01, concurrency: 8}}"
        words = ["openloop", "run", INSTRUCTIONS, "--dir", directory, "--json", "--set", line]
        return Program(words, directory, killer)

    with FaultyServer(answer=killer) as server:
        order = program(server, tmp_path / "whole").run()
        questions = len(server.answered)
    assert order is not None and {f"started {kind}" for kind in ("sample", "parse", "select")} <= set(order)
    with FaultyServer(["429", "half", "reset"], share=0.2, slots=8, answer=killer) as server:
        killed = program(server, tmp_path / "killed")
        first = order.index("sent")
        killed.kill_at_each(order[:first])
        for count in (1, 12):  # while proposals are asked for
            killed.kill_at(ASKED, count)
        killed.kill_at_each(order[first:])
        killed.finish()
        answered, distinct = sum(server.answered.values()), len(server.answered)
    assert canonical(killed.directory) == canonical(tmp_path / "whole")
    assert distinct == questions and answered - distinct <= possibly_paid(killed.directory)


def test_every_row_says_which_real_rows_stood_in_its_prompt(tmp_path: Path, openloop: OpenLoop) -> None:
    assert openloop("run", INSTRUCTIONS, "--dir", tmp_path / "run").code == 0
    ids = {prompt.id for prompt in prompts(read(INSTRUCTIONS.with_name("real.jsonl")))}
    asked = candidates(tmp_path / "run", purpose="propose")
    used = Counter(name for reply in asked for name in reply.row["demos"])
    assert set(used) == ids and set(used.values()) == {3}
    replies = {reply.id: reply.row["demos"] for reply in asked}
    answers = candidates(tmp_path / "run")
    assert all(replies[answer.row["reply"]] == answer.row["demos"] for answer in answers)
