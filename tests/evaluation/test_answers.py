"""Accuracy, mean value and pass@k of the answers to a test."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.evaluation.answers import main_measure, measured
from openloop.measures import clustered
from tests.support.coverage import Draws


def answers(right: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Values [N] and prompts [N] of the answers to each prompt."""
    codes = [place for place, mine in enumerate(right) for _ in mine]
    return np.array([value for mine in right for value in mine]), np.array(codes)


def test_one_answer_a_prompt_gives_a_share_with_wilsons_interval() -> None:
    values, prompts = answers([[1.0]] * 30 + [[0.0]] * 20)
    found = measured(values, prompts, accept_at=1.0)
    assert list(found) == ["accuracy"]
    accuracy = found["accuracy"].estimate
    assert (accuracy.value, accuracy.n, accuracy.method) == (0.6, 50, "Wilson")
    assert measured(1 - values, prompts, accept_at=1.0)["accuracy"].estimate.value == pytest.approx(0.4)


def test_unscored_answers_stay_out_and_are_counted() -> None:
    values, prompts = answers([[1.0]] * 30 + [[np.nan]] * 10 + [[0.0]] * 10)
    accuracy = measured(values, prompts, accept_at=1.0)["accuracy"]
    assert (accuracy.estimate.value, accuracy.estimate.n, accuracy.estimate.n_unscored) == (0.75, 40, 10)
    assert np.isnan(accuracy.values).sum() == 10


def test_several_answers_give_pass_at_k_by_hand() -> None:
    values, prompts = answers([[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]] * 5)
    found = measured(values, prompts, accept_at=1.0)
    assert list(found) == ["accuracy", "pass@1", "pass@4"]
    assert found["pass@1"].estimate.value == pytest.approx(3 / 12) == found["accuracy"].estimate.value
    assert found["pass@4"].estimate.value == pytest.approx(2 / 3)
    assert found["pass@4"].estimate.n == 15 and found["accuracy"].estimate.n == 60
    assert found["pass@4"].values.tolist()[:12] == [1.0] * 8 + [0.0] * 4
    assert "15 prompts" in found["accuracy"].estimate.method


def test_a_signal_without_a_cut_gives_its_mean_over_prompts() -> None:
    values, prompts = answers([[2.0, 4.0], [3.0, 5.0], [1.0, 9.0], [2.0, 2.5], [7.0, 7.5]])
    found = measured(values, prompts, accept_at=None)
    assert list(found) == ["mean value"] and found["mean value"].estimate == clustered.mean(values, prompts)
    assert main_measure(None) == "mean value" and main_measure(0.5) == "accuracy"


def test_a_rating_with_a_cut_gives_both() -> None:
    values, prompts = answers([[8.0], [3.0]] * 10)
    found = measured(values, prompts, accept_at=7.0, span=(1.0, 10.0))
    assert {name: mine.estimate.value for name, mine in found.items()} == {"accuracy": 0.5, "mean value": 5.5}


def test_no_answers_at_all_give_no_number() -> None:
    found = measured(np.array([]), np.array([], dtype=int), accept_at=1.0)
    assert np.isnan(found["accuracy"].estimate.value) and found["accuracy"].estimate.n == 0


@pytest.mark.parametrize("name", ["accuracy", "pass@8"])
def test_intervals_cover_where_answers_to_a_prompt_agree(name: str) -> None:
    """8 answers to each of 60 prompts of uneven difficulty (ICC about 0.5), 400 tests, seeded."""
    rng, drawn, naive = np.random.default_rng(3), Draws(), 0
    easy = rng.beta(0.5, 0.5, 200_000)
    truth = float(easy.mean() if name == "accuracy" else (1 - (1 - easy) ** 8).mean())
    prompts = np.repeat(np.arange(60), 8)
    for _ in range(400):
        chance = rng.choice(easy, 60)[prompts]
        right = (rng.random(480) < chance).astype(float)
        found = measured(right, prompts, accept_at=1.0)[name].estimate
        drawn.add(found, truth)
        half = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / 480)
        naive += abs(right.mean() - truth) <= half
    assert np.mean(drawn.held) >= 0.925
    if name == "accuracy":
        assert naive / 400 < 0.7  # rows counted as if they were independent
