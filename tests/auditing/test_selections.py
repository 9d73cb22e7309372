"""Selections that have a name, and what each keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

import openloop as library
from tests.conftest import Said
from tests.support.audited import ids, scored
from tests.support.worlds import World

Cli = Callable[..., Said]


def test_a_cut_of_the_score_is_select_first(tmp_path: Path) -> None:
    keep = tmp_path / "kept.jsonl"
    found = library.audit(scored(), keep=keep)
    assert found.decision == "SELECT FIRST" and found.selection is not None
    assert found.selection.recipe.startswith("select: {use: threshold, at: ")
    kept = [json.loads(line) for line in keep.read_text().splitlines()]
    assert len(kept) == found.selection.kept
    at = float(found.selection.recipe.split("at: ")[1].rstrip("}"))
    assert all(row["score"] >= at - 1e-6 for row in kept) and np.mean([not row["gold"] for row in kept]) <= 0.1


def test_strata_that_hold_are_select_first() -> None:
    good, bad = (
        World(0.1, 0.9, 0.1, 400, 1).rows(0, source="a"),
        World(0.6, 0.9, 0.7, 400, 1).rows(1, source="b"),
    )
    for row in bad:
        row["prompt"] += " b"
    found = library.audit([*good, *bad])
    assert found.decision == "SELECT FIRST" and found.selection is not None
    assert found.selection.name == "only source = a"
    assert found.selection.recipe == "select: [{use: threshold, at: 0.5}, {use: where, column: source, among: [a]}]"
    assert "stratum-below-target" in ids(found)
