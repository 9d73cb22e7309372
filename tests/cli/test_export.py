"""The verb export: every format loads again, with a card, and what is not there is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openloop as library

Call = Callable[..., Any]
FORMATS = ["trl", "messages", "sharegpt", "alpaca", "parquet", "dpo"]


@pytest.mark.parametrize("to", FORMATS)
def test_every_export_loads_again_and_has_a_card(openloop: Call, finished: tuple[Path, Path], to: str) -> None:
    words = ["export", finished[1], "--to", to, "--arm", "verified", "--json"]
    made = openloop(*words).json
    rows = library.read(made["file"])
    assert len(rows) == made["rows"] > 0
    assert "completion" in rows.rows[0] or to == "dpo"
    assert "verified" in Path(made["card"]).read_text()
    again = openloop(*words)
    assert again.code == 2
    assert "--overwrite" in again.err
    assert openloop(*words, "--overwrite").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "tlr"], "trl"),
        (["--to", "trl", "--arm", "verifed"], "did you mean 'verified'"),
        (["--to", "trl", "--arm", "closed", "--seed", "7"], "--seed 7"),
        (["--to", "trl", "--arm", "closed", "--round", "9"], "finished rounds are [1, 2]"),
    ],
)
def test_an_export_of_what_is_not_there_says_what_is(
    openloop: Call, finished: tuple[Path, Path], words: list[str], said: str
) -> None:
    refused = openloop("export", finished[1], *words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err


def test_an_export_without_an_arm_says_which_it_took(openloop: Call, recipe: Call, tmp_path: Path) -> None:
    # Two seeds decide nothing, so the largest gain is taken and said; four decide.
    for seeds, sentence in (
        ([0, 1], "no arm is known to have improved"),
        ([0, 1, 2, 3], "which the decision names"),
    ):
        run = tmp_path / str(len(seeds))
        path = recipe(seeds=seeds, model={"use": "simulated", "error": 0.5, "systematic": 0.7, "spread": 0.2})
        shown = json.loads(openloop("run", path, "--dir", run, "--json").out)
        made = json.loads(openloop("export", run, "--to", "trl", "--json").out)
        assert sentence in made["said"][0] and made["arm"] == "verified"
        assert shown["decision"].startswith("UNDECIDED" if len(seeds) == 2 else "TRAIN on `verified`")
