"""The rows of a run as they are audited: of one arm, what that arm sampled, read, judged and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import openloop
from openloop import models, parsing, signals
from openloop.recipe import read_recipe
from tests.support.runs import audited, run_quietly, summary
from tests.support.user_files import signal_text, write_signals

PROMPTS = [{"prompt": f"{n}+{n}=", "answer": f"{2 * n}"} for n in range(10)]
LIST = json.dumps([{"prompt": f"{n}+{n}=", "completion": f"{2 * n}"} for n in (1, 2, 3)])
model = models.function(lambda _prompt, _seed: LIST, name="lister")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[openloop.Run]:
    made = openloop.Run(tmp_path / "run")
    yield made
    made.close()


def test_an_arm_that_does_not_parse_is_audited_by_its_replies(run: openloop.Run, tmp_path: Path) -> None:
    plain, reads = run.at(arm="plain"), run.at(arm="reads")
    plain.select(plain.sample(model, PROMPTS), None, limit=7)
    reads.parse(reads.sample(model, PROMPTS), parsing.items())  # the same pool, read
    assert len(audited(tmp_path / "run", "plain")) == 7
    assert len(audited(tmp_path / "run", "reads")) == 3 * len(PROMPTS)


def test_each_arm_is_audited_by_what_it_kept_of_a_pool_that_both_share(run: openloop.Run, tmp_path: Path) -> None:
    for arm, limit in (("few", 2), ("many", 9)):
        at = run.at(arm=arm)
        at.select(at.sample(model, PROMPTS), None, limit=limit)
    assert len(audited(tmp_path / "run", "few")) == 2
    assert len(audited(tmp_path / "run", "many")) == 9


def test_each_arm_is_audited_by_the_signals_it_heard(run: openloop.Run, tmp_path: Path) -> None:
    for arm, name in (("one", "mine"), ("other", "theirs")):
        at = run.at(arm=arm)
        at.score(at.sample(model, PROMPTS), signals.exact("answer"), name=name)
    assert "signal.mine" in audited(tmp_path / "run", "one")[0]
    assert "signal.mine" not in audited(tmp_path / "run", "other")[0]


def test_an_arm_that_the_recipe_no_longer_has_is_not_audited(recipe: Callable[..., Path], tmp_path: Path) -> None:
    for arms in ({"one": {}, "more": {"sampling": {"k": 3}}}, {"one": {}}):
        run_quietly(read_recipe(recipe(rounds=1, seeds=[0], arms=arms)), tmp_path / "run")
    assert {row["arm"] for row in audited(tmp_path / "run")} == set(summary(tmp_path / "run")["arms"]) == {"one"}


@pytest.mark.parametrize("chosen", ["right", "size"])
def test_the_verdict_is_that_of_the_signal_that_the_arm_selects_by_and_is_named(
    recipe: Callable[..., Path], tmp_path: Path, chosen: str
) -> None:
    write_signals(tmp_path / "mine.py", signal_text("size", "return 2 + len(candidate.completion)", range=(0, 99)))
    select = ["incomplete", {"use": "threshold", "at": 1.0, "signal": chosen}]
    arm = {"signals": {"right": "exact:answer", "size": "mine.py:size"}, "select": select}
    run_quietly(read_recipe(recipe(rounds=1, seeds=[0], train_rows=None, arms={"one": arm})), tmp_path / "run")
    rows = audited(tmp_path / "run", "one")
    assert rows and all(row["verdict"] == row[f"signal.{chosen}"] for row in rows)
    found = openloop.audit(tmp_path / "run", arm="one", gold="signal.right" if chosen == "size" else None)
    assert f"verdict = the run's signal '{chosen}'" in found.said
