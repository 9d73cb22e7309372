"""The page of trainers lists each option of each trainer once, with the default that it has."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

import pytest

from openloop import training
from openloop.training.settings import Checkpoints, Options, Settings
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "reference" / "training.md").read_text(encoding="utf-8")
ABSENT = (None, inspect.Parameter.empty, MISSING, {})


def listed(heading: str) -> dict[str, str]:
    """Options of the table under a heading, with their defaults as they are written."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|.*\| ?([^|]*) \|$", section, flags=re.MULTILINE)
    assert len({name for name, _ in rows}) == len(rows), "an option is listed twice"
    return {name: said.strip().strip("`") for name, said in rows}


def same(said: str, default: Any) -> bool:
    """Whether a written default is the one in the code; where the code has none, words say what holds."""
    if isinstance(default, bool):
        return said == str(default).lower()
    return float(said) == default if isinstance(default, int | float) else said == default


@pytest.mark.parametrize("made", [training.sft, training.dpo, training.grpo, training.command])
def test_options_of_a_trainer(made: Callable[..., Any]) -> None:
    mine = inspect.signature(made).parameters.values()
    wanted = {p.name: p.default for p in mine if p.kind is not p.VAR_KEYWORD}
    found = listed(made.__name__)
    assert set(found) == set(wanted)
    assert [name for name, default in wanted.items() if default not in ABSENT and not same(found[name], default)] == []


def test_options_of_all_trainers_through_trl() -> None:
    found = listed("Options of sft, dpo and grpo")
    assert set(found) == set(Options.__annotations__)
    wanted: dict[str, Any] = {field.name: field.default for field in fields(Settings)}
    wanted["checkpoint_minutes"] = Checkpoints().minutes
    for name, said in found.items():
        if wanted.get(name) not in ABSENT:
            assert same(said, wanted[name]), name
