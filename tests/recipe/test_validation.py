"""Whatever is wrong with a recipe or its data is said before anything is spent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.refusals import refused
from tests.support.user_files import judged_by

Call = Callable[..., Any]
ROW = '{"prompt": "1+1=", "answer": "2"}\n'


def test_failing_probes_stop_a_run_before_anything_is_spent(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    path = recipe(**judged_by(tmp_path, "return True", rejects=[("1+1=", "3")]))
    for verb in ("validate", "run"):
        refused(openloop(verb, path), "'mine' fails 1 of its probes: must reject '3'", "Nothing was spent.")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file holds no rows"),
        ('{"answer": "2"}\n', "prompt"),
        (ROW + '{"prompt": "1+2=", "answer": "3"\n' + ROW, "line 2"),
        (ROW + "[1]\n", "line 2"),
        (ROW + '{"prompt": 3, "answer": "3"}\n', "prompt"),
        (ROW + '{"answer": "3"}\n', "prompt"),
        (ROW + '{"prompt": "1+2=", "answer": {"a": 1}}\n', "answer"),
        (ROW + '{"prompt": "1+2=", "answer": NaN}\n', "line 2"),
        (ROW + '{"prompt": [{"role": "user", "content": "1+2="}], "answer": "3"}\n', "prompt"),
    ],
)
@pytest.mark.parametrize("verb", ["validate", "run"])
def test_rows_that_are_wrong_are_refused_before_anything_is_spent(
    openloop: Call, recipe: Call, tmp_path: Path, verb: str, text: str, said: str
) -> None:
    (tmp_path / "bad.jsonl").write_text(text)
    refused(openloop(verb, recipe(test="bad.jsonl")), "bad.jsonl", said)
    assert not (tmp_path / "runs").exists()


def test_rows_without_the_column_that_a_part_needs(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"prompt": "1+1=", "result": "2"}\n')
    refused(openloop("run", recipe(test="bad.jsonl")), "'answer'", "result")


def test_an_arm_whose_rows_lack_a_column_stops_the_run(openloop: Call, recipe: Call) -> None:
    broken = {"sampler": {"use": "oracle", "column": "gold"}}
    refused(openloop("run", recipe(arms={"closed": {}, "broken": broken}), "--json"), "a row has no 'gold'")


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbf" + ROW.encode(),
        ROW.replace("\n", "\r\n").encode() * 2,
        ROW.encode() * 3,
        ROW.strip().encode(),
    ],
    ids=["byte order mark", "CRLF", "duplicate prompts", "no last newline"],
)
def test_harmless_oddities_of_files_are_read(openloop: Call, recipe: Call, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "odd.jsonl").write_bytes(raw)
    said = openloop("validate", recipe(test="odd.jsonl"))
    assert (said.code, said.err) == (0, "")


def test_an_unknown_arm(openloop: Call, recipe: Call) -> None:
    refused(openloop("run", recipe(), "--arms", "closd"), "did you mean 'closed'")
    refused(openloop("plan", recipe(), "--arms", "closed,"), "arm ''")


def test_a_negative_number_of_workers(openloop: Call, recipe: Call) -> None:
    refused(openloop("run", recipe(), "--workers", "-1"), "workers")


@pytest.mark.parametrize(
    ("body", "said"),
    [("pool.ids[0]", "raised IndexError on an empty pool"), ("exit(0)", "raised SystemExit on an empty")],
)
def test_a_selector_that_breaks_on_an_empty_pool_is_refused(
    openloop: Call, recipe: Call, tmp_path: Path, body: str, said: str
) -> None:
    text = f"class Broken:\n    version = '1'\n    def select(self, pool):\n        {body}\nbroken = Broken()\n"
    (tmp_path / "broken.py").write_text(text)
    path = recipe(arms={"mine": {"select": "broken.py:broken"}})
    refused(openloop("validate", path), said, "return Selection((), {})")
