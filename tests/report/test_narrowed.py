"""An arm whose kept rows come to say fewer different things is found, and one whose rows do not is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openloop.recipe.execute import execute
from openloop.recipe.schema import parse_recipe
from openloop.report.narrowed import narrowed_arms
from openloop.report.run_sections import run_blocks
from openloop.report.run_summary import run_summary, summarise
from openloop.run.store import Store

TASK = '''
import hashlib


def prompts(seed, start, n):
    """The first round's prompts ask for one thing each, and those of later rounds, where FEW, for the same."""
    return [{"prompt": f"{seed} {start + i}"} for i in range(n)]


FIRST = []


def write(prompt, seed):
    source = prompt.split()[0]
    if source not in FIRST:
        FIRST.append(source)
    kinds = KINDS if source != FIRST[0] else 400
    number = int(hashlib.sha256(prompt.encode()).hexdigest(), 16) % kinds
    return hashlib.sha256(str(number).encode()).hexdigest()


write.version = "KINDS"
'''


def ran(tmp_path: Path, later: int, **keys: Any) -> Store:
    """Two rounds; the answers of the second are of so many kinds, those of the first of 400."""
    (tmp_path / "task.py").write_text(TASK.replace("KINDS", str(later)))
    recipe = {
        "sampler": {"use": "function", "answer": "task.py:write"},
        "prompts": {"call": "task.py:prompts", "batch": 150},
        "rounds": 2,
        "describe": "hashed-256",
        "workers": 0,
        **keys,
    }
    assert not execute(parse_recipe(recipe, base=tmp_path), tmp_path / "run", yes=True)
    return Store.read(tmp_path / "run")


def test_rows_that_narrow_to_fewer_than_half_are_found(tmp_path: Path) -> None:
    (finding,) = narrowed_arms(ran(tmp_path, later=3))
    assert (finding["finding"], finding["arm"], finding["round"]) == ("collapse", "loop", 2)
    assert "as many different things as those of round 1" in finding["text"]


@pytest.mark.parametrize("later", [400, 4000])
def test_rows_that_stay_as_different_are_not(tmp_path: Path, later: int) -> None:
    assert narrowed_arms(ran(tmp_path, later)) == []


def test_show_has_a_row_for_each_round_and_json_the_intervals(tmp_path: Path) -> None:
    store = ran(tmp_path, later=3)
    summary = run_summary(store)
    assert summary is not None
    said = str(run_blocks(summary))
    assert "different" in said and "collapse: loop, seed 0" in said
    plain = summarise(store.root)
    rows = plain["arms"]["loop"]["described"]
    assert [row["round"] for row in rows] == [1, 2]
    assert rows[0]["diversity.vendi2"]["low"] > rows[1]["diversity.vendi2"]["high"]
    assert [one["finding"] for one in plain["findings"]] == ["collapse"]
    json.dumps(rows)


def test_without_the_key_nothing_is_described(tmp_path: Path) -> None:
    store = ran(tmp_path, later=3, describe=None)
    summary = run_summary(store)
    assert summary is not None and "different" not in str(run_blocks(summary))
    assert narrowed_arms(store) == []
