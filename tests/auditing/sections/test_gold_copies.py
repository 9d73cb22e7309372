"""Columns that repeat gold, and gold that repeats the verdict, are said."""

from __future__ import annotations

import numpy as np

import openloop as library
from tests.support.audited import ids
from tests.support.worlds import World


def test_a_column_made_from_gold_is_named() -> None:
    rows = World(0.3, 0.85, 0.25, 300, 1).rows()
    made = [{**row, "status": "ok" if row["gold"] else "failed", "topic": f"t{i % 3}"} for i, row in enumerate(rows)]
    found = library.audit(made)
    (finding,) = [finding for finding in found.findings if finding.id == "gold-in-disguise"]
    assert "The column status splits" in finding.text and not finding.blocking
    other = [{**row, "status": "ok" if i % 5 else "failed"} for i, row in enumerate(rows)]
    assert "gold-in-disguise" not in ids(library.audit(other))


def test_a_column_made_from_gold_is_no_selection() -> None:
    rows = World(0.3, 1, 1, 600, 1).rows()
    rng = np.random.default_rng(0)
    made = [{**row, "status": "ok" if row["gold"] else "failed"} for row in rows]
    found = library.audit(made)
    assert found.decision == "DO NOT TRAIN" and found.selection is None
    # A column that only goes with gold may select.
    goes = [{**row, "status": "ok" if row["gold"] and rng.random() < 0.9 else "failed"} for row in rows]
    assert library.audit(goes).decision == "SELECT FIRST"


def test_gold_that_agrees_with_the_verdict_in_every_row_is_said() -> None:
    rows = World(0.3, 0.85, 0.25, 300, 1).rows()
    copied = [{**row, "verdict": row["gold"]} for row in rows]
    said = "gold and the verdict agree in all 300 rows"
    assert any(said in line for line in library.audit(copied).said)
    copied[7] = {**copied[7], "verdict": not copied[7]["verdict"]}
    assert not any("agree in all" in line for line in library.audit(copied).said)
    assert not any("agree in all" in line for line in library.audit([{**row, "gold": True} for row in rows]).said)
