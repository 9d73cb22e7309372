"""A run may be killed anywhere: it goes on, loses nothing committed, and ends with the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

import pytest

from openloop.run.stages import KINDS
from openloop.run.store import Store
from openloop.testing import canonical
from tests.support.kills import STEP, Kill, Program
from tests.support.recipes import ROOT, TINY
from tests.support.runs import events, finished

pytestmark = pytest.mark.integration
Recipe = Callable[..., Path]

EVERY_KIND = ROOT / "tests" / "support" / "every_kind.py"


def of_recipe(recipe: Path, directory: Path, *words: str) -> Program:
    """`openloop run` of a recipe in a directory."""
    return Program(["openloop", "run", recipe, "--dir", directory, "--json", *words], directory)


def kill_often(program: Callable[[Path], Program], places: Mapping[str, int], kills: int, folder: Path) -> list[Kill]:
    """So many kills, over as many directories as it takes; each must end with the rows of the uninterrupted run."""
    done: list[Kill] = []
    for number in count():
        killed = program(folder / f"killed{number}")
        done += killed.run_killed(places, kills - len(done), seed=number)
        assert canonical(killed.directory) == canonical(folder / "whole")
        if len(done) == kills:
            return done
    raise AssertionError("counts without end")


def test_a_kill_at_each_place_of_each_kind_of_stage_changes_nothing(tmp_path: Path) -> None:
    whole = Program([EVERY_KIND, tmp_path / "whole"], tmp_path / "whole")
    order = whole.run()
    assert order is not None and {stage.kind for stage in finished(whole.directory)} == KINDS.keys()
    assert {place.split()[-1] for place in order if place.startswith("started")} == KINDS.keys()
    assert {place.split()[-1] for place in order if place.startswith("finished")} == KINDS.keys()
    killed = Program([EVERY_KIND, tmp_path / "killed"], tmp_path / "killed")
    killed.kill_at_each(order)
    killed.finish()
    assert canonical(killed.directory) == canonical(whole.directory)


def test_twenty_five_kills_with_two_workers_change_no_row(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(workers=2)
    places = of_recipe(path, tmp_path / "whole").count_places()
    kills = kill_often(lambda directory: of_recipe(path, directory), places, 25, tmp_path)
    assert len({kill.place for kill in kills}) >= 8, kills


def test_kills_inside_training_change_no_weight(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(**TINY)
    steps = of_recipe(path, tmp_path / "whole").count_places(steps=True)[STEP]
    killed = of_recipe(path, tmp_path / "killed")
    for number in (1, steps // 3, steps // 5, 149, 150):
        killed.kill_at(STEP, number)
    killed.finish()
    assert canonical(killed.directory) == canonical(tmp_path / "whole")


def test_paid_replies_are_never_requested_again(recipe: Recipe, tmp_path: Path) -> None:
    paid = {"use": "simulated", "error": 0.4, "spread": 0.2, "metered": True}
    path = recipe(model=paid, seeds=[0], arms={"closed": {}}, train_rows=None)
    places = of_recipe(path, tmp_path / "whole").count_places()
    killed = of_recipe(path, tmp_path / "killed")
    kills = killed.run_killed({place: places[place] for place in ("sent", "replies")}, 8, seed=1)
    assert {kill.place for kill in kills} == {"sent", "replies"} and len(kills) >= 6
    assert canonical(killed.directory) == canonical(tmp_path / "whole")
    sent, answered = Store.read(killed.directory).database.all("SELECT count(*), count(reply) FROM requests")[0]
    assert sent == answered
    in_flight = [event["requests"] for event in events(killed.directory, "possibly_paid")]
    assert len(in_flight) >= sum(kill.place == "sent" for kill in kills) and max(in_flight) <= 32


@pytest.mark.slow
def test_a_hundred_kills(recipe: Recipe, tmp_path: Path) -> None:
    path = recipe(workers=2)
    places = of_recipe(path, tmp_path / "whole").count_places()
    kills = kill_often(lambda directory: of_recipe(path, directory), places, 100, tmp_path)
    assert len({kill.place for kill in kills}) >= 12, kills
