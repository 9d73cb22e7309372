"""p, φ, ψ, p★ and p′."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.verifier_quality import difficulty, quality, worst_case
from tests.support.coverage import Draws, require_nominal
from tests.support.worlds import World


def table(good_kept: int, good_dropped: int, bad_kept: int, bad_dropped: int) -> tuple[np.ndarray, np.ndarray]:
    gold = np.r_[np.ones(good_kept + good_dropped), np.zeros(bad_kept + bad_dropped)]
    accept = np.r_[np.ones(good_kept), np.zeros(good_dropped), np.ones(bad_kept), np.zeros(bad_dropped)]
    return gold, accept


def test_a_table_by_hand() -> None:
    found = quality(*table(90, 10, 20, 80), None)
    assert {name: e.value for name, e in found.items()} == pytest.approx(
        {"p": 0.5, "phi": 0.9, "psi": 0.2, "ratio": 2 / 9, "breakdown": 0.9 / 1.1, "bad_after": 20 / 110}
    )
    low, high = found["breakdown"].low, found["breakdown"].high
    assert low is not None and high is not None and low < 0.9 / 1.1 < high < 1


def test_a_perfect_verifier_breaks_down_at_one() -> None:
    found = quality(*table(100, 0, 0, 100), None)
    assert found["breakdown"].value == 1 and found["bad_after"].value == 0
    assert found["breakdown"].low is not None and found["breakdown"].low > 0.9


def test_a_verifier_that_keeps_only_bad_rows_breaks_down_at_zero() -> None:
    found = quality(*table(0, 50, 30, 20), None)
    assert found["breakdown"].value == 0 and math.isnan(found["ratio"].value)
    assert found["breakdown"].low == 0 and found["breakdown"].high is not None


@pytest.mark.parametrize(
    ("gold", "accept", "missing"),
    [
        ([1, 1, 1], [1, 0, 1], ("psi", "breakdown", "ratio")),
        ([1, 1, 0, 0], [0, 0, 0, 0], ("breakdown", "ratio", "bad_after")),
        ([math.nan] * 3, [1, 0, 1], ("p", "phi", "psi", "breakdown", "bad_after")),
    ],
)
def test_what_cannot_be_known_is_undefined_with_a_reason(
    gold: list[float], accept: list[float], missing: tuple[str]
) -> None:
    found = quality(np.array(gold, float), np.array(accept, float), None)
    for name in missing:
        assert math.isnan(found[name].value) and "undefined" in found[name].method
        assert found[name].low is None and found[name].high is None


def test_unscored_is_not_zero() -> None:
    gold, accept = table(90, 10, 20, 80)
    accept = accept.copy()
    accept[95:105] = np.nan  # five dropped good rows and five kept bad ones lose their verdicts
    found, bounds = quality(gold, accept, None), worst_case(gold, accept, None)
    assert (found["phi"].n, found["phi"].n_unscored) == (95, 5)
    assert found["phi"].value == pytest.approx(90 / 95) and found["psi"].value == pytest.approx(15 / 95)
    for name, truth in (("phi", 0.9), ("psi", 0.2), ("bad_after", 20 / 110)):
        e = bounds[name]
        assert e.low is not None and e.high is not None and e.low <= truth <= e.high


def test_difficulty_leaves_the_row_itself_out() -> None:
    rate = difficulty(np.array([1, 0, 0, 1, np.nan]), np.array([0, 0, 0, 1, 1]))
    assert rate[:3].tolist() == [0, 0.5, 0.5] and math.isnan(rate[3]) and rate[4] == 1


CELLS = [World(0.3, 0.9, 0.2, 200, 1), World(0.3, 0.6, 0.4, 100, 4, 0.3), World(0.5, 0.95, 0.3, 40, 10, 0.3)]


@pytest.mark.parametrize("world", CELLS, ids=str)
def test_every_interval_covers(world: World) -> None:
    """MOVER bounds of correlated φ and ψ are up to a sixth wider than needed (measured: 1.16 with 40 prompts)."""
    rng = np.random.default_rng(3)
    draws = {name: Draws() for name in world.truth}
    for _ in range(300):
        for name, e in quality(*world.draw(rng)).items():
            draws[name].add(e, world.truth[name])
    for found in draws.values():
        assert found.without == 0
        require_nominal(found, width=(0.9, 1.2))


def test_a_ratio_of_too_few_rows_says_so() -> None:
    gold = np.r_[np.ones(60), np.zeros(6)]
    found = quality(gold, np.r_[np.ones(50), np.zeros(10), np.ones(2), np.zeros(4)])
    for name in ("ratio", "breakdown"):
        assert found[name].low is None and "too few rows: 6" in found[name].method and "ψ" in found[name].method
    assert found["phi"].low is not None
