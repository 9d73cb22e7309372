"""NormSim and its curve: against the whole product, self-matches, bands, limits."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures import normsim as module
from openloop.measures.normsim import normsim
from openloop.measures.similarity_curve import band_of, similarity_curve


def vectors(n: int, seed: int, d: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32) * (1 + np.arange(n)[:, None] % 3)


def whole(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    unit = [z / np.linalg.norm(z, axis=1, keepdims=True) for z in (x, y)]
    return unit[0] @ unit[1].T


@pytest.mark.parametrize("block", [4096, 16])
def test_it_is_the_largest_cosine_and_whose_it_is(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WIDE", block)
    x, y = vectors(70, 0), vectors(90, 1)
    cosines = whole(x, y)
    found = normsim(x, y)
    np.testing.assert_allclose(found.value, cosines.max(1), atol=1e-6)
    np.testing.assert_array_equal(found.row, cosines.argmax(1))
    np.testing.assert_allclose(normsim(x, y, where=False).value, found.value)


@pytest.mark.parametrize("block", [4096, 16])
def test_equal_codes_are_not_compared(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WIDE", block)
    x, y = vectors(70, 2), vectors(90, 3)
    mine, theirs = np.arange(70) % 13, np.random.default_rng(4).integers(0, 15, 90)
    cosines = np.where(mine[:, None] == theirs[None, :], -np.inf, whole(x, y))
    found = normsim(x, y, mine, theirs)
    np.testing.assert_allclose(found.value, cosines.max(1), atol=1e-6)
    np.testing.assert_array_equal(found.row, cosines.argmax(1))
    itself = normsim(x, x, np.arange(70), np.arange(70))
    assert itself.value.max() < 0.99999
    assert (itself.row != np.arange(70)).all()
    assert normsim(x, x).value == pytest.approx(1)


def test_the_order_of_rows_does_not_matter() -> None:
    x, y = vectors(40, 5), vectors(50, 6)
    p, q = np.random.default_rng(7).permutation(40), np.random.default_rng(8).permutation(50)
    np.testing.assert_allclose(normsim(x[p], y[q]).value, normsim(x, y).value[p], atol=1e-6)


def test_rows_that_say_nothing_and_rows_without_a_counterpart_are_not_known() -> None:
    x, y = vectors(5, 9), vectors(6, 10)
    x[2], y[0] = 0, 0
    found = normsim(x, y)
    assert np.isnan(found.value).tolist() == [False, False, True, False, False]
    assert found.row[2] == -1 and 0 not in found.row
    assert np.isnan(normsim(x, np.zeros((3, 8))).value).all()
    assert np.isnan(normsim(x, y[:0]).value).all()
    assert len(normsim(x[:0], y).value) == 0
    assert np.isnan(normsim(x, y, np.zeros(5), np.zeros(6)).value).all()


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError, match="widths 8 and 4"):
        normsim(vectors(3, 0), vectors(3, 0, 4))
    with pytest.raises(DataError, match="give both, or neither"):
        normsim(vectors(3, 0), vectors(3, 0), np.arange(3))
    with pytest.raises(DataError, match="got 2 for 3"):
        normsim(vectors(3, 0), vectors(3, 0), np.arange(2), np.arange(3))
    with pytest.raises(DataError, match="normsim, reference: 1 of 3"):
        normsim(vectors(3, 0), np.where(np.eye(3, 8) * [[1], [0], [0]] > 0, np.nan, 1))


def test_a_curve_is_the_share_above_each_threshold_with_intervals_over_prompts() -> None:
    values = np.r_[np.linspace(0, 1, 100), np.nan]
    curve = similarity_curve(values, None, (0.2, 0.5, 0.9))
    assert [e.value for e in curve] == pytest.approx([0.8, 0.5, 0.1])
    assert all(e.low < e.value < e.high and e.n_unscored == 1 for e in curve)
    wide = similarity_curve(values, np.arange(101) // 10, (0.5,))[0]
    assert wide.high - wide.low > 2 * (curve[1].high - curve[1].low)


@pytest.mark.parametrize("each", [1, 5])
def test_intervals_of_a_curve_hold_what_they_promise(each: int) -> None:
    held = []
    for seed in range(200):
        rng = np.random.default_rng([13, seed])
        prompt = np.repeat(np.arange(40), each)
        values = 0.5 + 0.1 * (rng.normal(size=40)[prompt] + rng.normal(size=len(prompt)))
        held += [e.low <= 0.5 <= e.high for e in similarity_curve(values, prompt, (0.5,))]
    assert np.mean(held) >= 0.93 - 2 * 0.018


def test_a_reference_lies_in_its_own_band_and_what_is_elsewhere_does_not() -> None:
    own = np.linspace(0.3, 0.8, 401)
    band = band_of(own)
    assert (band.low, band.high) == pytest.approx((0.325, 0.775), abs=1e-5)
    shares = {name: e.value for name, e in band.shares(own, None, 0.95).items()}
    assert shares == pytest.approx({"below": 0.05, "above": 0.05, "inside": 0.9}, abs=0.003)
    assert band.shares(own + 0.5, None, 0.95)["above"].value == 1
    assert band.shares(own - 0.5, None, 0.95)["below"].value == 1
    assert band_of(np.ones(9)).shares(np.ones(9), None, 0.95)["inside"].value == 1
    with pytest.raises(DataError, match="at least one row"):
        band_of([np.nan])
    with pytest.raises(DataError, match="the lower first"):
        band_of(own, 0.9, 0.1)


def test_tensors_give_what_arrays_give() -> None:
    torch = pytest.importorskip("torch")
    x, y = vectors(30, 11), vectors(40, 12)
    codes = np.arange(30) % 7, np.arange(40) % 7
    for where in (True, False):
        one = normsim(x, y, *codes, where=where)
        other = normsim(torch.from_numpy(x), torch.from_numpy(y), *codes, where=where)
        np.testing.assert_allclose(one.value, other.value, atol=1e-6)
        np.testing.assert_array_equal(one.row, other.row)
