"""Pruning by a linear verifier: a line or a step, as the accuracies have it."""

from __future__ import annotations

import math

import numpy as np

from openloop.arrays import Values
from openloop.reproduce.pruning_geometry import GEOMETRIES, PRUNE, claims

GRID = np.linspace(0.025, 0.975, 39)
CONDITION = "true under a stated condition"


def accuracies(line: bool) -> Values:
    """[3, geometries, verifiers, P]: lines or steps through one half at 1 − θ_prune/π."""
    stars = [1 - prune / math.pi for prune in PRUNE]
    one = np.array([np.clip(1 - GRID / star / 2 if line else (star > GRID) * 1.0, 0, 1) for star in stars])
    return np.broadcast_to(one, (3, len(GEOMETRIES), *one.shape)) + np.zeros((3, 1, 1, 1))


def verdicts(real: Values, flipped: Values) -> list[str]:
    return [one.verdict for one in claims(GRID, GRID, real, flipped[:, 0], real.mean(0))]


def test_a_line_beside_a_step_is_a_step_under_a_condition() -> None:
    line, step = accuracies(line=True), accuracies(line=False)
    assert verdicts(line, step) == ["reproduced", CONDITION, "reproduced"] * 2 + ["reproduced"]
    assert verdicts(line, line)[1:3] == ["false", "false"]
    assert verdicts(step, step)[1] == "reproduced"


def test_a_formula_that_is_off_is_refuted() -> None:
    line = accuracies(line=True)
    assert claims(GRID, GRID, line, line[:, 0], line.mean(0) + 0.1)[-1].verdict == "false"
