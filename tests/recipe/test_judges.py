"""Judges in a run: over a faulty network, killed and resumed, planned, and audited by what their repeats say."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.data.tables import VerdictRows
from openloop.recipe import read_recipe
from openloop.recipe.execute import plan_recipe
from openloop.report.run_summary import summarise
from openloop.run.store import Store
from openloop.testing import FaultyServer, canonical
from openloop.user_code import import_user_file

JUDGE = Path(__file__).parents[2] / "examples" / "judge"


def judging(question: Any, seed: int) -> str:
    stand_in = import_user_file(JUDGE / "stand_in.py")
    return stand_in.judge(question if isinstance(question, str) else question[-1]["content"], seed)  # type: ignore[no-any-return]


def at(server: FaultyServer, **options: Any) -> str:
    """The setting that puts a server in the place of the judge."""
    more = "".join(f", {key}: {value}" for key, value in options.items())
    return f"models.judge={{use: endpoint, url: '{server.url}', model: m, backoff: 0.01{more}}}"


def test_a_judge_over_a_faulty_network_costs_its_own_rows(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    with FaultyServer(["429", "half", "html", "reset", "empty", "length"], share=0.3, answer=judging) as server:
        said = openloop(
            "run", JUDGE / "recipe.yaml", "--dir", tmp_path / "run", "--arms", "rating", "--set", at(server)
        )
        assert said.code == 0, said.err
        assert set(server.answered.values()) == {1}
        assert 230 * 4 < sum(server.answered.values()) <= 240 * 4  # equal questions are asked once
    (rows,) = summarise(tmp_path / "run")["arms"]["rating"]["rows"]
    # Over both signals, of which the other scores every row.
    assert rows["scored"] + rows["abstained"] + rows["error"] == 2 * rows["generated"] == 480
    assert rows["scored"] > 470


def test_a_judge_is_killed_and_nothing_is_judged_twice(tmp_path: Path) -> None:
    def start(server: FaultyServer, directory: Path) -> subprocess.Popen[bytes]:
        words = [
            "run",
            str(JUDGE / "recipe.yaml"),
            "--dir",
            str(directory),
            "--arms",
            "rating,pair",
            "--set",
            at(server, concurrency=8),
        ]
        return subprocess.Popen([sys.executable, "-m", "openloop", *words], stdout=subprocess.DEVNULL)

    rng, kills = random.Random(1), 0
    with FaultyServer(["429", "reset"], share=0.1, latency=0.02, slots=8, answer=judging) as server:
        while True:
            process = start(server, tmp_path / "killed")
            try:
                assert process.wait(timeout=rng.uniform(1.2, 2.4)) == 0
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
        again = sum(n - 1 for n in server.answered.values())
    assert kills >= 2 and again <= 8 * kills  # what was in flight
    with FaultyServer(answer=judging) as server:
        assert start(server, tmp_path / "whole").wait(timeout=120) == 0
    assert canonical(tmp_path / "killed") == canonical(tmp_path / "whole")


def test_a_plan_counts_what_a_judge_is_asked(tmp_path: Path) -> None:
    with FaultyServer(answer=judging) as server:
        line = at(server, prices="{input: 1, output: 2}", budget="{requests: 700}")
        recipe = read_recipe(JUDGE / "recipe.yaml", [line]).with_arms(["rating"])
        plan = plan_recipe(recipe, tmp_path / "run")
    (judged,) = [stage for stage in plan.stages if stage.kind == "score" and stage.requests]
    assert (judged.requests, judged.tokens, judged.model) == (960, 960 * 1024, "m") and judged.money > 0
    assert "up to 960 requests" in plan.over_budget[0]


def test_a_judges_budget_ends_the_run_and_keeps_its_replies(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    with FaultyServer(answer=judging) as server:
        words = ("run", JUDGE / "recipe.yaml", "--dir", tmp_path / "run", "--arms", "rating", "--set")
        said = openloop(*words, at(server, budget="{requests: 300}"))
        assert said.code == 1 and "budget" in said.err + said.out
        assert sum(server.answered.values()) <= 300
        said = openloop(*words, at(server, budget="{requests: 2000}"))
        assert said.code == 0, said.err
        assert set(server.answered.values()) == {1}


def test_an_audit_reads_repeats_and_orders(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    directory = tmp_path / "run"
    assert openloop("run", JUDGE / "recipe.yaml", "--dir", directory).code == 0

    def audited(arm: str) -> dict[str, Any]:
        words = (
            "audit",
            directory,
            "--arm",
            arm,
            "--gold",
            "signal.correct",
            "--to-label",
            tmp_path / "l.jsonl",
        )
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


def test_replies_are_kept_with_the_verdicts(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    assert openloop("run", JUDGE / "recipe.yaml", "--dir", tmp_path / "run", "--arms", "pair").code == 0
    store = Store.read(tmp_path / "run")
    (score, _) = [at.fingerprint for at in store.journal.steps() if at.kind == "score"]
    verdicts = VerdictRows("better", 0.75, store.table([score]))
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
    setting: str, says: str, tmp_path: Path, openloop: Callable[..., Any]
) -> None:
    said = openloop("run", JUDGE / "recipe.yaml", "--dir", tmp_path / "run", "--set", setting)
    assert said.code == 2 and says in said.err
    assert not (tmp_path / "run" / "candidates").exists()


def test_a_judge_that_fails_its_cases_is_refused_before_rows_are_made(
    tmp_path: Path, openloop: Callable[..., Any]
) -> None:
    cases = "arms.rating.signals.rating.accepts=[['What is 2 and 2?', '#### 4', {answer: '4'}]]"
    said = openloop("run", JUDGE / "recipe.yaml", "--dir", tmp_path / "run", "--set", cases)
    assert said.code == 2 and "Nothing was spent" in said.err
    assert not (tmp_path / "run" / "candidates").exists()


def test_a_judge_behind_an_endpoint_scores_a_file(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    rows = [{"prompt": "2 and 2?", "completion": f"#### {n}", "answer": "4", "good": n == 4} for n in (4, 5, 4)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with FaultyServer(answer=judging) as server:
        model = f"{{use: endpoint, url: '{server.url}', model: m}}"
        spec = f"{{use: rubric, model: {model}, reference: answer, accept_at: 3}}"
        said = openloop("score", tmp_path / "rows.jsonl", "--signal", spec, "--gold", "good", "--json")
        assert said.code == 0, said.err
        assert sum(server.answered.values()) == 2  # equal rows are asked about once
    assert (said.json["signal"], said.json["scored"]) == ("rubric", 3)
    wrong = openloop("score", tmp_path / "rows.jsonl", "--signal", "{use: rubric, model: nobody}")
    assert wrong.code == 2 and "'nobody' names nothing" in wrong.err
