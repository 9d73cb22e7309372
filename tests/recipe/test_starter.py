"""`openloop init` makes folders that run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from openloop.sandbox.bubblewrap import Bubblewrap

OpenLoop = Callable[..., Any]


@pytest.mark.parametrize("template", ["loop", "instructions", "reasoning", "code", "judge"])
def test_init_offers_recipes_that_run(template: str, tmp_path: Path, openloop: OpenLoop) -> None:
    if template == "code" and (why := Bubblewrap().missing()):
        pytest.skip(why)
    folder = tmp_path / "my own"
    assert openloop("init", folder, "--template", template).code == 0
    assert yaml.safe_load((folder / "recipe.yaml").read_text())["name"] == "my own"
    assert openloop("validate", folder / "recipe.yaml").code == 0
    assert openloop("run", folder / "recipe.yaml", "--set", "seeds=[0]").code == 0
    assert (folder / "runs" / "my own" / "store.sqlite").exists()


def test_init_refuses_a_template_that_is_none(tmp_path: Path, openloop: OpenLoop) -> None:
    said = openloop("init", tmp_path / "mine", "--template", "instruction")
    assert said.code == 2 and "did you mean 'instructions'" in said.err and not (tmp_path / "mine").exists()
