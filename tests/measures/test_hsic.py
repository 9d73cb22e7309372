"""HSIC: closed forms for Gaussian pairs, a null of whole prompts, intervals, limits."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures import gram_sums as module
from openloop.measures.gram_sums import gram_sums
from openloop.measures.hsic import Dependence, hsic

S = 1.5
"""Bandwidth of both sides in the simulations."""


def of_gaussians(rho: float) -> float:
    """HSIC of a standard Gaussian pair with correlation rho: each term is E exp(−u'Au/2) = det(I + ΣA)^(−1/2)."""
    turned = np.eye(2) / S

    def term(cross: float) -> float:
        return float(np.linalg.det(np.eye(2) + np.array([[2, cross], [cross, 2]]) @ turned)) ** -0.5

    return term(2 * rho) + term(0) - 2 * term(rho)


def normalised(rho: float) -> float:
    return of_gaussians(rho) / of_gaussians(1.0)


def rows(rng: np.random.Generator, rho: float, prompts: int, each: str, *, one_x: bool):
    """Pairs of correlation rho, half of whose variance is the prompt's; ``one_x``: x is one number for each prompt."""
    sizes = {"one": np.ones(prompts, int), "four": np.full(prompts, 4), "uneven": rng.geometric(0.4, prompts)}[each]
    g = np.repeat(np.arange(prompts), sizes)
    u, e = rng.normal(size=(2, prompts))[:, g], rng.normal(size=(2, len(g)))
    x, z = (u[0], (u[1] + e[1]) / 2**0.5) if one_x else (u + e) / 2**0.5
    return x[:, None], (rho * x + math.sqrt(1 - rho**2) * z)[:, None], g


def measured(rho: float, prompts: int, each: str, seeds: int, *, one_x: bool) -> list[Dependence]:
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng([seed, prompts])
        found.append(hsic(*rows(rng, rho, prompts, each, one_x=one_x), rng=rng, scales=(S, S), permutations=99))
    return found


def brute(k: np.ndarray, m: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
    """The U-statistic over all ordered tuples of prompts, and the V-statistic."""
    size = np.bincount(codes)
    of = np.eye(len(size))[codes] / size[codes][:, None]
    both, mean_k, mean_m = of.T @ (k * m) @ of, of.T @ k @ of, of.T @ m @ of
    stars = np.einsum("ig,ih,ir->ghr", of, k @ of, m @ of)
    prompts = range(len(size))
    pairs = np.mean([both[t] for t in itertools.permutations(prompts, 2)])
    triples = np.mean([stars[t] for t in itertools.permutations(prompts, 3)])
    apart = np.mean([mean_k[t[:2]] * mean_m[t[2:]] for t in itertools.permutations(prompts, 4)])
    w = 1 / size[codes] / len(size)
    biased = w @ (k * m) @ w - 2 * (w * (k @ w) * (m @ w)).sum() + (w @ k @ w) * (w @ m @ w)
    return float(pairs + apart - 2 * triples), float(biased)


@pytest.mark.parametrize("sizes", [[1] * 7, [1, 4, 2, 3, 1, 2], [3] * 6])
def test_blocks_give_what_all_tuples_of_prompts_give(sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(size=(len(codes), 3)).astype(np.float32)
    y = (x[:, :2] + rng.normal(size=(len(codes), 2))).astype(np.float32)
    k, m = (np.exp(-((z[:, None] - z[None]) ** 2).sum(2) / 2 / s) for z, s in ((x, 4.0), (y, 3.0)))
    for block in (1024, 4):
        monkeypatch.setattr(module, "BLOCK", block)
        sums = gram_sums(x, y, (4.0, 3.0), np.array(sizes))
        for which, pair in (("xy", (k, m)), ("xx", (k, k)), ("yy", (m, m))):
            assert (sums.unbiased(which), sums.biased(which)) == pytest.approx(brute(*pair, codes), rel=1e-5)


@pytest.mark.parametrize(("rho", "each"), [(0.0, "uneven"), (0.5, "one"), (0.8, "uneven")])
def test_it_is_the_closed_form_of_gaussian_pairs(rho: float, each: str) -> None:
    found = measured(rho, 60, each, 40, one_x=False)
    error = np.std([one.unbiased for one in found], ddof=1) / 40**0.5
    assert np.mean([one.unbiased for one in found]) == pytest.approx(of_gaussians(rho), abs=4 * error)
    many, rng = rows(np.random.default_rng(1), rho, 3_000, "one", one_x=True), np.random.default_rng(0)
    large = hsic(*many, rng=rng, scales=(S, S), permutations=9)
    assert large.normalised.value == pytest.approx(normalised(rho), abs=0.03)


@pytest.mark.parametrize("one_x", [True, False])
@pytest.mark.parametrize("each", ["one", "four", "uneven"])
def test_p_values_of_independent_sides_are_uniform(each: str, one_x: bool) -> None:
    p = np.array([one.p_value for one in measured(0.0, 20, each, 150, one_x=one_x)])
    for at in (0.05, 0.2, 0.5):
        assert abs((p <= at).mean() - at) <= 3.3 * math.sqrt(at * (1 - at) / 150)


def test_permuting_rows_of_prompts_would_reject_independent_sides() -> None:
    rng = np.random.default_rng(2)
    rejected = []
    for _ in range(20):
        g = np.repeat(np.arange(15), 12)
        x, y = rng.normal(size=(2, 15, 1))[:, g] + 0.1 * rng.normal(size=(2, len(g), 1))
        rejected.append((hsic(x, y, rng=rng).p_value <= 0.05, hsic(x, y, g, rng=rng).p_value <= 0.05))
    assert np.mean(rejected, axis=0)[0] > 0.9
    assert np.mean(rejected, axis=0)[1] <= 0.2


@pytest.mark.parametrize(("rho", "each"), [(0.0, "four"), (0.3, "uneven"), (0.7, "four")])
def test_intervals_hold_what_they_promise(rho: float, each: str) -> None:
    """Long runs, 200 a cell, 20 and 80 prompts, sizes 1, 4 and geometric, rho 0, .3, .7: .935 to 1."""
    found = [one.normalised for one in measured(rho, 30, each, 120, one_x=False)]
    held = [one.low <= normalised(rho) + 1e-12 <= one.high + 1e-12 for one in found]
    assert np.mean(held) >= 0.93 - 2 * 0.0233


def test_dependence_is_seen_and_goes_with_the_pairing() -> None:
    x, y, g = rows(np.random.default_rng(3), 0.8, 60, "four", one_x=True)
    found = hsic(x, y, g, rng=np.random.default_rng(0))
    assert found.p_value == 0.005
    assert found.normalised.low > 0.2
    turned = np.random.default_rng(4).permutation(60)[g]
    assert hsic(x[np.argsort(g)][turned * 4], y, g, rng=np.random.default_rng(0)).p_value > 0.01
    assert hsic(x, x, g, rng=np.random.default_rng(0)).normalised.value == pytest.approx(1)


def test_the_order_of_rows_does_not_matter() -> None:
    x, y, g = rows(np.random.default_rng(5), 0.4, 40, "uneven", one_x=False)
    order = np.random.default_rng(6).permutation(len(g))
    one = hsic(x, y, g, rng=np.random.default_rng(0))
    other = hsic(x[order], y[order], 99 - g[order], rng=np.random.default_rng(0))
    assert one.p_value == other.p_value
    assert one.scales == pytest.approx(other.scales)
    estimates = [(e.value, e.low, e.high) for e in (one.normalised, other.normalised)]
    assert estimates[0] == pytest.approx(estimates[1], rel=1e-3)


def test_a_bandwidth_that_is_far_too_small_is_saturated_whatever_the_data() -> None:
    """reverse-bottleneck's Table 2: 7.87e-3 is 1/(m − 1) for m = 128 (here times (m − 1)²/m²)."""
    rng = np.random.default_rng(7)
    for m in (128, 88):
        x, y = rng.normal(size=(2, m, 64))
        for other, scale in itertools.product((y, x), (1.0, 8.0)):
            found = hsic(x, other, rng=rng, scales=(scale, scale))
            assert found.saturated and "saturated" in found.normalised.method
            assert found.biased * m**2 / (m - 1) ** 2 == pytest.approx(1 / (m - 1), rel=2e-3)
        assert not hsic(x, y, rng=rng).saturated


def test_nearest_rows_have_no_p_value() -> None:
    x, y, g = rows(np.random.default_rng(8), 0.5, 30, "one", one_x=False)
    found = hsic(x, y, g, rng=np.random.default_rng(0), paired="nearest")
    assert found.p_value is None
    assert "no p-value: nearest rows" in found.normalised.method


def test_blocks_of_prompts_change_places_with_blocks_of_their_size_or_not_at_all() -> None:
    g = np.repeat(np.arange(12), np.arange(1, 13))
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(2, len(g), 2))
    assert "no two prompts have as many rows" in hsic(x, y, g, rng=rng).normalised.method
    assert hsic(x[g], y, g, rng=rng).p_value is not None  # one x for each prompt: those can be permuted


def test_too_little_to_speak_of() -> None:
    rng = np.random.default_rng(10)
    x = rng.normal(size=(30, 3))
    for n in (0, 1, 2, 3):
        assert f"rows of {n} prompts" in hsic(x[:n], x[:n], rng=rng).normalised.method
    assert "rows of 1 prompts" in hsic(x, x, np.zeros(30, int), rng=rng).normalised.method
    assert "all vectors of y are equal" in hsic(x, np.ones((30, 2)), rng=rng).normalised.method
    assert "all vectors of x are equal" in hsic(np.zeros((30, 2)), x, rng=rng).normalised.method
    assert "too few prompts: 5" in hsic(x[:5], x[:5], rng=rng).normalised.method
    many = hsic(np.r_[x, np.zeros((1100, 3))], np.r_[x, x[:1].repeat(1100, 0)], np.r_[:30, [30] * 1100], rng=rng)
    assert many.normalised.n == 30 + 1024


def test_what_is_no_pair_of_vectors_is_refused() -> None:
    rng, x = np.random.default_rng(0), np.ones((6, 2))
    with pytest.raises(DataError, match="got 6 and 5 rows"):
        hsic(x, x[:5], rng=rng)
    with pytest.raises(DataError, match="hsic, y: 1 of 6 vectors"):
        hsic(x, np.where(np.eye(6, 2) > 0, np.nan, 1)[[0, 2, 2, 2, 2, 2]] * [[1, 0]] + x * [[0, 1]], rng=rng)
    with pytest.raises(DataError, match="bandwidths are above 0"):
        hsic(x, x, rng=rng, scales=(0.0, 1.0))


@pytest.mark.parametrize("each", ["one", "uneven"])
def test_tensors_give_what_arrays_give(each: str) -> None:
    torch = pytest.importorskip("torch")
    x, y, g = rows(np.random.default_rng(11), 0.5, 40, each, one_x=True)
    one = hsic(x, y, g, rng=np.random.default_rng(0))
    other = hsic(torch.from_numpy(x), torch.from_numpy(y), g, rng=np.random.default_rng(0))
    assert one.p_value == other.p_value
    pairs = [(d.normalised.value, d.normalised.low, d.normalised.high, d.biased) for d in (one, other)]
    assert pairs[0] == pytest.approx(pairs[1], rel=1e-3)
