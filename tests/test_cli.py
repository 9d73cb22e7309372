"""The command line, as its user meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop
from tests.conftest import Call

Recipe = Callable[..., Path]
VERBS = ("init", "validate", "plan", "run", "show", "score", "export")


def parsed(done: Any) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_help_names_every_verb_and_every_verb_has_help(openloop_cli: Call) -> None:
    text = openloop_cli("--help").stdout
    for verb in VERBS:
        assert verb in text
        assert "--json" in openloop_cli(verb, "--help").stdout


def test_a_run_from_recipe_to_export(openloop_cli: Call, recipe: Recipe, tmp_path: Path) -> None:
    path, run = recipe(seeds=[0, 1, 2]), tmp_path / "run"
    checked = parsed(openloop_cli("validate", path, "--json"))
    assert checked["work"]["trainings"] == 12
    before = parsed(openloop_cli("plan", path, "--dir", run, "--json"))
    assert {stage["status"] for stage in before["stages"]} == {"new"} and not run.exists()
    shown = parsed(openloop_cli("run", path, "--dir", run, "--json"))
    assert shown == parsed(openloop_cli("show", run, "--json"))
    assert shown["decision"].startswith("TRAIN on `verified`")
    closed, verified = shown["arms"]["closed"], shown["arms"]["verified"]
    assert (closed["outside_information"], verified["outside_information"]) == (False, True)
    assert all(len(seed["accuracy"]) == 3 for seed in verified["seeds"].values())
    for arm in (closed, verified):
        for rows in arm["rows"]:
            assert rows["requested"] == rows["generated"] + rows["request_failed"]
            assert rows["generated"] == rows["kept"] + sum(rows["dropped"].values())
            scored = rows["scored"] + rows["abstained"] + rows["timeout"] + rows["error"]
            assert scored == (rows["generated"] if arm is verified else 0)
            assert rows["kept"] == 3 * 80
    after = parsed(openloop_cli("plan", path, "--dir", run, "--json"))
    assert {stage["status"] for stage in after["stages"]} == {"reused"}
    text = openloop_cli("show", run).stdout
    assert "verified: improved" in text and "Outside information: no" in text


def test_a_changed_signal_scores_again_and_does_not_generate_again(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    parsed(openloop_cli("run", recipe(rounds=1), "--dir", run, "--json"))
    settings = "arms.verified.signals.check.psi=0.1"
    plan = parsed(openloop_cli("plan", recipe(rounds=1), "--dir", run, "--set", settings, "--json"))
    status = {(s["kind"], s["status"]) for s in plan["stages"] if s["step"]["purpose"] == "loop"}
    assert ("sample", "recomputed") not in status and ("sample", "new") not in status
    assert ("score", "recomputed") in status and ("train", "recomputed") in status


def test_what_was_paid_for_is_not_paid_again_unasked(
    openloop_cli: Call, recipe: Recipe, tmp_path: Path
) -> None:
    model = {"use": "simulated", "metered": True, "price": 0.01}
    options = {"arms": {"closed": {}}, "train_rows": None, "seeds": [0]}
    run = tmp_path / "run"
    plan = parsed(openloop_cli("plan", recipe(model=model, **options), "--dir", run, "--json"))
    assert sum(stage["money"] for stage in plan["stages"]) > 0
    parsed(openloop_cli("run", recipe(model=model, **options), "--dir", run, "--json"))
    changed = recipe(model=model | {"error": 0.2}, **options)
    refused = openloop_cli("run", changed, "--dir", run)
    assert refused.returncode == 2 and "would pay again for" in refused.stderr and "--yes" in refused.stderr
    assert openloop_cli("run", changed, "--dir", run, "--yes", "--json").returncode == 0


@pytest.fixture
def finished(openloop_cli: Call, recipe: Recipe, tmp_path: Path) -> Path:
    parsed(
        openloop_cli("run", recipe(train_rows=None, sampling={"k": 4}), "--dir", tmp_path / "run", "--json")
    )
    return tmp_path / "run"


@pytest.mark.parametrize("to", ["trl", "messages", "sharegpt", "alpaca", "parquet", "dpo"])
def test_every_format_leaves_with_a_card_and_loads_again(openloop_cli: Call, finished: Path, to: str) -> None:
    made = parsed(openloop_cli("export", finished, "--to", to, "--arm", "verified", "--seed", 1, "--json"))
    rows = openloop.read(made["file"])
    assert len(rows) == made["rows"] > 0
    card = Path(made["card"]).read_text()
    for fact in ("simulated", "check", "unknown", "rejected", "verified", "rows.jsonl"):
        assert fact in card
    again = openloop_cli("export", finished, "--to", to, "--arm", "verified", "--seed", 1)
    assert again.returncode == 2 and "exists" in again.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "trll", "--arm", "closed"], "did you mean 'trl'"),
        (["--to", "trl", "--arm", "veryfied"], "did you mean 'verified'"),
        (["--to", "trl", "--arm", "closed", "--seed", "9"], "allowed [0, 1]"),
        (["--to", "trl", "--arm", "closed", "--round", "9"], "finished rounds are [1, 2]"),
        (["--to", "dpo", "--arm", "closed"], "accept_at"),
    ],
)
def test_an_export_that_cannot_be_made_says_why(
    openloop_cli: Call, finished: Path, words: list[str], message: str
) -> None:
    done = openloop_cli("export", finished, *words)
    assert done.returncode == 2 and message in done.stderr and "Traceback" not in done.stderr


def test_init_makes_a_loop_that_runs_as_it_stands(openloop_cli: Call, tmp_path: Path) -> None:
    made = parsed(openloop_cli("init", tmp_path / "mine", "--json"))
    assert len(made["files"]) == 4
    recipe = tmp_path / "mine" / "recipe.yaml"
    assert "valid" in openloop_cli("validate", recipe).stdout
    done = openloop_cli("run", recipe)
    assert done.returncode == 0 and "verified: improved" in done.stdout, done.stderr
    again = openloop_cli("init", tmp_path / "mine")
    assert again.returncode == 2 and "not empty" in again.stderr


def test_score_counts_what_became_of_every_row(openloop_cli: Call, tmp_path: Path) -> None:
    rows = [{"prompt": "2+2=", "completion": text, "answer": gold} for text, gold in
            (("4", "4"), ("5", "4"), ("", "4"), ("4", None))]  # fmt: skip
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = parsed(openloop_cli("score", tmp_path / "rows.jsonl", "--signal", "exact:answer", "--json",
                               "--out", tmp_path / "verdicts.jsonl"))  # fmt: skip
    assert (made["rows"], made["scored"], made["error"], made["accept_rate"]) == (
        4,
        3,
        1,
        pytest.approx(1 / 3),
    )
    verdicts = [json.loads(line) for line in (tmp_path / "verdicts.jsonl").read_text().splitlines()]
    assert [v["value"] for v in verdicts] == [1.0, 0.0, 0.0, None]
    assert (
        "accept_rate: 0.33"
        in openloop_cli("score", tmp_path / "rows.jsonl", "--signal", "exact:answer").stdout
    )


def test_a_python_run_can_be_shown(openloop_cli: Call, tmp_path: Path) -> None:
    from openloop import models

    run = openloop.Run(tmp_path / "run")
    run.sample(models.simulated(), [{"prompt": "1+1=", "answer": "2"}], k=4)
    run.close()
    assert "generated 4" in openloop_cli("show", tmp_path / "run").stdout
    assert parsed(openloop_cli("show", tmp_path / "run", "--json"))["stages"][0]["stage"] == "sample"
