"""The code example: programs that pass their tests are kept, and tricks are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop import signals
from openloop.sandbox.bubblewrap import Bubblewrap
from openloop.user_code import import_user_file
from tests.support.recipes import EXAMPLES
from tests.support.rows import candidates, read_rows
from tests.support.runs import exported

OpenLoop = Callable[..., Any]


@pytest.fixture(autouse=True)
def sandbox() -> None:
    if why := Bubblewrap().missing():
        pytest.skip(why)


def test_code_keeps_programs_that_pass_and_no_trick(tmp_path: Path, openloop: OpenLoop) -> None:
    said = openloop("run", EXAMPLES / "code" / "recipe.yaml", "--dir", tmp_path / "run")
    assert said.code == 0 and "pass@1 " in said.out and "pass@10 " in said.out
    (by_k,) = openloop("show", tmp_path / "run", "--json").json["arms"]["loop"]["pass_at"].values()
    assert 0.3 < by_k["1"]["value"] < 0.6 < by_k["10"]["value"] <= 1 and by_k["1"]["n"] == 16
    rows = exported(openloop, tmp_path / "run")
    assert len(rows) > 10 and not any("os._exit" in row["completion"] for row in rows)
    assert not any("__eq__" in row["completion"] for row in rows)


def test_the_stand_in_of_code_knows_every_problem(tmp_path: Path) -> None:
    answers = import_user_file(EXAMPLES / "code" / "answers.py").ANSWERS
    rows = read_rows(EXAMPLES / "code" / "problems.jsonl")
    code = signals.code(seconds=5)
    for row in rows:
        _, bodies = answers[row["entry_point"]]
        rows_of_one = candidates(bodies, prompt=row["prompt"], row=row)
        right, *wrong = code.score(rows_of_one)
        assert right.value == 1.0, row["entry_point"]
        assert all(v.value == 0.0 for v in wrong), (row["entry_point"], [v.value for v in wrong])
