from __future__ import annotations

import numpy as np
import pytest

from openloop.arrays import Codes, Mask
from openloop.measures.telling_features import TellingFeature, telling
from openloop.measures.text_features import TextFeatures
from tests.support.plain_texts import plain_texts


def found_in(ours: list[str], theirs: list[str], group: Codes | None = None) -> dict[str, TellingFeature]:
    texts = ours + theirs
    marks: Mask = np.arange(len(texts)) < len(ours)
    found = telling(
        TextFeatures.of(texts), marks, np.arange(len(texts)) if group is None else group, np.random.default_rng(0)
    )
    return {feature.name: feature for feature in found}


def test_a_planted_opening_is_found_with_its_shares() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = plain_texts(rng, 600), plain_texts(rng, 600)
    planted = [f"Sure! {text}" if i % 5 == 0 else text for i, text in enumerate(ours)]
    found = found_in(planted, theirs)['starts with "Sure"']
    assert found.agrees(0.1)
    assert found.ours == pytest.approx(0.2, abs=0.04)
    assert found.theirs == 0
    assert found.text("kept", "real") == f'starts with "Sure" ({found.ours:.0%} of kept, 0% of real)'
    assert 'starts with "Sure"' not in found_in(ours, theirs)


def test_swapped_samples_swap_the_sentence() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = plain_texts(rng, 600), plain_texts(rng, 600)
    planted = [f"Sure! {text}" if i % 5 == 0 else text for i, text in enumerate(ours)]
    found = found_in(theirs, planted)['starts with "Sure"']
    assert found.agrees(0.1)
    assert found.apart.value < 0
    assert found.text("kept", "real").startswith('never starts with "Sure" (0% of kept, ')


def test_length_is_always_among_them_and_its_direction_is_said() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = plain_texts(rng, 400, words=60), plain_texts(rng, 400, words=40)
    longer, shorter = found_in(ours, theirs)["length"], found_in(theirs, ours)["length"]
    assert longer.agrees(0.2)
    assert longer.text("kept", "real").startswith("longer (median ")
    assert shorter.agrees(0.2)
    assert shorter.text("kept", "real").startswith("shorter (median ")
    assert "characters)" in longer.text("kept", "real")
    assert not found_in(ours[:200], ours[200:])["length"].agrees(0.2)


def test_what_only_goes_with_the_length_is_not_named() -> None:
    """Longer texts hold each word more often."""
    rng = np.random.default_rng(3)
    found = found_in(plain_texts(rng, 500, words=80), plain_texts(rng, 500, words=40))
    assert [name for name, feature in found.items() if feature.agrees(0.05)] == ["length"]


def test_features_that_say_the_same_are_named_once() -> None:
    rng = np.random.default_rng(4)
    ours, theirs = plain_texts(rng, 500), plain_texts(rng, 500)
    found = found_in([f"Sure, here it is: {text}" for text in ours], theirs)
    assert sum("Sure" in name or "here" in name or "colon" in name for name in found) == 1


def test_figures_of_the_other_half_shrink_what_stood_out_by_chance() -> None:
    """A feature chosen among hundreds in small samples of one law: on the same rows it would look like 20 points."""
    apart = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        found = found_in(plain_texts(rng, 60), plain_texts(rng, 60))
        apart += [f.apart.value * (1 if f.more else -1) for f in found.values() if f.name != "length"]
    assert not apart or abs(np.mean(apart)) < 0.1


def test_rows_of_few_prompts_say_little() -> None:
    rng = np.random.default_rng(5)
    ours, theirs = plain_texts(rng, 300), plain_texts(rng, 300)
    habit = [f"Sure! {text}" if i % 30 < 6 else text for i, text in enumerate(ours)]
    group = np.r_[np.arange(300) % 30, 30 + np.arange(300) % 30]
    alone, grouped = found_in(habit, theirs), found_in(habit, theirs, group)
    assert alone['starts with "Sure"'].agrees(0.1)
    assert not any(feature.agrees(0.1) for feature in grouped.values())


@pytest.mark.parametrize("groups", [0, 1, 19])
def test_few_groups_name_nothing(groups: int) -> None:
    assert found_in(["Sure"] * groups, ["no"] * 100) == {}


def test_small_shares_are_not_rounded_to_nothing() -> None:
    rng = np.random.default_rng(6)
    ours, theirs = plain_texts(rng, 1000), plain_texts(rng, 1000)
    planted = [f"Sure! {text}" if i % 4 == 0 else text for i, text in enumerate(ours)]
    theirs = [f"Sure! {text}" if i % 200 == 0 else text for i, text in enumerate(theirs)]
    assert "of kept, 0." in found_in(planted, theirs)['starts with "Sure"'].text("kept", "real")


def test_texts_without_blanks_between_words() -> None:
    rng = np.random.default_rng(7)
    characters = list("天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏")
    ours, theirs = (["".join(rng.choice(characters, rng.integers(20, 60))) for _ in range(300)] for _ in range(2))
    found = found_in([f"好的，{text}" if i % 3 == 0 else text for i, text in enumerate(ours)], theirs)
    assert any("好的" in name and feature.agrees(0.1) for name, feature in found.items())


@pytest.mark.slow
def test_false_features_are_as_rare_as_the_level_says() -> None:
    """Samples of one law, four rows a prompt that share words: some feature is surely there in at most 5 %."""
    wrong = 0
    for seed in range(300):
        rng = np.random.default_rng([seed, 99])
        texts = [text for _ in range(100) for text in plain_texts(rng, 4, topic=5)]
        found = found_in(texts[:200], texts[200:], np.repeat(np.arange(100), 4))
        wrong += any(feature.agrees(0.0) for feature in found.values())
    assert wrong / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5
