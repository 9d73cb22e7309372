"""Whether a verdict looks at the surface of a text."""

from __future__ import annotations

import gzip
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.clustered import codes
from openloop.measures.shortcuts import by_bin, gap, slope
from openloop.records import Estimate
from tests.support.coverage import Draws, require_nominal
from tests.support.surface_worlds import K, P, clustered_world, world

FOLDER = os.environ.get("OPENLOOP_DATA")


@pytest.mark.parametrize("pull", [0.0, 0.1])
def test_slope_at_fixed_gold_covers(pull: float) -> None:
    rng, draws = np.random.default_rng(0), Draws()
    for _ in range(600):
        length, accept, gold, prompt = world(pull, rng)
        draws.add(slope(length, accept, prompt, [gold.astype(int)]), pull)
    require_nominal(draws, width=(0.93, 1.08))


def test_slope_covers_where_length_and_acceptance_each_go_with_the_prompt() -> None:
    rng, draws = np.random.default_rng(0), Draws()
    for _ in range(400):
        length, accept, gold, prompt = clustered_world(rng)
        draws.add(slope(length, accept, prompt, [gold.astype(int)]), 0.0)
    require_nominal(draws)


def test_better_texts_may_be_longer() -> None:
    """Length goes with gold, and the verdict only with gold: no shortcut at fixed gold, one without."""
    rng = np.random.default_rng(0)
    gold = (rng.random(3000) < 0.5).astype(float)
    length, accept = 8 + gold + rng.normal(size=3000), (rng.random(3000) < 0.2 + 0.6 * gold).astype(float)
    prompt = np.arange(3000)
    fixed, free = slope(length, accept, prompt, [gold.astype(int)]), slope(length, accept, prompt)
    assert fixed.low is not None and fixed.high is not None and fixed.low < 0 < fixed.high
    assert free.low is not None and free.low > 0.05


def test_prompt_and_model_are_taken_out_together() -> None:
    rng = np.random.default_rng(0)
    prompt, model = np.repeat(np.arange(100), 5), np.tile(np.arange(5), 100)
    x = prompt * 0.1 + model * 2.0 + rng.normal(size=500)
    y = 0.3 * x + prompt * 0.7 - model * 4 + 0.01 * rng.normal(size=500)
    assert slope(x, y, prompt, [prompt, model]).value == pytest.approx(0.3, abs=0.002)
    assert math.isnan(slope(model.astype(float), y, prompt, [model]).value)


def test_the_surface_predicts_only_where_it_tells() -> None:
    rng, false = np.random.default_rng(0), 0
    for _ in range(40):
        _, accept, gold, prompt = world(0.0, rng)
        found = gap(rng.normal(size=(P * K, 5)), accept, gold, prompt)
        assert found is not None and found.bits.low is not None
        # No row judged otherwise than by the majority verdict: no interval.
        assert found.accuracy.low is not None or found.accuracy.value == 0
        false += (found.accuracy.low or 0) > 0 or found.bits.low > 0
    assert false <= 4
    length, accept, gold, prompt = world(0.25, rng)
    found = gap(length[:, None], accept, gold, prompt)
    assert found is not None and found.accuracy.low is not None and found.accuracy.low > 0.02


def test_a_one_sided_verdict_has_nothing_to_predict() -> None:
    rng = np.random.default_rng(0)
    _, accept, gold, prompt = world(0.0, rng)
    assert gap(rng.normal(size=(P * K, 2)), np.ones(P * K), gold, prompt) is None
    assert gap(rng.normal(size=(P * K, 2)), accept, gold, prompt % 3) is None
    with pytest.raises(DataError):
        gap(np.full((P * K, 1), np.nan), accept, gold, prompt)


def test_a_majority_verdict_is_no_shortcut() -> None:
    """Nine in ten are accepted: predicting "accepted" is no achievement."""
    rng = np.random.default_rng(0)
    accept = (rng.random(P * K) < 0.9).astype(float)
    found = gap(rng.normal(size=(P * K, 3)), accept, np.full(P * K, np.nan), np.repeat(np.arange(P), K))
    assert found is not None and found.accuracy.value <= 0.005


def test_bins_hold_every_row() -> None:
    length, accept, _, prompt = world(0.1, np.random.default_rng(0))
    bins = by_bin(length, accept, prompt)
    assert sum(e.n for *_, e in bins) == P * K and bins[0][2].value < bins[-1][2].value
    assert by_bin(length, np.full(P * K, np.nan), prompt) == []


