"""Agreement of a judge with itself, its lean to a position and to itself."""

from __future__ import annotations

import gzip
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.judge import consistency, order_swap, own_by_chance, self_preference
from openloop.records import Estimate
from tests.support.coverage import Draws, require_at_least, require_nominal
from tests.support.scorings import noisy

NONE = math.nan


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


def test_perfect_agreement_of_few_rows_is_not_certain() -> None:
    found = consistency(np.ones((12, 4)), accept_at=1)
    for name in ("row", "pair", "class"):
        low = found[name].low
        assert found[name].value == 1 and low is not None and 0.7 < low < 0.85
    fair = order_swap(np.full(12, 1.0), np.zeros(12))["position_bias"]
    assert fair.value == 0 and holds(fair, 0.05) and holds(fair, -0.05)


def test_the_order_of_rows_says_nothing() -> None:
    rng = np.random.default_rng(4)
    scores, prompt = noisy(rng, 20, 3, 4)
    scores[rng.random(scores.shape) < 0.2] = NONE
    order = rng.permutation(len(scores))
    both = [(scores, prompt), (scores[order], prompt[order])]
    one, two = (consistency(s, p, 0.0) for s, p in both)
    for name in one:
        assert [one[name].value, one[name].low, one[name].high] == pytest.approx(
            [two[name].value, two[name].low, two[name].high], abs=1e-12
        )


@pytest.mark.parametrize(
    "call",
    [
        lambda: consistency(np.ones(3)),
        lambda: order_swap(np.ones(3), np.ones(2)),
        lambda: self_preference(np.ones(3), np.ones(2), np.ones(3)),
    ],
)
def test_shapes_that_do_not_fit(call: object) -> None:
    with pytest.raises(DataError):
        call()  # type: ignore[operator]


def repeated(draws: int, prompts: int, k: int, r: int) -> dict[str, Draws]:
    """Class consistency, within-row deviation and position bias, each against its truth."""
    rng, found = np.random.default_rng(5), {name: Draws() for name in ("class", "within_sd", "bias")}
    big, _ = noisy(rng, 100_000, 1, r)
    truth = {name: e.value for name, e in consistency(big, None, 0.0).items()}
    for _ in range(draws):
        scores, prompt = noisy(rng, prompts, k, r)
        of_judge = consistency(scores, prompt, 0.0)
        for name in ("class", "within_sd"):
            found[name].add(of_judge[name], truth[name])
        better = rng.random(prompts * k) < 0.5
        wins = [np.where(rng.random(len(b)) < 0.3, 1.0, b.astype(float)) for b in (better, ~better)]
        found["bias"].add(order_swap(*wins, prompt)["position_bias"], 0.15)
    return found


def test_intervals_cover() -> None:
    for draws in repeated(400, 60, 2, 3).values():
        require_nominal(draws)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(30, 1, 3), (100, 1, 2), (60, 4, 5)], ids=str)
def test_intervals_cover_in_2000_draws(shape: tuple[int, int, int]) -> None:
    for draws in repeated(2000, *shape).values():
        if shape[0] * shape[1] < 100:
            require_at_least(draws, (0.9, 1.15))  # of 30 rows shares are so coarse that .967 of the intervals cover
        else:
            require_nominal(draws)


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


def test_own_by_chance_compares_rows_of_one_prompt_and_gold() -> None:
    """Its own row passes in each of five pairs of which one passes: one chance in 32; turned round, all of them."""
    prompt, own = np.repeat(np.arange(5), 2), np.tile([1.0, 0.0], 5)
    gold = np.zeros(10)
    assert own_by_chance(own, own, gold, prompt) == pytest.approx(1 / 32)
    assert own_by_chance(1 - own, own, gold, prompt) == pytest.approx(1)
    assert own_by_chance(own, own, own, prompt) is None, "each row is of another gold: nothing to compare with"
    assert own_by_chance(own, np.zeros(10), gold, prompt) is None
