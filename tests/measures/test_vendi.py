"""The order-2 Vendi score as a U-statistic: known sources, sizes, clusters, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.vendi import vendi2, vendi2_ratio

DIRECTIONS = 8


def rows(rng: np.random.Generator, prompts: int, each: int | np.ndarray, shares: np.ndarray | None = None):
    """Vectors and prompts: rows of a prompt share its topic, drawn from ``shares``, with a little noise each."""
    p = np.full(DIRECTIONS, 1 / DIRECTIONS) if shares is None else shares
    prompt = np.repeat(np.arange(prompts), each)
    vectors = np.eye(64)[rng.choice(DIRECTIONS, prompts, p=p)][prompt]
    return (vectors + rng.normal(0, 0.005, vectors.shape)).astype(np.float32), prompt


def brute(vectors: np.ndarray, prompt: np.ndarray) -> float:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    apart = prompt[:, None] != prompt[None, :]
    return 1 / ((unit @ unit.T) ** 2)[apart].mean()


def test_it_is_one_over_the_mean_squared_cosine_of_rows_of_different_prompts() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 12)) * rng.uniform(0.1, 9, (200, 1))
    prompt = rng.integers(0, 40, 200)
    assert vendi2(x, prompt).value == pytest.approx(brute(x, prompt), rel=1e-5)
    assert vendi2(x).value == pytest.approx(brute(x, np.arange(200)), rel=1e-5)
    large = np.r_[np.zeros(150, dtype=int), np.arange(1, 51)]  # a prompt of more rows than dimensions
    assert vendi2(x, large).value == pytest.approx(brute(x, large), rel=1e-5)


def test_a_source_of_m_equal_directions_has_m_at_any_size() -> None:
    for prompts, each in ((50, 1), (50, 20), (1_600, 1)):
        found = np.mean([1 / vendi2(*rows(np.random.default_rng([s, each]), prompts, each)).value for s in range(60)])
        assert 1 / found == pytest.approx(DIRECTIONS, rel=0.05)
    plug_in = [(np.linalg.norm(x @ x.T) / len(x)) ** -2 for x in (np.eye(64)[:8], np.eye(64)[:32])]
    assert plug_in == pytest.approx([8, 32])  # the plain score of rows that are all different is their number


def test_the_order_of_rows_and_the_names_of_prompts_do_not_matter() -> None:
    x, prompt = rows(np.random.default_rng(1), 40, 3)
    order = np.random.default_rng(2).permutation(len(x))
    one, other = vendi2(x, prompt), vendi2(x[order], 1000 - 7 * prompt[order])
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), rel=1e-5)


def test_narrower_rows_have_a_smaller_score_and_the_ratio_turns_round() -> None:
    rng = np.random.default_rng(3)
    few = np.r_[0.65, np.full(7, 0.05)]
    narrow, wide = rows(rng, 300, 4, few), rows(rng, 200, 1)
    ratio, turned = vendi2_ratio(*narrow, *wide), vendi2_ratio(*wide, *narrow)
    truth = 1 / (few**2).sum() / DIRECTIONS
    assert ratio.low < truth < ratio.high < 0.5
    assert (turned.value, turned.low, turned.high) == pytest.approx(
        (1 / ratio.value, 1 / ratio.high, 1 / ratio.low), rel=1e-6
    )


@pytest.mark.parametrize("each", ["one", "four", "uneven"])
def test_intervals_hold_what_they_promise(each: str) -> None:
    """Long runs (600 a cell; 10, 20, 50, 200 prompts; sizes equal, geometric, lognormal): .937 to .967."""
    held, shares = [], np.arange(1, 9) ** -1.0 / (np.arange(1, 9) ** -1.0).sum()
    truth = (1 + 64 * 0.005**2) ** 2 / (shares**2).sum()  # noise makes rows longer, to first order
    for seed in range(300):
        rng = np.random.default_rng([4, seed])
        sizes = {"one": 1, "four": 4, "uneven": np.ceil(rng.lognormal(0, 1, 40)).astype(int)}[each]
        e = vendi2(*rows(rng, 40, sizes, shares))
        held.append(e.low <= truth <= e.high)
    assert np.mean(held) >= 0.93 - 2 * 0.0126


def test_too_little_to_speak_of() -> None:
    x, prompt = rows(np.random.default_rng(5), 12, 2)
    assert math.isnan(vendi2(np.zeros((0, 4))).value)
    assert "no row says anything" in vendi2(np.zeros((3, 4))).method
    assert "one row" in vendi2(np.ones((1, 4))).method
    assert "all rows belong to one prompt" in vendi2(x, np.zeros(len(x), dtype=int)).method
    assert "no two rows" in vendi2(np.eye(5)).method
    few = vendi2(x[:8], prompt[:8])
    assert few.low is None and "too few prompts: 4" in few.method
    heavy = np.r_[np.zeros(30, dtype=int), np.arange(1, 13)]
    assert "one prompt has 71%" in vendi2(np.ones((42, 3)) + np.eye(42)[:, :3], heavy).method
    assert "one row (the second set)" in vendi2_ratio(x, prompt, x[:1], None).method
    assert "too few prompts: 4" in vendi2_ratio(x, prompt, x[:8], prompt[:8]).method


def test_rows_that_say_nothing_are_left_out_and_counted() -> None:
    x, prompt = rows(np.random.default_rng(6), 20, 2)
    with_silence = vendi2(np.r_[x, np.zeros((5, 64), np.float32)], np.r_[prompt, np.arange(20, 25)])
    assert with_silence.n_unscored == 5
    assert with_silence.n == 40
    assert with_silence.value == pytest.approx(vendi2(x, prompt).value)


def test_rows_that_all_say_the_same_have_a_bound_and_no_zero_width() -> None:
    same = vendi2(np.ones((100, 3)), np.repeat(np.arange(50), 2))
    assert same.value == pytest.approx(1)
    assert same.low == 1.0 and 1.1 < same.high < 1.2  # 0 of 50 prompts differ: at most 7.1 % of another
    ratio = vendi2_ratio(np.ones((50, 64)), None, *rows(np.random.default_rng(7), 50, 1))
    assert ratio.high < 0.25


@pytest.mark.parametrize(
    ("vectors", "says"),
    [
        (np.ones(4), "shape (4,)"),
        ([[1.0, 2.0], [1.0]], "all of one width"),
        (np.array([[1.0, 2.0], [np.nan, 0.0], [1.0, np.inf]]), "2 of 3 vectors hold numbers that are not finite"),
    ],
)
def test_vectors_that_are_none_are_refused(vectors: object, says: str) -> None:
    with pytest.raises(DataError, match=says.replace("(", r"\(").replace(")", r"\)")):
        vendi2(vectors)


def test_vectors_of_two_models_and_prompts_of_other_rows_are_refused() -> None:
    with pytest.raises(DataError, match="widths 4 and 5"):
        vendi2_ratio(np.eye(4), None, np.eye(5), None)
    with pytest.raises(DataError, match="one prompt code for each of 4 rows"):
        vendi2(np.eye(4), np.arange(3))


def test_tensors_give_what_arrays_give() -> None:
    torch = pytest.importorskip("torch")
    x, prompt = rows(np.random.default_rng(8), 30, 3)
    one, other = vendi2(x, prompt), vendi2(torch.from_numpy(x), prompt)
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), rel=1e-5)
