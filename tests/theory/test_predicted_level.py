"""The registered level after training: its limits, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.theory.predicted_level import predicted_level


def change(before: float, kept: float, bad: float, systematic: float = 0.5, **constants: float) -> float:
    return predicted_level([before], [1.0], [kept], [bad], [systematic], **constants) - before


def test_no_rows_change_nothing_and_endless_rows_teach_what_they_are() -> None:
    assert change(0.6, 0, 0.3) == 0
    assert change(0.6, 1e9, 0.3) == pytest.approx(0.1, abs=1e-5)
    assert change(0.9, 1e9, 0.3) == pytest.approx(-0.2, abs=1e-5)


def test_the_sign_is_that_of_the_distance_where_wrong_answers_do_not_agree() -> None:
    """Rows as right as the student leave it where it is; better ones raise it, worse ones lower it."""
    assert change(0.6, 800, 0.4, systematic=0.0) == pytest.approx(0)
    assert change(0.6, 800, 0.3, systematic=0.0) > 0 > change(0.6, 800, 0.5, systematic=0.0)
    assert change(0.8, 800, 0.3, systematic=0.0) < 0 < change(0.5, 800, 0.3, systematic=0.0)


def test_good_rows_close_half_of_the_gap_at_the_halfway_number() -> None:
    assert change(0.6, 2_500, 0.0) == pytest.approx(0.2)
    assert change(0.6, 300, 0.0, halfway=300) == pytest.approx(0.2)
    gains = [change(0.6, n, 0.0) for n in (10, 100, 1_000, 10_000)]
    assert gains == sorted(gains) and all(0 < gain < 0.4 for gain in gains)


def test_errors_that_agree_cost_more_and_cost_it_soon() -> None:
    spread, agreeing = change(0.6, 500, 0.4, systematic=0.1), change(0.6, 500, 0.4, systematic=1.0)
    assert agreeing < spread < 0
    assert change(0.6, 100, 0.4, systematic=1.0) < 0.8 * change(0.6, 20, 0.4, systematic=1.0) < 0


def test_an_own_stratum_without_rows_keeps_its_accuracy() -> None:
    found = predicted_level([0.2, 0.8], [0.5, 0.5], [0, 1e9], [0.0, 0.0], [0.0, 0.0])
    assert found == pytest.approx(0.5 * 0.2 + 0.5 * 1.0, abs=1e-5)
    other = predicted_level([0.8, 0.2], [0.5, 0.5], [1e9, 0], [0.0, 0.0], [0.0, 0.0])
    assert other == pytest.approx(found)


def test_a_level_is_an_accuracy() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, p, w = rng.random((3, 3))
        found = predicted_level(a, rng.dirichlet(np.ones(3)), rng.integers(0, 5_000, 3), p, w)
        assert 0 <= found <= 1


FITS: dict[str, Any] = {"before": [0.5], "share": [1.0], "kept": [5], "bad_after": [0.1], "systematic": [1.0]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"before": [0.5, 0.5]},
        {"before": [1.2]},
        {"share": [0.9]},
        {"kept": [-1]},
        {"bad_after": [float("nan")]},
        {"systematic": [-0.1]},
        {"halfway": 0},
        {"noticed": 0},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    predicted_level(**FITS)
    with pytest.raises(DataError, match="predicted_level"):
        predicted_level(**(FITS | wrong))
