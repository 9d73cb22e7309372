"""The checked-in recipes that verify: each runs as it stands, or smaller."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.sandbox.bubblewrap import Bubblewrap

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_code_keeps_programs_that_pass_and_no_trick(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    if why := Bubblewrap().missing():
        pytest.skip(why)
    said = openloop("run", EXAMPLES / "code" / "recipe.yaml", "--dir", tmp_path / "run")
    assert said.code == 0 and "pass@1 " in said.out and "pass@10 " in said.out
    (by_k,) = openloop("show", tmp_path / "run", "--json").json["arms"]["loop"]["pass_at"].values()
    assert 0.3 < by_k["1"]["value"] < 0.6 < by_k["10"]["value"] <= 1 and by_k["1"]["n"] == 16
    exported = openloop("export", tmp_path / "run", "--to", "trl", "--out", tmp_path / "out", "--json").json
    rows = [json.loads(line) for line in Path(exported["file"]).read_text().splitlines()]
    assert len(rows) > 10 and not any("os._exit" in row["completion"] for row in rows)
    assert not any("__eq__" in row["completion"] for row in rows)


def test_the_stand_in_of_code_knows_every_problem(tmp_path: Path) -> None:
    if why := Bubblewrap().missing():
        pytest.skip(why)
    from openloop import signals
    from openloop.records import Candidate
    from openloop.user_code import import_user_file

    answers = import_user_file(EXAMPLES / "code" / "answers.py").ANSWERS
    rows = [json.loads(line) for line in (EXAMPLES / "code" / "problems.jsonl").read_text().splitlines()]
    code = signals.code(seconds=5)
    for row in rows:
        _, bodies = answers[row["entry_point"]]
        candidates = [Candidate(f"{i}", "p", row["prompt"], body, row=row) for i, body in enumerate(bodies)]
        right, *wrong = code.score(candidates)
        assert right.value == 1.0, row["entry_point"]
        assert all(v.value == 0.0 for v in wrong), (row["entry_point"], [v.value for v in wrong])


def test_news_trains_on_what_each_verifier_keeps(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("rouge_score")
    small = [
        "models.weak={use: task.py:Weak, pairs: 40, steps: 5}",
        "generator.fit.steps=10",
        "fit.steps=5",
        "prompts.batch=160",
        "seeds=[0]",
        "workers=0",
        "model.d_model=16",
    ]
    words = [word for setting in small for word in ("--set", setting)]
    arms = "oracle_12,weak_12,self_25,random_50"
    said = openloop("run", EXAMPLES / "news" / "recipe.yaml", "--dir", tmp_path / "run", "--arms", arms, *words)
    assert said.code == 0, said.err
    shown = openloop("show", tmp_path / "run", "--json").json["arms"]
    assert [shown[arm]["rows"][0]["kept"] for arm in arms.split(",")] == [20, 20, 40, 80]
    assert [shown[arm]["outside_information"] for arm in arms.split(",")] == [True, True, False, False]
    assert "mean value" in openloop("show", tmp_path / "run").out
