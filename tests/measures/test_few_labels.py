"""What a verdict on all rows adds to gold on some."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.few_labels import (
    neyman,
    neyman_factor,
    post_stratified,
    prediction_factor,
    prediction_powered,
)
from tests.support.coverage import Draws, require_nominal
from tests.support.worlds import World

BIG = World(0.3, 0.9, 0.2, prompts=3000, k=1)


def some(gold: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    known = np.full(len(gold), np.nan)
    rows = rng.choice(len(gold), n, replace=False)
    known[rows] = gold[rows]
    return known


def test_with_every_label_it_is_the_plain_count() -> None:
    gold, accept, _ = World().draw(np.random.default_rng(0))
    found = post_stratified(gold, accept)
    assert found["p"].value == pytest.approx(1 - gold.mean())
    assert found["phi"].value == pytest.approx(accept[gold == 1].mean())
    assert found["psi"].value == pytest.approx(accept[gold == 0].mean())
    assert found["bad_after"].value == pytest.approx(1 - gold[accept == 1].mean())
    phi, psi = found["phi"].value, found["psi"].value
    assert found["breakdown"].value == pytest.approx(phi / (phi + psi))


def test_labels_may_be_denser_among_kept_rows() -> None:
    rng = np.random.default_rng(0)
    gold, accept, _ = World(0.3, 0.9, 0.2, 20_000, 1).draw(rng)
    known = np.full(len(gold), np.nan)
    for side, n in ((1, 4000), (0, 500)):
        rows = rng.choice(np.flatnonzero(accept == side), n, replace=False)
        known[rows] = gold[rows]
    found = post_stratified(known, accept)
    for name, truth in World().truth.items():
        assert found[name].value == pytest.approx(truth, abs=0.02), name


def test_labels_on_kept_rows_alone_say_p_prime_and_nothing_else() -> None:
    gold, accept, _ = World().draw(np.random.default_rng(0))
    found = post_stratified(np.where(accept == 1, gold, np.nan), accept)
    assert found["bad_after"].low is not None
    for name in ("p", "phi", "psi", "breakdown"):
        assert math.isnan(found[name].value) and "dropped" in found[name].method


@pytest.mark.parametrize("labels", [100, 300])
def test_post_stratified_covers(labels: int) -> None:
    rng = np.random.default_rng(4)
    draws = {name: Draws() for name in BIG.truth}
    for _ in range(400):
        gold, accept, prompt = BIG.draw(rng)
        for name, e in post_stratified(some(gold, labels, rng), accept, prompt).items():
            draws[name].add(e, BIG.truth[name])
    for found in draws.values():
        assert found.without == 0
        require_nominal(found)


def test_prediction_powered_covers() -> None:
    """The share of bad rows of the file itself: labels are drawn from it."""
    rng, draws = np.random.default_rng(9), Draws()
    for _ in range(400):
        gold, accept, _ = BIG.draw(rng)
        draws.add(prediction_powered(some(gold, 200, rng), accept), float(1 - gold.mean()))
    require_nominal(draws)


@pytest.mark.parametrize("world", [BIG, World(0.3, 0.6, 0.6, 3000, 1), World(0.2, 0.95, 0.05, 3000, 1)], ids=str)
def test_the_saving_is_what_theory_allows(world: World) -> None:
    """Variance of p against the plain share of the same labels: within a tenth of 1 − corr², no loss of 5 %."""
    rng = np.random.default_rng(5)
    plain, helped, powered, factors = [], [], [], []
    for _ in range(1500):
        gold, accept, _ = world.draw(rng)
        truth = 1 - gold.mean()  # of this file: what labels drawn from it estimate
        known = some(gold, 300, rng)
        plain.append(1 - np.nanmean(known) - truth)
        helped.append(post_stratified(known, accept)["p"].value - truth)
        powered.append(prediction_powered(known, accept).value - truth)
        factors.append(prediction_factor(gold, accept))
    for values in (helped, powered):
        saving, theory = np.var(values) / np.var(plain), np.mean(factors)
        assert saving <= 1.05
        assert saving == pytest.approx(theory, rel=0.1, abs=0.03)  # 1,500 draws: the ratio is known to about 5 %


def test_neyman_saves_what_its_formula_says() -> None:
    assert neyman_factor(0.9, 0.2) == pytest.approx(0.4998, abs=1e-3)
    assert neyman_factor(0.5, 0.5) == pytest.approx(1)
    rng = np.random.default_rng(6)
    world = World(0.3, 0.9, 0.2, 6000, 1)
    truth = world.truth
    plain, designed = [], []
    for _ in range(600):
        gold, accept, _ = world.draw(rng)
        kept, dropped = np.flatnonzero(accept == 1), np.flatnonzero(accept == 0)
        bad = (truth["bad_after"], 0.3 * 0.8 / (0.3 * 0.8 + 0.7 * 0.1))
        a, b = neyman((len(kept), len(dropped)), bad, 300)
        assert a + b == 300
        known = np.full(len(gold), np.nan)
        for rows in (rng.choice(kept, a, replace=False), rng.choice(dropped, b, replace=False)):
            known[rows] = gold[rows]
        of_file = 1 - gold.mean()
        designed.append(post_stratified(known, accept)["p"].value - of_file)
        plain.append(1 - np.nanmean(some(gold, 300, rng)) - of_file)
    assert np.var(designed) / np.var(plain) == pytest.approx(neyman_factor(0.9, 0.2), rel=0.2)


def test_neyman_never_asks_for_more_than_there_is() -> None:
    assert neyman((3, 1000), (0.5, 0.01), 500) == (3, 497)
    assert sum(neyman((10, 10), (0.0, 0.0), 8)) == 8
    with pytest.raises(DataError):
        neyman((10, 10), (1.5, 0), 8)


def test_prediction_powered_on_the_edge() -> None:
    assert math.isnan(prediction_powered(np.full(5, np.nan), np.arange(5.0)).value)
    assert prediction_powered(np.array([1, np.nan]), np.array([1.0, 2.0])).low is None
    everything = prediction_powered(np.array([1, 0, 0.0]), np.array([1.0, 2.0, 0.0]))
    assert everything.value == pytest.approx(2 / 3)


def through_prompts(prompts: int, k: int, bad: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Gold, score, prompt: prompts differ in how many rows are bad (ICC .5) and in the level of their scores."""
    rate = rng.beta(bad, 1 - bad, prompts)[:, None]
    gold = (rng.random((prompts, k)) >= rate).astype(float)
    score = 1.2 * gold + 0.6 * rng.normal(size=(prompts, 1)) + rng.normal(size=(prompts, k))
    return gold.ravel(), score.ravel(), np.repeat(np.arange(prompts), k)


