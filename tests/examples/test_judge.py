"""The judge example: over a faulty network, killed and resumed, planned, and audited by what its repeats say."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from openloop.data.tables import VerdictRows
from openloop.recipe import read_recipe
from openloop.recipe.execute import plan_recipe
from openloop.testing import FaultyServer, canonical
from openloop.user_code import import_user_file
from tests.support.kills import ASKED, Killer, Program, most_in_flight
from tests.support.recipes import EXAMPLES
from tests.support.rows import write_rows
from tests.support.runs import possibly_paid, table

RECIPE = EXAMPLES / "judge" / "recipe.yaml"
OpenLoop = Callable[..., Any]


def judging(question: Any, seed: int) -> str:
    stand_in = import_user_file(EXAMPLES / "judge" / "stand_in.py")
    return stand_in.judge(question if isinstance(question, str) else question[-1]["content"], seed)  # type: ignore[no-any-return]


def judged_by(server: FaultyServer, **options: Any) -> Sequence[str]:
    """The setting that puts a server in the place of the judge."""
    more = "".join(f", {key}: {value}" for key, value in options.items())
    return ["--set", f"models.judge={{use: endpoint, url: '{server.url}', model: m, backoff: 0.01{more}}}"]


def test_a_judge_over_a_faulty_network_costs_its_own_rows(tmp_path: Path, openloop: OpenLoop) -> None:
    with FaultyServer(["429", "half", "html", "reset", "empty", "length"], share=0.3, answer=judging) as server:
        said = openloop("run", RECIPE, "--dir", tmp_path / "run", "--arms", "rating", *judged_by(server))
        assert said.code == 0, said.err
        assert set(server.answered.values()) == {1}
        assert 230 * 4 < sum(server.answered.values()) <= 240 * 4  # equal questions are asked once
    (rows,) = openloop("show", tmp_path / "run", "--json").json["arms"]["rating"]["rows"]
    # Over both signals, of which the other scores every row.
    assert rows["scored"] + rows["abstained"] + rows["error"] == 2 * rows["generated"] == 480
    assert rows["scored"] > 470


@pytest.mark.integration
def test_a_judge_is_killed_and_nothing_is_judged_twice(tmp_path: Path) -> None:
    killer = Killer(judging)

    def program(server: FaultyServer, directory: Path) -> Program:
        words = ["run", RECIPE, "--dir", directory, "--arms", "rating,pair", "--json"]
        return Program(["openloop", *words, *judged_by(server, concurrency=8)], directory, killer)

    with FaultyServer(answer=killer) as server:
        places = program(server, tmp_path / "whole").count_places()
    with FaultyServer(["429", "reset"], share=0.1, slots=8, answer=killer) as server:
        killed = program(server, tmp_path / "killed")
        done = killed.run_killed({place: places[place] for place in (ASKED, "replies", "started score")}, 8, seed=1)
        again = sum(n - 1 for n in server.answered.values())
    assert len(done) >= 5 and {kill.place for kill in done} >= {ASKED, "replies"}, done
    # Asked again: only what was in flight at a kill, which the run recorded as possibly paid.
    assert again <= possibly_paid(killed.directory) <= len(done) * most_in_flight(8)
    assert canonical(killed.directory) == canonical(tmp_path / "whole")


def test_a_plan_counts_what_a_judge_is_asked(tmp_path: Path) -> None:
    with FaultyServer(answer=judging) as server:
        _, line = judged_by(server, prices="{input: 1, output: 2}", budget="{requests: 700}")
        recipe = read_recipe(RECIPE, [line]).with_arms(["rating"])
        plan = plan_recipe(recipe, tmp_path / "run")
    (judged,) = [stage for stage in plan.stages if stage.kind == "score" and stage.requests]
    assert (judged.requests, judged.tokens, judged.model) == (960, 960 * 1024, "m") and judged.money > 0
    assert "up to 960 requests" in plan.over_budget[0]


def test_a_judges_budget_ends_the_run_and_keeps_its_replies(tmp_path: Path, openloop: OpenLoop) -> None:
    with FaultyServer(answer=judging) as server:
        words = ("run", RECIPE, "--dir", tmp_path / "run", "--arms", "rating")
        said = openloop(*words, *judged_by(server, budget="{requests: 300}"))
        assert said.code == 1 and "budget" in said.err + said.out
        assert sum(server.answered.values()) <= 300
        said = openloop(*words, *judged_by(server, budget="{requests: 2000}"))
        assert said.code == 0, said.err
        assert set(server.answered.values()) == {1}


def test_an_audit_reads_repeats_and_orders(tmp_path: Path, openloop: OpenLoop) -> None:
    directory = tmp_path / "run"
    assert openloop("run", RECIPE, "--dir", directory).code == 0

    def audited(arm: str) -> dict[str, Any]:
        words = ("audit", directory, "--arm", arm, "--gold", "signal.correct", "--to-label", tmp_path / "l.jsonl")
        openloop(*words, "--json", tmp_path / f"{arm}.json")
        found = json.loads((tmp_path / f"{arm}.json").read_text())
        return {line["name"]: line for line in found["estimates"] if not line["stratum"]} | {
            "findings": [finding["id"] for finding in found["findings"]]
        }

    rating, pair = audited("rating"), audited("pair")
    assert rating["judge.within_sd"]["low"] > 0.5 and rating["judge.within_sd"]["n"] == 240
    assert "length-shortcut" in rating["findings"]
    assert pair["judge.position_bias"]["low"] > 0 and "position-bias" in pair["findings"]
    assert rating["verifier.phi"]["value"] != pair["verifier.phi"]["value"]


def test_replies_are_kept_with_the_verdicts(tmp_path: Path, openloop: OpenLoop) -> None:
    assert openloop("run", RECIPE, "--dir", tmp_path / "run", "--arms", "pair").code == 0
    verdicts = VerdictRows("better", 0.75, table(tmp_path / "run", "score"))
    assert "[[" in verdicts[0].detail and set(verdicts[0].parts) == {"#1 first", "#1 swapped"}


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("arms.rating.signals.rating.model=jugde", "jugde"),
        ("arms.rating.signals.rating.repeats=0", "at least 1"),
        ("arms.rating.signals.rating.criterio=x", "did you mean 'criterion'"),
    ],
)
def test_a_wrong_judge_is_refused_before_anything_is_spent(
    setting: str, says: str, tmp_path: Path, openloop: OpenLoop
) -> None:
    said = openloop("run", RECIPE, "--dir", tmp_path / "run", "--set", setting)
    assert said.code == 2 and says in said.err
    assert not (tmp_path / "run" / "candidates").exists()


def test_a_judge_that_fails_its_cases_is_refused_before_rows_are_made(tmp_path: Path, openloop: OpenLoop) -> None:
    cases = "arms.rating.signals.rating.accepts=[['What is 2 and 2?', '#### 4', {answer: '4'}]]"
    said = openloop("run", RECIPE, "--dir", tmp_path / "run", "--set", cases)
    assert said.code == 2 and "Nothing was spent" in said.err
    assert not (tmp_path / "run" / "candidates").exists()


def test_a_judge_behind_an_endpoint_scores_a_file(tmp_path: Path, openloop: OpenLoop) -> None:
    rows = [{"prompt": "2 and 2?", "completion": f"#### {n}", "answer": "4", "good": n == 4} for n in (4, 5, 4)]
    file = write_rows(tmp_path / "rows.jsonl", rows)
    with FaultyServer(answer=judging) as server:
        model = f"{{use: endpoint, url: '{server.url}', model: m}}"
        spec = f"{{use: rubric, model: {model}, reference: answer, accept_at: 3}}"
        said = openloop("score", file, "--signal", spec, "--gold", "good", "--json")
        assert said.code == 0, said.err
        assert sum(server.answered.values()) == 2  # equal rows are asked about once
    assert (said.json["signal"], said.json["scored"]) == ("rubric", 3)
    wrong = openloop("score", file, "--signal", "{use: rubric, model: nobody}")
    assert wrong.code == 2 and "'nobody' is not a name" in wrong.err
