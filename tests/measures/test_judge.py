"""Agreement of judges with themselves and each other."""

from __future__ import annotations

import gzip
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.agreement import krippendorff
from openloop.measures.judge import consistency, icc, order_swap, self_preference
from openloop.records import Estimate

NONE = math.nan
# Four observers, twelve units: the worked example of Krippendorff's 2011 note, with its published values.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
        [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
    ]
).T


@pytest.mark.parametrize(("metric", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_has_its_published_values(metric: str, value: float) -> None:
    assert krippendorff(OBSERVERS, metric).value == pytest.approx(value, abs=5e-4)


def test_alpha_of_noise_is_zero_and_of_copies_one() -> None:
    rng = np.random.default_rng(0)
    noise = krippendorff(rng.integers(0, 3, (2000, 3)).astype(float), "nominal", rng=rng)
    assert noise.value == pytest.approx(0, abs=0.03)
    assert noise.low is not None and noise.high is not None and noise.low < 0.0 < noise.high + 0.02
    column = rng.normal(size=(30, 1))
    assert krippendorff(np.repeat(column, 3, 1), "interval").value == pytest.approx(1)


@pytest.mark.parametrize("ratings", [np.full((4, 2), NONE), np.ones((4, 2)), np.array([[1, NONE], [2, NONE]])])
def test_alpha_without_variation_is_undefined(ratings: np.ndarray) -> None:
    assert math.isnan(krippendorff(ratings).value)


def test_unknown_metric() -> None:
    with pytest.raises(DataError, match="metric"):
        krippendorff(OBSERVERS, "cosine")


def test_consistency_by_hand() -> None:
    repeats = np.array([[1, 1, 1], [1, 2, NONE], [3, 3, 4], [5, NONE, NONE]])
    found = consistency(repeats, accept_at=2.5)
    assert found["row"].value == pytest.approx(1 / 3) and found["row"].n_unscored == 1
    assert found["pair"].value == pytest.approx((1 + 0 + 1 / 3) / 3)
    assert found["class"].value == 1
    assert found["within_sd"].value == pytest.approx((0 + 0.5 + math.sqrt(2 / 9)) / 3)
    assert "class" not in consistency(repeats)


def test_noise_shows_in_rows_and_not_in_the_class() -> None:
    rng = np.random.default_rng(0)
    centre = np.where(rng.random(200) < 0.5, 2.0, 8.0)[:, None]
    repeats = np.round(centre + rng.normal(size=(200, 5)))
    found = consistency(repeats, accept_at=5)
    assert found["row"].value < 0.1 and found["class"].value > 0.98


def test_order_swap() -> None:
    # One fair pair, one that always takes the first position, one tie, one unscored.
    found = order_swap(np.array([1, 1, 0.5, NONE]), np.array([0, 1, 0.5, 1]))
    assert found["consistency"].value == pytest.approx(2 / 3) and found["consistency"].n_unscored == 1
    assert found["position_bias"].value == pytest.approx((0 + 0.5 + 0) / 3)
    with pytest.raises(DataError):
        order_swap(np.array([2.0]), np.array([1.0]))


def test_a_judge_that_takes_the_first_is_seen() -> None:
    rng = np.random.default_rng(0)
    better = rng.random(400) < 0.5

    def judged(first_is_better: np.ndarray) -> np.ndarray:
        return np.where(rng.random(400) < 0.3, 1.0, first_is_better.astype(float))

    bias = order_swap(judged(better), judged(~better))["position_bias"]
    assert bias.low is not None and bias.high is not None and bias.low <= 0.15 <= bias.high


def test_self_preference_at_equal_gold() -> None:
    rng = np.random.default_rng(0)
    own, gold = (rng.random(4000) < 0.3).astype(float), np.zeros(4000)
    gold[rng.random(4000) < 0.3 + 0.4 * own] = 1  # its own rows are better, which is no bias
    fair = (rng.random(4000) < 0.2 + 0.6 * gold).astype(float)
    kind = (rng.random(4000) < np.clip(0.2 + 0.6 * gold + 0.15 * own, 0, 1)).astype(float)
    for accept, truth in ((fair, 0.0), (kind, 0.15)):
        e = self_preference(accept, own, gold)
        assert e.low is not None and e.high is not None and e.low <= truth <= e.high


def holds(e: Estimate, truth: float) -> bool:
    return e.low is not None and e.high is not None and e.low - 1e-12 <= truth <= e.high + 1e-12


def noisy(
    rng: np.random.Generator, prompts: int, k: int, r: int, between: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Scorings [N, R]: spread ``between`` over rows (half of it over prompts), noise of variance 1."""
    shared, own = rng.normal(size=(prompts, 1, 1)), rng.normal(size=(prompts, k, 1))
    scores = math.sqrt(between / 2) * (shared + own) + rng.normal(size=(prompts, k, r))
    return scores.reshape(-1, r), np.repeat(np.arange(prompts), k)


def test_perfect_agreement_of_few_rows_is_not_certain() -> None:
    found = consistency(np.ones((12, 4)), accept_at=1)
    for name in ("row", "pair", "class"):
        low = found[name].low
        assert found[name].value == 1 and low is not None and 0.7 < low < 0.85
    alpha = krippendorff(np.repeat(np.arange(20.0)[:, None], 2, 1), "nominal", rng=np.random.default_rng(0))
    assert alpha.value == 1 and alpha.low is None and "never differ" in alpha.method
    fair = order_swap(np.full(12, 1.0), np.zeros(12))["position_bias"]
    assert fair.value == 0 and holds(fair, 0.05) and holds(fair, -0.05)


def test_icc_by_hand_and_at_its_limits() -> None:
    # Two rows of two: means 1.5 and 3.5; B = 4, W = 1/2, so (4 − .5) / (4 + .5).
    assert icc(np.array([[1.0, 2.0], [3.0, 4.0]])).value == pytest.approx(3.5 / 4.5)
    assert icc(np.repeat(np.arange(5.0)[:, None], 3, 1)).value == 1
    assert math.isnan(icc(np.ones((5, 3))).value) and math.isnan(icc(np.array([[1.0, NONE]])).value)
    assert icc(np.random.default_rng(0).normal(size=(3000, 3))).value == pytest.approx(0, abs=0.03)
    ragged = np.array([[1.0, 2.0, NONE], [3.0, 4.0, 3.0], [5.0, NONE, NONE]])
    assert icc(ragged).n == 2 and icc(ragged).n_unscored == 1


def test_the_order_of_rows_says_nothing() -> None:
    rng = np.random.default_rng(4)
    scores, prompt = noisy(rng, 20, 3, 4)
    scores[rng.random(scores.shape) < 0.2] = NONE
    order = rng.permutation(len(scores))
    both = [(scores, prompt), (scores[order], prompt[order])]
    one, two = ({**consistency(s, p, 0.0), "icc": icc(s, p)} for s, p in both)
    for name in one:
        assert [one[name].value, one[name].low, one[name].high] == pytest.approx(
            [two[name].value, two[name].low, two[name].high], abs=1e-12
        )
    assert krippendorff(*both[0][:1], "ordinal").value == pytest.approx(krippendorff(*both[1][:1], "ordinal").value)


@pytest.mark.parametrize(
    "call",
    [
        lambda: consistency(np.ones(3)),
        lambda: icc(np.ones(3)),
        lambda: krippendorff(np.ones(3)),
        lambda: order_swap(np.ones(3), np.ones(2)),
        lambda: self_preference(np.ones(3), np.ones(2), np.ones(3)),
    ],
)
def test_shapes_that_do_not_fit(call: object) -> None:
    with pytest.raises(DataError):
        call()  # type: ignore[operator]


def coverages(draws: int, prompts: int, k: int, r: int) -> dict[str, float]:
    """Class consistency, within-row deviation, ICC, α and position bias, each against its truth."""
    rng, held = np.random.default_rng(5), {n: [] for n in ("class", "within_sd", "icc", "alpha", "bias")}
    big, _ = noisy(rng, 100_000, 1, r)
    truth = {name: e.value for name, e in consistency(big, None, 0.0).items()}
    for _ in range(draws):
        scores, prompt = noisy(rng, prompts, k, r)
        found = consistency(scores, prompt, 0.0)
        held["class"].append(holds(found["class"], truth["class"]))
        held["within_sd"].append(holds(found["within_sd"], truth["within_sd"]))
        held["icc"].append(holds(icc(scores, prompt), 0.5))
        held["alpha"].append(holds(krippendorff(scores, "interval", prompt, rng), 0.5))
        better = rng.random(prompts * k) < 0.5
        wins = [np.where(rng.random(len(b)) < 0.3, 1.0, b.astype(float)) for b in (better, ~better)]
        held["bias"].append(holds(order_swap(*wins, prompt)["position_bias"], 0.15))
    return {name: float(np.mean(values)) for name, values in held.items()}


def test_intervals_cover() -> None:
    found = coverages(200, 60, 2, 3)
    assert min(found.values()) >= 0.89, found


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(30, 1, 3), (100, 1, 2), (60, 4, 5)], ids=str)
def test_intervals_cover_in_2000_draws(shape: tuple[int, int, int]) -> None:
    found = coverages(2000, *shape)
    assert min(found.values()) >= 0.9, found


@pytest.mark.realdata
@pytest.mark.skipif("OPENLOOP_DATA" not in os.environ, reason="OPENLOOP_DATA names no folder of data")
def test_gpt4_scoring_gpt4s_passages() -> None:
    with gzip.open(Path(os.environ["OPENLOOP_DATA"]) / "writing_gpt4_10samples_5scores.jsonl.gz", "rt") as stream:
        rows = [json.loads(line) for line in stream]
    repeats = np.array([(row["judge_scores"] + [NONE] * 5)[:5] for row in rows], dtype=float)
    prompt = np.array([row["idx"] for row in rows])
    found = consistency(repeats, prompt)
    assert found["within_sd"].value == pytest.approx(0.56, abs=0.005) and found["within_sd"].n == len(rows)
    assert found["row"].value < found["pair"].value
    e = icc(repeats, prompt)
    assert e.low is not None and e.high is not None and 0 < e.low < e.value < e.high < 1
