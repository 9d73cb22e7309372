"""Whether the verdict can be predicted from the surface, told from what is hard or right."""

from __future__ import annotations

import numpy as np
import pytest

import openloop as library
from tests.support.audited import Rows, ids


def rows_of(pull: float, k: int, gold: float, seed: int = 0) -> Rows:
    """A verdict that likes lists by ``pull``; half of the rows are right, lists or not."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for i in range(1200):
        listed, good = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
        words = rng.choice(["one", "two", "three", "four"], 12).tolist()
        completion = ("\n- " if listed else " ").join(["Here", *words]) + f" {i}"
        passes = bool(rng.random() < 0.3 + 0.3 * good + pull * listed)
        row = {"prompt": f"q{i // k}", "completion": completion, "verdict": passes}
        rows.append(row | {"gold": good if rng.random() < gold else None})
    return rows


@pytest.mark.parametrize(("k", "gold"), [(4, 0.0), (4, 0.1), (4, 1.0), (1, 1.0)])
def test_a_verdict_that_likes_lists(k: int, gold: float) -> None:
    assert "surface-shortcut" in ids(library.audit(rows_of(0.4, k, gold)))
    assert "surface-shortcut" not in ids(library.audit(rows_of(0.0, k, gold)))


def test_one_row_a_prompt_and_no_gold_leaves_it_open() -> None:
    found = library.audit(rows_of(0.4, 1, 0.0))
    assert "surface-shortcut" not in ids(found) and found.estimate("shortcut.gap").value > 0.02
    assert any(said.startswith("surface-shortcut: prompts have one row each") for said in found.unmeasured)
