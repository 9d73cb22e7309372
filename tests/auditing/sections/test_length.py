"""Whether longer or shorter completions pass more often, told from what is hard or right."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing import Finding
from tests.support.audited import Rows, ids
from tests.support.worlds import World


def found_in(rows: Rows, name: str = "length-shortcut", **told: Any) -> Finding | None:
    return next((f for f in library.audit(rows, **told).findings if f.id == name), None)


def test_longer_rows_that_pass_are_found() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(800):
        n = int(rng.integers(5, 60))
        good = bool(rng.random() < 0.7)
        rows.append(
            {
                "prompt": f"q{i}",
                "completion": " ".join(rng.choice(["a", "be", "sea", "dee"], n)),
                "gold": good,
                "verdict": bool(rng.random() < 0.2 + 0.3 * good + n / 150),
            }
        )
    found = library.audit(rows, max_bad=0.3)
    assert "length-shortcut" in ids(found)
    e = found.estimate("shortcut.length", "equal gold")
    assert e.low is not None and e.low > 0
    assert abs(found.estimate("shortcut.length", "equal gold, rebalanced").value) < 0.4 * e.value
    fair = library.audit(World(0.3, 0.9, 0.3, 600, 2).rows())
    assert "length-shortcut" not in ids(fair) and "surface-shortcut" not in ids(fair)


def rows_of(pull: float, k: int = 4, gold: float = 0.0, score: bool = False, seed: int = 0) -> Rows:
    """Acceptance rises by ``pull`` a doubling; a share ``gold`` of the rows is labelled, whatever their length."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for i in range(1200):
        doublings, good = rng.uniform(-1.5, 1.5), bool(rng.random() < 0.6)
        pass_rate = 0.3 + 0.3 * good + pull * doublings
        value = float(np.round(rng.normal(pass_rate, 0.3), 3)) if score else bool(rng.random() < pass_rate)
        row = {"prompt": f"q{i // k}", "completion": "words " * int(16 * 2**doublings) + str(i), "verdict": value}
        rows.append(row | {"gold": good if rng.random() < gold else None})
    return rows


@pytest.mark.parametrize("score", [False, True], ids=["verdict", "score"])
@pytest.mark.parametrize("gold", [0.0, 1.0], ids=["no gold", "gold"])
def test_both_ways(gold: float, score: bool) -> None:
    longer, shorter = (found_in(rows_of(pull, gold=gold, score=score)) for pull in (0.15, -0.15))
    assert longer is not None and longer.text.startswith("Longer completions") and "each doubling" in longer.text
    assert shorter is not None and shorter.text.startswith("Shorter completions") and "each halving" in shorter.text
    assert "a finding from 3 on" in shorter.text and min(longer.weight, shorter.weight) > 0.2
    assert found_in(rows_of(0.0, gold=gold, score=score)) is None
    weaker = found_in(rows_of(-0.08, gold=gold, score=score))
    assert weaker is None or weaker.weight < shorter.weight


def test_labels_do_not_hide_it() -> None:
    """Forty labels: what was found without gold is still found. Labels that explain it away take it back."""
    rows = rows_of(-0.15)
    labelled = set(np.random.default_rng(1).choice(1200, 40, replace=False).tolist())
    some = [{**row, "gold": i % 2 == 0 if i in labelled else None} for i, row in enumerate(rows)]
    before, after = found_in(rows), found_in(some)
    assert before is not None and after is not None and after.weight >= before.weight - 0.02
    right = [{**row, "gold": row["verdict"] if i % 2 else None} for i, row in enumerate(rows)]
    assert found_in(right) is None, "shorter rows are better, and that is why they pass"


def test_hard_prompts_are_long_and_that_is_no_shortcut() -> None:
    rng = np.random.default_rng(0)
    for k in (1, 4):
        rows: Rows = []
        for i in range(1600):
            hard = (i // k) % 3
            good = bool(rng.random() < 0.9 - 0.3 * hard)
            length = 10 * 2**hard + int(rng.integers(0, 8))
            rows.append({"prompt": f"q{i // k}", "completion": "words " * length + str(i), "verdict": good})
        found = library.audit(rows)
        assert not ids(found) & {"length-shortcut", "surface-shortcut"}
        assert any("length-shortcut: prompts have one row" in said for said in found.unmeasured) == (k == 1)


def test_a_small_effect_in_a_large_file_is_no_finding() -> None:
    rows = [row for seed in range(8) for row in rows_of(0.006, k=6, gold=1.0, seed=seed)]
    rows = [{**row, "prompt": f"{i // 6}"} for i, row in enumerate(rows)]
    assert found_in(rows) is None


@pytest.mark.parametrize(("step", "says"), [(1.2, "each 10% "), (3.0, "each (doubling|halving) ")])
@pytest.mark.parametrize("longer", [True, False])
def test_no_more_than_100_points_are_claimed(step: float, says: str, longer: bool) -> None:
    """Rows of nearly one length are no doubling apart, and a line drawn on to the file's ends leaves the scale."""
    rng = np.random.default_rng(4)
    rows = []
    for i in range(200):
        n = int(rng.integers(10, 300))
        for more in (False, True):
            text = "x" * (round(n * step) if more else n)
            rows.append({"prompt": f"q{i}", "completion": text, "verdict": float(more is longer)})
    found = found_in(rows)
    assert found is not None and found.text.startswith("Longer" if longer else "Shorter")
    assert re.search(says, found.text)
    claimed = [float(number) for number in re.findall(r"(?:by|,) ([0-9.]+)(?= between| \[)", found.text)]
    assert claimed and max(claimed) <= 100
