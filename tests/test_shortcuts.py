"""Whether a verdict looks at the surface; copies; the surface itself."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.association import linked
from openloop.measures.duplicates import Index, near, repeats, signature
from openloop.measures.shortcuts import by_bin, constants, gap, rebalance, slope
from openloop.measures.surface import FEATURES, opening, skeleton, surface

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


def with_phrase(
    accepted: float, gold_is: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
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


@pytest.mark.parametrize(("accepted", "gold", "found"), [
    (0.95, None, True), (0.95, 0.0, True), (0.95, 1.0, False), (0.5, None, False), (0.2, 0.0, False),
])  # fmt: skip
def test_a_text_that_always_wins(accepted: float, gold: float | None, found: bool) -> None:
    winners = constants(*with_phrase(accepted, gold))
    assert bool(winners) == found
    if found:
        assert winners[0].code == 0 and winners[0].prompts > 100


def test_repeats_within_one_prompt_are_no_constant() -> None:
    same, accept = np.zeros(50, dtype=np.int64), np.ones(50)
    assert constants(np.r_[same, np.arange(1, 51)], np.r_[accept, np.zeros(50)], np.full(100, np.nan),
                     np.r_[np.zeros(50, dtype=np.int64), np.arange(1, 51)]) == []  # fmt: skip


def test_surface_of_a_small_text() -> None:
    found = dict(zip(FEATURES, surface("# Title\n- One **two**\n- one 12"), strict=True))
    assert found == {"characters": 30, "words": 8, "lines": 3, "list items": 2, "markdown": 2, "digits": 2 / 30,
                     "capitals": 2 / 30, "distinct words": 7 / 8, "ends in punctuation": 0}  # fmt: skip
    assert set(surface("")) == {0.0} and len(surface(" \n ")) == len(FEATURES)


def test_texts_that_say_the_same() -> None:
    assert skeleton("The Answer is  42.\n") == skeleton("the answer IS 17.")
    assert (
        opening("Sure, here is my text") == opening("sure, here is my own") != opening("No, here is my text")
    )


def test_a_million_characters_take_no_time() -> None:
    began = time.perf_counter()
    for text in ("x y " * 250_000, "#" * 1_000_000, "- " * 500_000, "\n" * 1_000_000, "`" * 1_000_000):
        surface(text), skeleton(text), opening(text), signature(text)
    assert time.perf_counter() - began < 5


WORDS = [f"word{i}" for i in range(400)]


def texts(n: int, length: int, rng: np.random.Generator) -> list[list[str]]:
    return [[WORDS[i] for i in rng.integers(0, 400, length)] for _ in range(n)]


def test_near_duplicates_are_found_and_others_are_not() -> None:
    rng = np.random.default_rng(0)
    base = texts(60, 80, rng)
    close = [[*words[:-2], "new", "end"] for words in base[:20]]
    half = [words[:40] + other[:40] for words, other in zip(base[20:40], texts(20, 80, rng), strict=True)]
    signatures = np.array([signature(" ".join(words)) for words in [*base, *close, *half]], dtype=np.uint32)
    codes = near(signatures)
    assert (codes[:20] == codes[60:80]).all()
    assert len(np.unique(codes)) == 80
    order = rng.permutation(len(codes))
    shuffled = near(signatures[order])
    pairs = {(a, b) for a in range(100) for b in range(100) if codes[order][a] == codes[order][b]}
    assert pairs == {(a, b) for a in range(100) for b in range(100) if shuffled[a] == shuffled[b]}


def test_short_texts_are_never_near() -> None:
    signatures = np.array([signature(t) for t in ("", "", "yes", "yes", "a b c d e f g")], dtype=np.uint32)
    assert len(np.unique(near(signatures))) == 5
    with pytest.raises(DataError):
        near(np.zeros((3, 5), dtype=np.uint32))
    assert repeats(np.array([3, 3, 1, 3])).tolist() == [False, True, False, True]


def test_an_index_finds_exact_near_and_run() -> None:
    rng = np.random.default_rng(0)
    held, other = texts(1, 60, rng)[0], texts(1, 60, rng)[0]
    index = Index.of([" ".join(held), "What is  the capital of France?", ""])
    assert index.found(" ".join(held).upper()) == "exact"
    assert index.found("what is the CAPITAL of France?") == "exact"
    assert index.found(" ".join([*held[:-1], "other"])) == "near"
    assert index.found(" ".join(other[:30] + held[:13] + other[30:])) == "13-gram"
    assert index.found(" ".join(other[:30] + held[:12] + other[30:])) == ""
    assert index.found("") == ""


def test_association_of_clusters() -> None:
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(1000):
        a, b = np.repeat(rng.random(40) < 0.4, 10), np.repeat(rng.random(40) < 0.4, 10)
        found = linked(a.astype(float), b.astype(float), np.repeat(np.arange(40), 10))
        p_values.append(1.0 if found is None else found.p_value)
    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=0.02)
    assert linked(np.ones(5), np.arange(5.0)) is None
