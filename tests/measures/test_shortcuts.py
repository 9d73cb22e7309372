"""Whether a verdict looks at the surface."""

from __future__ import annotations

import gzip
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.association import linked
from openloop.measures.clustered import codes
from openloop.measures.constant_answers import constants, tail
from openloop.measures.contrast import effects, halves, pairs, table
from openloop.measures.matching import audited, rebalance, weights
from openloop.measures.shortcuts import by_bin, gap, slope
from openloop.records import Estimate

FOLDER = os.environ.get("OPENLOOP_DATA")
P, K = 150, 6


def world(pull: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Length (in doublings), accept, gold, prompt: acceptance rises by ``pull`` a doubling at fixed gold."""
    prompt = np.repeat(np.arange(P), K)
    length = rng.normal(8, 1, P * K)
    gold = (rng.random(P * K) < 0.5).astype(float)
    accept = (rng.random(P * K) < np.clip(0.3 + 0.3 * gold + pull * (length - 8), 0, 1)).astype(float)
    return length, accept, gold, prompt


@pytest.mark.parametrize("pull", [0.0, 0.1])
def test_slope_at_fixed_gold_covers(pull: float) -> None:
    rng, held = np.random.default_rng(0), []
    for _ in range(600):
        length, accept, gold, prompt = world(pull, rng)
        e = slope(length, accept, prompt, [gold.astype(int)])
        assert e.low is not None and e.high is not None
        held.append(e.low <= pull <= e.high)
    assert np.mean(held) >= 0.925


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
        assert found is not None and found.accuracy.low is not None and found.bits.low is not None
        false += found.accuracy.low > 0 or found.bits.low > 0
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


def test_rebalancing_removes_the_slope() -> None:
    length, accept, gold, prompt = world(0.15, np.random.default_rng(0))
    keep = rebalance(length, accept, gold)
    before = slope(length, accept, prompt, [gold.astype(int)])
    after = slope(length, keep.astype(float), prompt, [gold.astype(int)])
    assert before.value > 0.12 and abs(after.value) < 0.03
    assert not (keep & (accept != 1)).any() and keep.sum() > 0.25 * accept.sum()


def test_bins_hold_every_row() -> None:
    length, accept, _, prompt = world(0.1, np.random.default_rng(0))
    bins = by_bin(length, accept, prompt)
    assert sum(e.n for *_, e in bins) == P * K and bins[0][2].value < bins[-1][2].value
    assert by_bin(length, np.full(P * K, np.nan), prompt) == []


def with_phrase(accepted: float, gold_is: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One row in ten is the same text."""
    rng = np.random.default_rng(0)
    n = 2000
    same = np.where(rng.random(n) < 0.1, 0, 1 + np.arange(n))
    gold = (rng.random(n) < 0.5).astype(float)
    accept = (rng.random(n) < 0.2 + 0.6 * gold).astype(float)
    accept[same == 0] = rng.random((same == 0).sum()) < accepted
    if gold_is is None:
        return same, accept, np.full(n, np.nan), np.arange(n)
    gold[same == 0] = gold_is
    return same, accept, gold, np.arange(n)


@pytest.mark.parametrize(
    ("accepted", "gold", "found"),
    [
        (0.95, None, True),
        (0.95, 0.0, True),
        (0.95, 1.0, False),
        (0.5, None, False),
        (0.2, 0.0, False),
    ],
)
def test_a_text_that_always_wins(accepted: float, gold: float | None, found: bool) -> None:
    winners = constants(*with_phrase(accepted, gold))
    assert bool(winners) == found
    if found:
        assert winners[0].code == 0 and winners[0].prompts > 100


def test_repeats_within_one_prompt_are_no_constant() -> None:
    same, accept = np.zeros(50, dtype=np.int64), np.ones(50)
    assert (
        constants(
            np.r_[same, np.arange(1, 51)],
            np.r_[accept, np.zeros(50)],
            np.full(100, np.nan),
            np.r_[np.zeros(50, dtype=np.int64), np.arange(1, 51)],
        )
        == []
    )


def test_association_of_clusters() -> None:
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(1000):
        a, b = np.repeat(rng.random(40) < 0.4, 10), np.repeat(rng.random(40) < 0.4, 10)
        found = linked(a.astype(float), b.astype(float), np.repeat(np.arange(40), 10))
        p_values.append(1.0 if found is None else found.p_value)
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=0.02)
    assert linked(np.ones(5), np.arange(5.0)) is None


