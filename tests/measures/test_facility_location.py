"""Rows that stand for all rows: as good as greedy picks one by one, whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures import facility_location as module
from openloop.measures.facility_location import facility_location


def spread(n: int, kinds: int, noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Vectors [n, 32] around so many directions, and which of them."""
    centres = np.linalg.qr(rng.normal(size=(32, kinds)))[0].T
    kind = rng.integers(0, kinds, n)
    return (centres[kind] + noise * rng.normal(size=(n, 32))).astype(np.float32), kind


def value(x: np.ndarray, rows: np.ndarray) -> float:
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    return float(np.maximum(unit @ unit[rows].T, 0).max(axis=1).sum())


def plain_greedy(x: np.ndarray, n: int) -> list[int]:
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    like = np.maximum(unit @ unit.T, 0)
    covered, picked = np.zeros(len(x)), []
    for _ in range(n):
        gains = np.maximum(like - covered[None, :], 0).sum(axis=1)
        gains[picked] = -1
        picked.append(int(gains.argmax()))
        covered = np.maximum(covered, like[picked[-1]])
    return picked


def test_one_row_of_each_kind_comes_before_a_second_of_any() -> None:
    rng = np.random.default_rng(1)
    x, kind = spread(400, 8, 0.05, rng)
    picked = facility_location(x, 8, rng.permutation(400).astype(float))
    assert sorted(kind[picked].tolist()) == list(range(8))


def test_it_picks_what_plain_greedy_picks() -> None:
    rng = np.random.default_rng(2)
    x, _ = spread(300, 12, 0.4, rng)
    assert facility_location(x, 40, np.arange(300.0)).tolist() == plain_greedy(x, 40)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    x, _ = spread(200, 5, 0.3, rng)
    x[50:60] = x[40]  # ties
    lots = rng.permutation(200).astype(float)
    order = rng.permutation(200)
    assert order[facility_location(x[order], 30, lots[order])].tolist() == facility_location(x, 30, lots).tolist()


def test_of_more_rows_than_points_it_still_does_nearly_as_well_as_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    x, _ = spread(2000, 30, 0.08, rng)
    lots = rng.permutation(2000).astype(float)
    for n in (20, 300):
        monkeypatch.setattr(module, "POINTS", 4096)
        best, random = value(x, facility_location(x, n, lots)), value(x, rng.permutation(2000)[:n])
        monkeypatch.setattr(module, "POINTS", 512)
        monkeypatch.setattr(module, "PICKS", 128)
        some = facility_location(x, n, lots)
        assert len(set(some.tolist())) == n
        assert random < value(x, some) <= best
        assert (best - value(x, some)) / (best - random) < 0.25, n


def test_rows_that_say_nothing_come_last_and_nothing_is_picked_twice() -> None:
    x = np.zeros((6, 4), dtype=np.float32)
    x[[1, 4]] = np.eye(4)[:2]
    picked = facility_location(x, 99, np.arange(6.0)).tolist()
    assert sorted(picked) == list(range(6)) and set(picked[:2]) == {1, 4}
    assert facility_location(x, 0, np.arange(6.0)).tolist() == []
    assert facility_location(np.zeros((0, 4)), 3, np.zeros(0)).tolist() == []


def test_wrong_input_is_refused() -> None:
    with pytest.raises(DataError, match="1 of 2 vectors hold numbers that are not finite"):
        facility_location(np.array([[1.0, 0.0], [np.nan, 1.0]]), 1, np.arange(2.0))
    with pytest.raises(DataError, match="a lot for each of 2 rows, got 3"):
        facility_location(np.eye(2), 1, np.arange(3.0))
