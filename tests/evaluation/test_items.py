"""Evaluations of several estimates, item by item, and models compared in pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import openloop
from openloop import models, signals
from openloop.errors import InputError
from openloop.evaluation import ItemResults, paired_difference
from openloop.measures.intervals import paired

ROWS = [{"prompt": f"{a}+{b}=", "answer": str(a + b)} for a in range(20) for b in range(10)]


def items(values: list[float], prompts: list[str] | None = None) -> ItemResults:
    return ItemResults(prompts or [f"p{i}" for i in range(len(values))], {"accuracy": np.array(values)})


def test_equal_models_differ_by_nothing_and_the_sign_turns() -> None:
    one, other = items([1, 0, 1, 1]), items([0, 0, 1, 0])
    assert paired_difference(one, one, "accuracy").value == 0
    forth, back = paired_difference(one, other, "accuracy"), paired_difference(other, one, "accuracy")
    assert forth.value == 0.5 and back.value == -0.5
    assert forth == paired([1, 0, 1, 1], [0, 0, 1, 0])


def test_items_are_paired_by_prompt_and_not_by_place() -> None:
    one, other = items([1, 0, 0], ["a", "b", "c"]), items([0, 0, 1], ["c", "b", "a"])
    assert paired_difference(one, other, "accuracy").value == 0


def test_unscored_items_leave_the_pairs_and_are_counted() -> None:
    found = paired_difference(items([1, np.nan, 0]), items([0, 1, 0]), "accuracy")
    assert (found.n, found.n_unscored, found.value) == (2, 1, 0.5)


def test_answers_to_one_prompt_are_one_item() -> None:
    found = paired_difference(items([1, 0, 1], ["a", "a", "b"]), items([0, 0], ["a", "b"]), "accuracy")
    assert (found.n, found.value) == (2, 0.75)


def test_what_cannot_be_compared_says_so() -> None:
    with pytest.raises(InputError, match="share no scored prompt"):
        paired_difference(items([1], ["a"]), items([1], ["b"]), "accuracy")
    with pytest.raises(InputError, match="did you mean 'accuracy'"):
        paired_difference(items([1]), items([1]), "acuracy")


def test_the_interval_of_a_paired_difference_covers_as_stated() -> None:
    """Two models that err on the same prompts: 600 tests of 150 prompts, seeded. Pairs cover and are narrower."""
    rng = np.random.default_rng(5)
    covered, widths, unpaired = 0, [], []
    for _ in range(600):
        easy = rng.random(150)
        one, other = (easy + rng.normal(0, 0.1, (2, 150)) > np.array([[0.4], [0.5]])).astype(float)
        found = paired_difference(items(one.tolist()), items(other.tolist()), "accuracy")
        assert found.low is not None and found.high is not None
        covered += found.low <= 0.1 <= found.high
        widths.append(found.high - found.low)
        unpaired.append(2 * 1.96 * np.sqrt(one.var() / 150 + other.var() / 150))
    assert 0.925 <= covered / 600 <= 0.975
    assert np.mean(widths) < 0.6 * np.mean(unpaired)


def test_a_run_evaluates_by_several_signals_and_compares(tmp_path: Path) -> None:
    run = openloop.Run(tmp_path / "run")
    judges = {"right": signals.exact("answer"), "guessed": signals.simulated(phi=0.8, psi=0.1)}
    weak = run.evaluate(models.simulated(error=0.6), ROWS, judges, temperature=1.0)
    strong = run.evaluate(models.simulated(error=0.2), ROWS, judges, temperature=1.0)
    assert list(strong.estimates) == ["right", "guessed"] and strong.estimate == strong.estimates["right"]
    assert strong.estimates["guessed"].value < strong.estimates["right"].value
    gain = strong.less(weak)
    assert gain.value == pytest.approx(strong.value - weak.value) and gain.low is not None and gain.low > 0
    assert weak.less(strong).value == -gain.value
    assert len(strong.items().prompts) == len(ROWS)
    assert str(strong).startswith("right 0.") and "; guessed 0." in str(strong)
    run.close()
