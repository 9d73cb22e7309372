"""Near copies: more than chance where they were planted, none among rows of one source."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.measures.near_copies import NEAR, NearCopies, near_copies
from openloop.measures.normsim import normsim


def found(x: np.ndarray, y: np.ndarray, prompt: np.ndarray, prompt_y: np.ndarray, level: float = 0.95) -> NearCopies:
    return near_copies(normsim(x, y), normsim(y, y, prompt_y, prompt_y), prompt, prompt_y, level=level)


def rows(rng: np.random.Generator, prompts: int, each: int, loose: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a prompt near each other, prompts of one of 30 subjects nearer the smaller ``loose`` is."""
    prompt = np.repeat(np.arange(prompts), each)
    subject = rng.normal(size=(30, 32))[rng.integers(0, 30, prompts)]
    own = subject + loose * rng.normal(size=(prompts, 32))
    return own[prompt] + 0.2 * rng.normal(size=(len(prompt), 32)), prompt


@pytest.mark.parametrize("each", [1, 4])
@pytest.mark.parametrize("loose", [0.3, 1.0])
def test_rows_of_one_source_have_no_excess(each: int, loose: float) -> None:
    """Level .95, so .025 a side; the audit asks for a level at which one file in hundreds has one."""
    over, held = [], []
    for seed in range(120):
        rng = np.random.default_rng([14, seed])
        x, prompt = rows(rng, 160, each, loose)
        half = prompt % 2 == 0
        e = found(x[half], x[~half], prompt[half], prompt[~half]).excess
        over.append(e.low > 0.0)
        held.append(e.low <= 0.0 <= e.high)
    assert np.mean(over) <= 0.05 + 3 * 0.02
    assert np.mean(held) >= 0.93 - 2 * 0.023


def test_planted_copies_are_counted_and_sides_do_not_change_places() -> None:
    rng = np.random.default_rng(0)
    y, prompt_y = rows(rng, 200, 1, 1.0)
    x, prompt = rng.normal(size=(300, 32)), np.arange(300)
    x[:90] = y[:90] + 0.05 * rng.normal(size=(90, 32))
    one = found(x, y, prompt, prompt_y)
    assert one.share.value == pytest.approx(0.3)
    assert one.hit.nonzero()[0].tolist() == list(range(90))
    assert one.excess.low > 0.15
    assert found(rng.normal(size=(300, 32)), y, prompt, prompt_y).excess.low <= 0
    assert one.threshold >= NEAR


def test_copies_for_another_reason_count_on_both_sides() -> None:
    x, y = np.eye(20), np.eye(20)[::-1] + 1
    copied = np.arange(20) < 10
    nearest, own = normsim(x, y), normsim(y, y, np.arange(20), np.arange(20))
    one = near_copies(nearest, own, copied=copied, own_copied=copied)
    assert (one.share.value, one.own.value) == (0.5, 1.0)  # the second ones are near each other as they are


def test_pairs_of_near_copies_are_one_cluster_of_the_reference() -> None:
    y = np.repeat(np.eye(40), 2, axis=0)
    rng = np.random.default_rng(1)
    alone = np.r_[y, rng.normal(size=(80, 40))]
    one = found(np.eye(40), alone, np.arange(40), np.arange(160))
    assert one.own.value == pytest.approx(0.5)
    assert "of 120 prompts" in one.own.method


def test_nothing_to_compare_has_no_excess() -> None:
    nothing = normsim(np.zeros((3, 2)), np.zeros((3, 2)))
    assert np.isnan(near_copies(nearest=nothing, own=nothing).excess.value)
    none = normsim(np.zeros((0, 2)), np.zeros((0, 2)))
    assert near_copies(none, none).excess.low is None