def test_a_bin_that_is_always_accepted_is_not_certain() -> None:
    (only,) = by_bin(np.ones(30), np.ones(30), np.arange(30))
    assert only[2].value == 1 and only[2].low is not None and 0.85 < only[2].low < 1


def test_the_order_of_rows_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    length, accept, gold, prompt = world(0.1, rng)
    accept[:20], gold[10:60] = np.nan, np.nan
    o = rng.permutation(len(length))
    for measure in (slope_at_gold, gap_of):
        a = measure(length, accept, gold, prompt)
        b = measure(length[o], accept[o], gold[o], prompt[o])
        assert (b.value, b.low, b.high) == pytest.approx((a.value, a.low, a.high)) and a.n == b.n


def slope_at_gold(length: np.ndarray, accept: np.ndarray, gold: np.ndarray, prompt: np.ndarray) -> Estimate:
    return slope(length, accept, prompt, [np.nan_to_num(gold, nan=2).astype(int)])


def gap_of(length: np.ndarray, accept: np.ndarray, gold: np.ndarray, prompt: np.ndarray) -> Estimate:
    found = gap(length[:, None], accept, gold, prompt)
    assert found is not None
    return found.accuracy


def test_folds_may_be_given_and_may_not_split_a_prompt() -> None:
    length, accept, gold, prompt = world(0.2, np.random.default_rng(0))
    ranked, given = (gap(length[:, None], accept, gold, prompt, fold=f) for f in (None, prompt % 5))
    assert ranked == given != gap(length[:, None], accept, gold, prompt, fold=(prompt + prompt // 5) % 5)
    for fold in (np.arange(len(prompt)) % 5, np.full(len(prompt), 7)):
        with pytest.raises(DataError, match="fold"):
            gap(length[:, None], accept, gold, prompt, fold=fold)
    with pytest.raises(DataError, match="accept"):
        gap(length[:, None], accept / 2, gold, prompt)
    with pytest.raises(DataError, match="needs features"):
        gap(length, accept, gold, prompt)


def test_bits_know_the_truth() -> None:
    """Acceptance .9 above the middle and .1 below: 1 − H(.1) = .53 bits a row."""
    rng = np.random.default_rng(0)
    side = (rng.random(5000) < 0.5).astype(float)
    accept = (rng.random(5000) < np.where(side == 1, 0.9, 0.1)).astype(float)
    found = gap(side[:, None], accept, np.full(5000, np.nan), np.arange(5000))
    assert found is not None and found.bits.value == pytest.approx(0.531, abs=0.03)
    assert found.accuracy.value == pytest.approx(0.4, abs=0.02)


def test_the_pull_of_the_surface_is_that_of_other_prompts() -> None:
    """It rises with the length where the verdict does, is not known where there is no verdict, and no gold is in it."""
    length, accept, gold, prompt = world(0.25, np.random.default_rng(0))
    accept[:30] = np.nan
    found = gap(length[:, None], accept, gold, prompt)
    assert found is not None and np.isnan(found.pull[:30]).all() and np.isfinite(found.pull[30:]).all()
    assert np.corrcoef(found.pull[30:], length[30:])[0, 1] > 0.95
    assert abs(np.corrcoef(found.pull[30:], gold[30:])[0, 1]) < 0.1


@pytest.mark.slow
def test_size_of_the_gap_over_2000_files() -> None:
    rng, wrong = np.random.default_rng(2), np.zeros(2)
    for _ in range(2000):
        _, accept, gold, prompt = clustered_world(rng)
        found = gap(rng.normal(size=(400, 9)), accept, gold, prompt)
        assert found is not None and found.accuracy.low is not None and found.bits.low is not None
        wrong += [found.accuracy.low > 0, found.bits.low > 0]
    assert (wrong / 2000 <= 0.03).all(), wrong / 2000


@pytest.mark.realdata
@pytest.mark.skipif(FOLDER is None, reason="OPENLOOP_DATA names no folder of data")
def test_alpaca_eval_accepts_longer_outputs_of_one_prompt() -> None:
    with gzip.open(Path(str(FOLDER)) / "alpaca_eval_dev.jsonl.gz", "rt") as stream:
        rows = [json.loads(line) for line in stream]
    score = [row["preference"].get("weighted_alpaca_eval_gpt4_turbo") for row in rows]
    accept = np.array([np.nan if s is None else float(s > 1.5) for s in score])
    length = np.log2([1.0 + len(row["output"]) for row in rows])
    prompt, model = (codes([row[name] for row in rows]) for name in ("instruction", "model"))
    e = slope(length, accept, prompt, [prompt, model])
    assert e.low is not None and e.low > 0.01 and e.n > 30_000
