"""The news example, smaller: what each verifier keeps of the same summaries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.recipes import EXAMPLES

OpenLoop = Callable[..., Any]


@pytest.mark.integration
def test_news_trains_on_what_each_verifier_keeps(tmp_path: Path, openloop: OpenLoop) -> None:
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