def clustered_world(
    rng: np.random.Generator, prompts: int = 80, rows: int = 5
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Length and acceptance each go with the prompt, and not with one another at fixed gold; gold goes with both."""
    prompt = np.repeat(np.arange(prompts), rows)
    gold = (rng.random(prompts * rows) < 0.5).astype(float)
    easy = rng.normal(0, 0.15, prompts)[prompt]
    accept = (rng.random(prompts * rows) < np.clip(0.3 + 0.4 * gold + easy, 0, 1)).astype(float)
    length = 8 + gold + rng.normal(0, 0.7, prompts)[prompt] + rng.normal(0, 0.7, prompts * rows)
    return length, accept, gold, prompt


def lies(e: Estimate, truth: float) -> bool:
    """Whether an interval misses; none misses nothing."""
    return e.low is not None and e.high is not None and not e.low <= truth <= e.high


def test_halves_known_answer() -> None:
    length = np.array([1.0, 2, 3, 4, 1, 2, 3, 4, 9])
    accept = np.array([0.0, 0, 1, 1, 1, 0, 1, 0, np.nan])
    gold = np.array([1.0, 1, 1, 1, 0, 0, 0, 0, 1])
    e = halves(length, accept, gold, np.arange(9))
    assert e.value == pytest.approx(0.5) and e.n == 8 and e.n_unscored == 1  # 1 among good, 0 among bad
    none = halves(np.ones(9), accept, gold, np.arange(9))
    assert math.isnan(none.value) and none.low is None and none.n_unscored == 9
    tied = halves(np.array([1.0, 2, 2, 2]), np.array([0.0, 1, 1, 0]), np.full(4, np.nan), np.arange(4))
    assert tied.value == pytest.approx(2 / 3) and tied.low is None
    with pytest.raises(DataError):
        halves(length[:3], accept, gold, np.arange(9))


def test_halves_agree_with_a_difference_of_two_means() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=400), (rng.random(400) < 0.4).astype(float)
    e, above = halves(x, y, np.full(400, np.nan), np.arange(400)), x > np.median(x)
    a, b = y[above], y[~above]
    assert e.value == pytest.approx(a.mean() - b.mean()) and e.high is not None
    assert (e.high - e.value) / 1.966 == pytest.approx(math.sqrt(a.var() / len(a) + b.var() / len(b)), rel=0.01)


def test_halves_at_fixed_gold_find_a_pull_and_no_other() -> None:
    rng = np.random.default_rng(0)
    missed = sum(lies(halves(*clustered_world(rng)), 0) for _ in range(400))
    assert 8 <= missed <= 34  # 20 expected
    length, accept, _, prompt = clustered_world(rng, 400)
    free = halves(length, accept, np.full(2000, np.nan), prompt)
    assert free.low is not None and free.low > 0.05  # gold goes with both
    length, accept, gold, prompt = world(0.1, rng)
    e = halves(length, accept, gold, prompt)
    assert e.low is not None and e.low > 0.08


def test_effects_are_wider_than_one_alone() -> None:
    length, accept, gold, prompt = world(0.1, np.random.default_rng(0))
    found = effects(np.column_stack([length, -length, np.ones(len(length))]), accept, gold, prompt)
    alone = halves(length, accept, gold, prompt)
    assert found[0].value == pytest.approx(alone.value) and found[0].level == 0.95
    assert found[0].low is not None and alone.low is not None and found[0].low < alone.low
    assert found[1].value == pytest.approx(-alone.value, abs=0.01) and math.isnan(found[2].value)
    with pytest.raises(DataError):
        effects(length, accept, gold, prompt)


def test_the_table_holds_each_row_once_in_its_gold_class() -> None:
    length, accept, gold, prompt = world(0.1, np.random.default_rng(0))
    gold[:90] = np.nan
    found = table(length, accept, gold, prompt)
    assert [b.gold for b in found] == [1.0] * 5 + [0.0] * 5 + [None] * 5
    assert sum(b.accepted.n for b in found) == P * K and all(b.low <= b.high for b in found)
    assert table(length, np.full(P * K, np.nan), gold, prompt) == []


def test_a_bin_that_is_always_accepted_is_not_certain() -> None:
    (only,) = by_bin(np.ones(30), np.ones(30), np.arange(30))
    assert only[2].value == 1 and only[2].low is not None and 0.85 < only[2].low < 1


@pytest.mark.parametrize("with_model", [False, True])
def test_pairs_are_those_counted_one_by_one(with_model: bool) -> None:
    rng = np.random.default_rng(0)
    prompt, model = rng.integers(0, 12, 100), rng.integers(0, 2, 100)
    x, y = rng.integers(0, 5, 100).astype(float), (rng.random(100) < 0.5).astype(float)
    y[:10] = np.nan
    differences = [
        y[i] - y[j]
        for i in range(100)
        for j in range(100)
        if prompt[i] == prompt[j]
        and x[i] > x[j]
        and (not with_model or model[i] == model[j])
        and not math.isnan(y[i] - y[j])
    ]
    e = pairs(x, y, prompt, model if with_model else None)
    assert e.value == pytest.approx(np.mean(differences)) and f"{len(differences)} pairs" in e.method
    assert e.n + e.n_unscored == 100
    order = rng.permutation(100)
    again = pairs(x[order], y[order], prompt[order], model[order] if with_model else None)
    assert (again.value, again.low, again.n) == pytest.approx((e.value, e.low, e.n))


def test_pairs_need_two_rows_of_a_prompt() -> None:
    assert math.isnan(pairs(np.arange(9.0), np.ones(9), np.arange(9)).value)
    assert math.isnan(pairs(np.arange(9.0), np.full(9, np.nan), np.zeros(9, dtype=int)).value)


def test_the_order_of_rows_changes_nothing() -> None:
    rng = np.random.default_rng(0)
    length, accept, gold, prompt = world(0.1, rng)
    accept[:20], gold[10:60] = np.nan, np.nan
    same = rng.integers(0, 30, len(length))
    o = rng.permutation(len(length))
    for measure in (halves, slope_at_gold, gap_of):
        a = measure(length, accept, gold, prompt)
        b = measure(length[o], accept[o], gold[o], prompt[o])
        assert (b.value, b.low, b.high) == pytest.approx((a.value, a.low, a.high)) and a.n == b.n
    assert constants(same[o], accept[o], gold[o], prompt[o]) == constants(same, accept, gold, prompt)
    assert weights(length[o], accept[o], gold[o]) == pytest.approx(weights(length, accept, gold)[o])


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


def test_weights_remove_the_slope_and_keep_every_accepted_row() -> None:
    length, accept, gold, prompt = world(0.15, np.random.default_rng(0))
    w = weights(length, accept, gold)
    found = audited(length, accept, gold, prompt, w)
    assert found.before.low is not None and found.before.low > 0.1 and abs(found.after.value) < 0.03
    assert ((w > 0) == (accept == 1)).all() and w.max() <= 10
    assert w[gold == 1].sum() == pytest.approx(accept[gold == 1].sum())
    assert 0.5 * accept.sum() < found.effective < accept.sum()
    kept = audited(length, accept, gold, prompt, rebalance(length, accept, gold).astype(float))
    assert abs(kept.after.value) < 0.03 and kept.effective < found.effective


def test_a_matched_subset_is_drawn_by_the_rng_given() -> None:
    length, accept, gold, _ = world(0.15, np.random.default_rng(0))
    one, same, other = (rebalance(length, accept, gold, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert (one == same).all() and (one != other).any() and one.sum() == other.sum()


def test_matching_refuses_what_it_cannot_use() -> None:
    length, accept, gold, prompt = world(0.1, np.random.default_rng(0))
    for call in (
        lambda: weights(length, accept / 2, gold),
        lambda: rebalance(length[:5], accept, gold),
        lambda: weights(length, accept, gold, bins=1),
        lambda: audited(length, accept, gold, prompt, -accept),
    ):
        with pytest.raises(DataError):
            call()
    assert weights(length, np.zeros(len(gold)), gold).sum() == 0
    assert not rebalance(length, np.full(len(gold), np.nan), gold).any()


def same_prompts(
    rng: np.random.Generator, accepted: float | None, prompts: int = 60, rows: int = 6
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Half of the prompts are easy, and only they are given one text, in one row of three; it is accepted as the
    others are (None) or as often as said."""
    prompt = np.repeat(np.arange(prompts), rows)
    easy = prompt < prompts / 2
    same = np.where(easy & (rng.random(len(prompt)) < 1 / 3), 0, 1 + np.arange(len(prompt)))
    accept = (rng.random(len(prompt)) < np.where(easy, 0.7, 0.2)).astype(float)
    if accepted is not None:
        accept[same == 0] = rng.random((same == 0).sum()) < accepted
    return same, accept, np.full(len(prompt), np.nan), prompt


def test_an_answer_to_easy_prompts_is_no_shortcut() -> None:
    rng = np.random.default_rng(0)
    assert sum(bool(constants(*same_prompts(rng, None))) for _ in range(200)) <= 12
    assert sum(bool(constants(*same_prompts(rng, 1.0))) for _ in range(50)) >= 45


def test_nothing_to_compare_with_is_no_shortcut() -> None:
    """Every row the same text: half of them pass, and there is no other."""
    accept = np.arange(100) % 2.0
    assert constants(np.zeros(100, dtype=int), accept, np.full(100, np.nan), np.arange(100)) == []
    assert constants(np.zeros(0, dtype=int), np.zeros(0), np.zeros(0), np.zeros(0, dtype=int)) == []
    with pytest.raises(DataError, match="accept"):
        constants(np.zeros(9, dtype=int), np.full(9, 0.5), np.ones(9), np.arange(9))
    with pytest.raises(DataError, match="as many"):
        constants(np.zeros(9, dtype=int), np.ones(9), np.ones(8), np.arange(9))


def test_natural_short_answers_are_not_flagged() -> None:
    """A correct checker of yes/no questions and sums: answers repeat over many prompts and pass as often as others."""
    rng = np.random.default_rng(0)
    prompt = np.repeat(np.arange(300), 4)
    yes_no, truth = prompt % 2 == 0, rng.integers(0, 20, 300)
    truth[::2] = rng.integers(100, 102, 150)
    right = rng.random(1200) < 0.5
    wrong = np.where(yes_no, 201 - truth[prompt], rng.integers(0, 20, 1200))
    said = np.where(right, truth[prompt], wrong)
    accept = (said == truth[prompt]).astype(float)
    assert constants(said, accept, np.full(1200, np.nan), prompt) == []
    assert constants(said, accept, accept, prompt) == []


def test_the_exact_chance_is_that_of_every_draw() -> None:
    """Two prompts: 2 of 4 accepted with two rows drawn, 1 of 3 with one drawn."""
    size, won, count = np.array([4, 3]), np.array([2, 1]), np.array([2, 1])
    assert tail(3, size, won, count) == pytest.approx(1 / 6 / 3)
    assert tail(2, size, won, count) == pytest.approx(1 / 6 + 4 / 6 / 3)
    big = np.full(900, 6), np.full(900, 3), np.full(900, 3)
    slow = tail(1400, big[0][:660], big[1][:660], big[2][:660])
    assert tail(1400, *big) < tail(1360, *big) < 1 and 0 < slow < 1


@pytest.mark.slow
def test_sizes_over_2000_files() -> None:
    """How often each says that there is something where there is nothing, at most a fortieth (or a twentieth)."""
    rng, reps = np.random.default_rng(1), 2000
    wrong = dict.fromkeys(["halves", "pairs", "effects", "same prompts", "one row a prompt"], 0)
    for _ in range(reps):
        length, accept, gold, prompt = clustered_world(rng)
        wrong["halves"] += lies(halves(length, accept, gold, prompt), 0)
        noise = rng.normal(size=(400, 8))
        wrong["pairs"] += lies(pairs(noise[:, 0], accept, prompt), 0)
        wrong["effects"] += any(lies(e, 0) for e in effects(noise, accept, gold, prompt))
        wrong["same prompts"] += bool(constants(*same_prompts(rng, None)))
        few = rng.integers(0, 12, 400)
        alone = constants(few, accept, np.full(400, np.nan), np.arange(400))
        wrong["one row a prompt"] += bool(alone)
    sizes = {name: count / reps for name, count in wrong.items()}
    assert max(sizes.values()) <= 0.065, sizes
    assert max(sizes["same prompts"], sizes["one row a prompt"]) <= 0.03, sizes


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
    for e in (pairs(length, accept, prompt), slope(length, accept, prompt, [prompt, model])):
        assert e.low is not None and e.low > 0.01 and e.n > 30_000
