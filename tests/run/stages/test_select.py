"""Select: nothing to select from, and selectors that return something else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop
from openloop import models, selection
from openloop.errors import ContractError, InputError
from openloop.records import Completion, Selection
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


@dataclass(frozen=True)
class Nearest:
    """Keeps the rows whose vector is nearest to the origin."""

    n: int

    def select(self, pool: Any) -> Any:
        length = np.linalg.norm(pool.column("vector"), axis=1)
        keep = set(np.argsort(length, kind="stable")[: self.n].tolist())
        kept = tuple(i for place, i in enumerate(pool.ids) if place in keep)
        return Selection(kept, {i: "far" for i in pool.ids if i not in kept})


@pytest.mark.parametrize("workers", [0, 1])
def test_a_selector_is_handed_arrays_of_the_callers(tmp_path: Path, workers: int) -> None:
    run = openloop.Run(tmp_path / "run", workers=workers)
    pool = run.sample(models.simulated(), doubles(20))
    vectors = np.random.default_rng(3).normal(size=(20, 4))
    kept = run.select(pool, None, Nearest(5), columns={"vector": vectors})
    nearest = np.sort(np.argsort(np.linalg.norm(vectors, axis=1))[:5])
    assert [candidate.id for candidate in kept] == [list(pool)[place].id for place in nearest]
    again = run.select(pool, None, Nearest(5), columns={"vector": vectors.copy()})
    other = run.select(pool, None, Nearest(5), columns={"vector": -2 * vectors[::-1]})
    assert again.stage.fingerprint == kept.stage.fingerprint != other.stage.fingerprint
    run.close()


def test_arrays_that_do_not_fit_the_pool_are_refused(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    pool = run.sample(models.simulated(), doubles(20))
    with pytest.raises(InputError, match="column 'vector' has shape"):
        run.select(pool, None, Nearest(5), columns={"vector": np.zeros((19, 4))})
    run.close()