@pytest.mark.parametrize(("bad", "labelled"), [(0.3, 1.0), (0.3, 0.3), (0.1, 0.5)])
def test_prompts_that_go_together_are_covered(bad: float, labelled: float) -> None:
    """Of the process. Prediction-powered without prompts covered .62 to .84, post-stratified .89 to .92."""
    rng, powered, stratified = np.random.default_rng(12), Draws(), Draws()
    for _ in range(300):
        gold, score, prompt = through_prompts(60, 8, bad, rng)
        known = np.where(rng.random(len(gold)) < labelled, gold, np.nan)
        powered.add(prediction_powered(known, score, prompt), bad)
        stratified.add(post_stratified(known, (score > 0.4).astype(float), prompt)["p"], bad)
    for draws in (powered, stratified):
        assert draws.without == 0
        require_nominal(draws, width=(0.9, 1.25))


def test_prediction_powered_with_rare_events_covers() -> None:
    rng, draws = np.random.default_rng(13), Draws()
    for _ in range(400):
        gold, accept, _ = World(0.1, 0.9, 0.2, 1000, 1).draw(rng)
        draws.add(prediction_powered(some(gold, 30, rng), accept), float(1 - gold.mean()))
    assert draws.coverage >= 0.95 - 3 * 0.011 and min(draws.widths) > 0  # a normal interval: .77 to .88


def test_prompts_matter_where_they_should() -> None:
    gold, score, prompt = through_prompts(60, 8, 0.3, np.random.default_rng(14))
    known = np.where(np.arange(len(gold)) % 2 == 0, gold, np.nan)
    wide, narrow = (prediction_powered(known, score, p) for p in (prompt, None))
    alone = prediction_powered(known, score, np.arange(len(gold)))
    assert wide.value == narrow.value == alone.value and alone == narrow
    assert wide.low is not None and narrow.low is not None and wide.low < narrow.low


def test_a_handful_of_labels_is_no_estimate() -> None:
    gold, accept, prompt = World().draw(np.random.default_rng(0))
    few = some(gold, 6, np.random.default_rng(1))
    assert prediction_powered(few, accept).method == "no interval: too few labels: 6, fewer than 10"
    found = post_stratified(few, accept, prompt)
    assert all(e.low is None for e in found.values()) and "6" in found["p"].method
