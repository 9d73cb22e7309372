"""Votes among more than two answers: drawn prompts decide."""

from __future__ import annotations

import numpy as np

from openloop.reproduce.plurality import VOTERS, claims, drawn, exact, structure


def test_votes_follow_the_exact_formula_and_not_another() -> None:
    grid = np.linspace(0.3, 0.98, 9)
    curves, points = {k: exact(k, grid) for k in VOTERS}, {k: drawn(k, grid, 2_000, 0) for k in VOTERS}
    right = [one.verdict for one in claims(np.linspace(0.3, 0.98, 9), curves, points, 2_000)]
    moved = [one.verdict for one in claims(grid, curves, {k: [1 - v for v in points[k]] for k in VOTERS}, 2_000)]
    assert (right[4], moved[4]) == ("reproduced", "false")
    early = [one.verdict for one in claims(grid, {k: [v - 0.2 for v in curves[k]] for k in VOTERS}, points, 2_000)]
    assert early[:4] == ["false"] * 4


def test_structure_matters_below_one_half_only_where_it_can() -> None:
    rng = np.random.default_rng(0)
    assert structure(rng).verdict == "true under a stated condition"
    assert structure(rng, bad_after=0.0).verdict == "reproduced"
