"""Select: nothing to select from, and selectors that return something else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import openloop
from openloop import models, selection
from openloop.errors import ContractError
from openloop.records import Completion
from tests.support.rows import doubles


@dataclass(frozen=True)
class Silent:
    """Every request fails."""

    name: str = "silent"
    revision: str = "1"

    def sample(self, prompts: Any, k: int, sampling: Any) -> list[list[Completion]]:
        return [[Completion("", finish="failed", failure="no answer")] * k for _ in prompts]


@dataclass(frozen=True)
class Forgetful:
    """Returns nothing."""

    def select(self, pool: Any) -> Any:
        return None


def test_a_pool_without_a_single_completion_is_selected_from(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    kept = run.select(run.sample(Silent(), doubles(4)), None, selection.everything())
    assert (kept.counts["generated"], kept.counts["kept"], list(kept)) == (0, 0, [])


def test_a_selector_that_returns_no_selection_is_named(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    with pytest.raises(ContractError, match=r"Forgetful\(\) must return an openloop\.records\.Selection"):
        run.select(run.sample(models.simulated(), doubles(4)), None, Forgetful())
